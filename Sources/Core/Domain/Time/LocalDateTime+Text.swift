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
