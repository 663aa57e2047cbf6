/// How long before its case's deadline a `deadline_approaching` reminder comes.
///
/// Days are calendar days on the clock of the reminder's zone: a day before Monday 09:00 is Sunday 09:00, also when the
/// clocks changed in between. Hours and minutes are exact. The function `deadline_reminder_moment` of the database
/// computes the same, and plans by it; this is for forecasts and for checking what people write.
public struct LeadTime: Hashable, Sendable {
    /// Calendar days, 0...3,650.
    public let days: Int
    /// Hours of 60 minutes, 0...87,600.
    public let hours: Int
    /// Minutes, 0...5,256,000.
    public let minutes: Int

    /// What a reminder has whose configuration says nothing: 24 hours.
    public static let standard = LeadTime(uncheckedDays: 0, hours: 24, minutes: 0)

    /// Ten years each.
    static let largestDays = 3_650
    static let largestHours = 87_600
    static let largestMinutes = 5_256_000

    /// A lead time with these parts; nil where one is out of range, or all are zero.
    public init?(days: Int = 0, hours: Int = 0, minutes: Int = 0) {
        guard (0...LeadTime.largestDays).contains(days), (0...LeadTime.largestHours).contains(hours),
            (0...LeadTime.largestMinutes).contains(minutes), days > 0 || hours > 0 || minutes > 0
        else { return nil }
        self.init(uncheckedDays: days, hours: hours, minutes: minutes)
    }

    private init(uncheckedDays days: Int, hours: Int, minutes: Int) {
        self.days = days
        self.hours = hours
        self.minutes = minutes
    }

    /// The moment so long before a deadline: not after it. Of a local time that comes twice the first is meant, and one
    /// that the clocks skip moves forward.
    public func moment(before deadline: Instant, in zone: IANAZone) -> Instant {
        var moment = deadline
        if days > 0 {
            moment = zone.instant(of: zone.local(at: deadline).adding(seconds: -days * 86_400))
        }
        return moment - .seconds(hours * 3_600 + minutes * 60)
    }

    /// When the reminder is to be looked at, as the database plans it; nil when nothing is to come.
    ///
    /// - Parameters:
    ///   - deadline: the case's, nil if it has none, or was closed or deleted.
    ///   - toldAt: when the newest occurrence for this very deadline was due, if there was one.
    /// - Returns: that moment, or `now` when it is over and the deadline is not.
    public func nextCheck(deadline: Instant?, in zone: IANAZone, toldAt: Instant?, now: Instant) -> Instant? {
        guard let deadline, deadline > now else { return nil }
        let moment = moment(before: deadline, in: zone)
        if let toldAt, toldAt >= moment { return nil }
        return max(moment, now)
    }
}

extension LeadTime: CustomStringConvertible {
    /// `1 day 2 hours 30 minutes`
    public var description: String {
        [(days, "day"), (hours, "hour"), (minutes, "minute")]
            .filter { $0.0 > 0 }
            .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
            .joined(separator: " ")
    }
}
