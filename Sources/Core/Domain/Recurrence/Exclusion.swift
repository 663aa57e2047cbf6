/// A time at which a schedule doesn't fire although its rule says so: an EXDATE of RFC 5545 §3.8.5.1.
///
/// Where a clock change moved an occurrence, it is meant by the time that its rule has as well as by the time at which
/// it is shown: whoever sees `03:30` may leave out `03:30`.
public enum Exclusion: Hashable, Sendable {
    /// The occurrence at this local time, to the second.
    case local(LocalDateTime)
    /// The occurrence at this moment, to the second.
    case instant(Instant)
    /// Every occurrence on this local day.
    case day(CivilDate)

    /// Reads `20260210T090000`, `20260210T080000Z` and `20260210` as in RFC 5545, and the same in ISO 8601's extended
    /// form with any offset.
    ///
    /// - Returns: nil for everything else.
    public init?(_ text: String) {
        if let basic = BasicDateTime(text) {
            switch basic {
            case .day(let date): self = .day(date)
            case .local(let local): self = .local(local)
            case .utc(let instant): self = .instant(instant)
            }
        } else if let instant = Instant(rfc3339: text) {
            self = .instant(instant)
        } else if let local = LocalDateTime(iso8601: text) {
            self = .local(local)
        } else if let start = LocalDateTime(iso8601: text + "T00:00") {
            self = .day(start.date)
        } else {
            return nil
        }
    }
}

extension Exclusion: CustomStringConvertible {
    /// The ISO 8601 text, which `init` reads again.
    public var description: String {
        switch self {
        case .local(let local): local.iso8601
        case .instant(let instant): instant.rfc3339
        case .day(let date): date.description
        }
    }
}

/// The exclusions of a schedule, found at once however many they are.
struct ExclusionSet: Sendable {
    private var days: Set<Int> = []
    /// Whole seconds, as `Instant` counts them.
    private var locals: Set<Int64> = []
    private var instants: Set<Int64> = []
    let isEmpty: Bool

    init(_ exclusions: [Exclusion]) {
        isEmpty = exclusions.isEmpty
        for exclusion in exclusions {
            switch exclusion {
            case .local(let local): locals.insert(local.wholeSeconds)
            case .instant(let instant): instants.insert(instant.seconds)
            case .day(let date): days.insert(date.daysSince1970)
            }
        }
    }

    func excludes(day: Int) -> Bool { days.contains(day) }

    func excludes(_ placed: PlacedTime) -> Bool {
        days.contains(placed.time.local.day) || days.contains(placed.shown.day)
            || locals.contains(placed.time.local.wholeSeconds) || locals.contains(placed.shown.wholeSeconds)
            || instants.contains(placed.instant.seconds)
    }
}

extension LocalDateTime {
    fileprivate var wholeSeconds: Int64 { Instant(microseconds: microseconds).seconds }
}
