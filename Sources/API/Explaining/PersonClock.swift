import RemindersDomain

/// Times as a person reads them: on the clock where the person is.
public struct PersonClock: Hashable, Sendable {
    /// Where the clock hangs.
    public let zone: IANAZone
    /// The moment of reading: what is today needs no date.
    public let now: Instant

    /// A clock in a zone; UTC where the name is unknown.
    public init(zoneName: String?, now: Instant) {
        zone = zoneName.flatMap { try? ZoneCatalog.shared.zone($0) } ?? .utc
        self.now = now
    }

    /// What the clock shows, to the second.
    public func local(_ instant: Instant) -> LocalDateTime {
        zone.local(at: Instant(seconds: instant.seconds))
    }

    /// `07:00`, `tomorrow 07:00`, `yesterday 07:00`, `Tue 2026-02-10 07:00`; with seconds where they are not zero.
    public func words(_ instant: Instant) -> String {
        let time = local(instant)
        let clock = time.iso8601.dropFirst(11)
        let minutes = time.second == 0 ? clock.prefix(5) : clock.prefix(8)
        let day = time.date.daysSince1970
        switch day - local(now).date.daysSince1970 {
        case 0: return String(minutes)
        case 1: return "tomorrow \(minutes)"
        case -1: return "yesterday \(minutes)"
        default: return "\(PersonClock.names[Weekday(daysSince1970: day).rawValue - 1]) \(time.date) \(minutes)"
        }
    }

    /// The same with the name of the zone: `07:00 (Europe/Copenhagen)`.
    public func wordsWithZone(_ instant: Instant) -> String {
        "\(words(instant)) (\(zone.identifier))"
    }

    private static let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
}
