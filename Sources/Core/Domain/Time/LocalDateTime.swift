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

extension LocalDateTime {
    /// Reads `2026-02-10T14:30:00`, with `T`, `t` or a blank, with or without seconds and a fraction.
    ///
    /// - Returns: nil for everything else, also for a time with an offset: see `Instant`.
    public init?(iso8601 text: some StringProtocol) {
        var copy = String(text)
        let parsed = copy.withUTF8 { LocalDateTime(extended: UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    private init?(extended bytes: UnsafeRawBufferPointer) {
        var reader = DigitReader(bytes)
        guard let date = reader.date(), reader.dateTimeSeparator(), let hour = reader.twoDigits(), hour < 24,
            reader.take(":"), let minute = reader.twoDigits(), minute < 60
        else { return nil }
        var second = 0
        var microsecond = 0
        if reader.take(":") {
            guard let parsedSecond = reader.twoDigits(), parsedSecond < 60, let fraction = reader.fraction() else {
                return nil
            }
            second = parsedSecond
            microsecond = fraction
        }
        guard reader.isAtEnd else { return nil }
        self.init(date: date, secondOfDay: hour * 3_600 + minute * 60 + second, microsecond: microsecond)
    }

    /// The text `2026-02-10T14:30:00`, with six fraction digits only when they aren't all zero.
    public var iso8601: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            var writer = DigitWriter(buffer)
            writer.write(date)
            writer.write(ascii: "T")
            writer.write(secondOfDay: secondOfDay)
            if microsecond != 0 {
                writer.write(ascii: ".")
                writer.write(microsecond, digits: 6)
            }
            return writer.count
        }
    }

    /// The time of day for a sentence, `14:30`, with seconds only when they aren't zero.
    var clockText: String {
        String(unsafeUninitializedCapacity: 8) { buffer in
            var writer = DigitWriter(buffer)
            writer.write(secondOfDay: secondOfDay)
            return second == 0 ? 5 : writer.count
        }
    }
}

extension LocalDateTime: CustomStringConvertible {
    /// The ISO 8601 text, without offset.
    public var description: String { iso8601 }
}

extension CivilDate: CustomStringConvertible {
    /// `2026-02-10`
    public var description: String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            var writer = DigitWriter(buffer)
            writer.write(self)
            return writer.count
        }
    }
}
