/// What a clock on the wall shows, without saying where: a date and a time of day, to the microsecond.
public struct LocalDateTime: Hashable, Comparable, Sendable {
    /// Microseconds after 1970-01-01T00:00:00 of the same clock, as if it had never been changed.
    public let microseconds: Int64

    /// The time so many microseconds after 1970-01-01T00:00:00 of the same clock.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The given second (0...86,399) of a day.
    public init(date: CivilDate, secondOfDay: Int, microsecond: Int = 0) {
        self.init(day: date.daysSince1970, secondOfDay: secondOfDay, microsecond: microsecond)
    }

    /// The given time of day, or nil where a number is out of range.
    public init?(date: CivilDate, hour: Int, minute: Int, second: Int = 0) {
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second) else { return nil }
        self.init(date: date, secondOfDay: hour * 3_600 + minute * 60 + second)
    }

    init(day: Int, secondOfDay: Int, microsecond: Int = 0) {
        self.init(microseconds: Int64((day * 86_400 + secondOfDay) * 1_000_000 + microsecond))
    }

    /// The day.
    public var date: CivilDate { CivilDate(daysSince1970: day) }

    /// The second of the day, 0...86,399.
    public var secondOfDay: Int { Int(Instant(microseconds: microseconds).seconds) - day * 86_400 }

    /// The hour, 0...23.
    public var hour: Int { secondOfDay / 3_600 }

    /// The minute, 0...59.
    public var minute: Int { secondOfDay / 60 % 60 }

    /// The second, 0...59.
    public var second: Int { secondOfDay % 60 }

    /// The part of the second, 0...999,999.
    public var microsecond: Int { Int(microseconds - Instant(microseconds: microseconds).seconds * 1_000_000) }

    /// Days after 1970-01-01.
    var day: Int {
        let seconds = Int(Instant(microseconds: microseconds).seconds)
        return seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    }

    /// The time so many seconds later on the same clock.
    func adding(seconds: Int) -> LocalDateTime {
        LocalDateTime(microseconds: microseconds + Int64(seconds) * 1_000_000)
    }

    /// Earlier times are less.
    public static func < (left: LocalDateTime, right: LocalDateTime) -> Bool {
        left.microseconds < right.microseconds
    }
}
