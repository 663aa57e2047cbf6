/// A time at which a schedule doesn't fire although its rule says so: an EXDATE of RFC 5545 §3.8.5.1.
public enum Exclusion: Hashable, Sendable {
    /// The occurrence at this local time as the rule has it, to the second, whatever a clock change made of it.
    case local(LocalDateTime)
    /// The occurrence at this moment.
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

    func excludes(_ time: RuleTime, at instant: Instant) -> Bool {
        switch self {
        case .local(let local):
            Instant(microseconds: local.microseconds).seconds == Instant(microseconds: time.local.microseconds).seconds
        case .instant(let excluded): excluded.seconds == instant.seconds
        case .day(let date): date.daysSince1970 == time.local.day
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
