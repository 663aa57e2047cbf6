/// A time of day to the minute, on no particular day. 24:00 is the end of a day.
public struct LocalTime: Hashable, Comparable, Sendable {
    /// Minutes after midnight, 0...1,440.
    public let minutes: Int

    /// The time so many minutes after midnight; nil outside 0...1,440.
    public init?(minutes: Int) {
        guard (0...1_440).contains(minutes) else { return nil }
        self.minutes = minutes
    }

    /// Reads `18:00`, or `18:00:00` as PostgreSQL's `time` prints it; seconds must be zero.
    public init?(_ text: String) {
        var copy = text
        let minutes = copy.withUTF8 { bytes -> Int? in
            var reader = DigitReader(UnsafeRawBufferPointer(bytes))
            guard let hour = reader.twoDigits(), reader.take(":"), let minute = reader.twoDigits(), minute < 60 else {
                return nil
            }
            if reader.take(":"), reader.twoDigits() != 0 { return nil }
            return reader.isAtEnd ? hour * 60 + minute : nil
        }
        guard let minutes else { return nil }
        self.init(minutes: minutes)
    }

    /// Earlier times are less.
    public static func < (left: LocalTime, right: LocalTime) -> Bool {
        left.minutes < right.minutes
    }
}

extension LocalTime: CustomStringConvertible {
    /// `18:00`
    public var description: String {
        String(unsafeUninitializedCapacity: 5) { buffer in
            var writer = DigitWriter(buffer)
            writer.write(minutes / 60, digits: 2)
            writer.write(ascii: ":")
            writer.write(minutes % 60, digits: 2)
            return writer.count
        }
    }
}
