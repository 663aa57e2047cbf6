import RemindersDomain

/// A time as requests give it: with an offset it is a moment, without one it is what a clock on the wall shows.
public enum RequestTime: Hashable, Sendable {
    /// RFC 3339 with an offset.
    case instant(Instant)
    /// Without an offset: to be read in somebody's zone.
    case local(LocalDateTime)

    /// Reads either; nil for anything else, and for years outside 1...9999.
    public init?(_ text: String) {
        if let instant = Instant(rfc3339: text) {
            guard instant.isStorable else { return nil }
            self = .instant(instant)
        } else if let local = LocalDateTime(iso8601: text), (1...9999).contains(local.date.year) {
            self = .local(local)
        } else {
            return nil
        }
    }

    /// The moment it is, a local time being read in `zone`.
    public func instant(in zone: IANAZone) -> Instant {
        switch self {
        case .instant(let instant): instant
        case .local(let local): zone.instant(of: local)
        }
    }

    /// What a clock in `zone` shows then.
    public func local(in zone: IANAZone) -> LocalDateTime {
        switch self {
        case .instant(let instant): zone.local(at: instant)
        case .local(let local): local
        }
    }
}

extension Instant {
    /// Whether it lies in the years 1...9999, which PostgreSQL can hold and RFC 3339 can show.
    var isStorable: Bool {
        (-62_135_596_800..<253_402_300_800).contains(seconds)
    }
}
