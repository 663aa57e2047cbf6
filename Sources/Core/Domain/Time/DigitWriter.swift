/// Writes the fixed-width numbers of dates and times as ASCII bytes into a buffer that is large enough.
struct DigitWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        self.buffer = buffer
    }

    mutating func write(ascii scalar: UnicodeScalar) {
        buffer[count] = UInt8(ascii: scalar)
        count += 1
    }

    /// Writes a number that is not negative with leading zeros; digits beyond `digits` are lost.
    mutating func write(_ number: Int, digits: Int) {
        var rest = number
        var position = count + digits
        while position > count {
            position -= 1
            buffer[position] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// Writes `YYYY-MM-DD`, outside the years 0...9999 `±YYYYYY-MM-DD` (ISO 8601 expanded representation).
    mutating func write(_ date: CivilDate) {
        if (0...9_999).contains(date.year) {
            write(date.year, digits: 4)
        } else {
            write(ascii: date.year < 0 ? "-" : "+")
            write(abs(date.year), digits: 6)
        }
        write(ascii: "-")
        write(date.month, digits: 2)
        write(ascii: "-")
        write(date.day, digits: 2)
    }

    /// Writes `hh:mm:ss`.
    mutating func write(secondOfDay second: Int) {
        write(second / 3_600, digits: 2)
        write(ascii: ":")
        write(second / 60 % 60, digits: 2)
        write(ascii: ":")
        write(second % 60, digits: 2)
    }
}
