/// Reads the fixed-width numbers of dates and times from ASCII bytes, front to back.
struct DigitReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// Takes one of the bytes of `accepted`, or nothing.
    mutating func take(_ accepted: UnicodeScalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: accepted) else { return false }
        position += 1
        return true
    }

    /// Takes exactly two digits.
    mutating func twoDigits() -> Int? {
        guard position + 2 <= bytes.count else { return nil }
        let tens = bytes[position] &- 48
        let ones = bytes[position + 1] &- 48
        guard tens < 10, ones < 10 else { return nil }
        position += 2
        return Int(tens) * 10 + Int(ones)
    }

    /// Takes `YYYY-MM-DD` of a day that exists.
    mutating func date() -> CivilDate? {
        guard let century = twoDigits(), let yearOfCentury = twoDigits(), take("-"), let month = twoDigits(),
            take("-"), let day = twoDigits()
        else { return nil }
        return CivilDate(year: century * 100 + yearOfCentury, month: month, day: day)
    }

    /// Takes `T`, `t` or a blank (RFC 3339 §5.6).
    mutating func dateTimeSeparator() -> Bool {
        take("T") || take("t") || take(" ")
    }

    /// Takes `hh:mm:ss` and an optional fraction of at least one digit.
    mutating func time(leapSecond: Bool) -> (seconds: Int, microseconds: Int)? {
        guard let hour = twoDigits(), hour < 24, take(":"), let minute = twoDigits(), minute < 60, take(":"),
            let second = twoDigits(), second < 60 || (leapSecond && second == 60), let fraction = fraction()
        else { return nil }
        return (hour * 3_600 + minute * 60 + second, fraction)
    }

    /// Takes an optional `.` with digits and gives microseconds; further digits are cut off. Nil for a lone point.
    mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        let first = position
        var value = 0
        while position < bytes.count {
            let digit = bytes[position] &- 48
            guard digit < 10 else { break }
            if position - first < 6 { value = value * 10 + Int(digit) }
            position += 1
        }
        let count = position - first
        guard count > 0 else { return nil }
        if count < 6 {
            for _ in count..<6 { value *= 10 }
        }
        return value
    }

    /// Takes `Z`, `z` or `±hh:mm` and gives seconds east of Greenwich.
    mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let isWest: Bool
        if take("+") {
            isWest = false
        } else if take("-") {
            isWest = true
        } else {
            return nil
        }
        guard let hours = twoDigits(), hours < 24, take(":"), let minutes = twoDigits(), minutes < 60 else {
            return nil
        }
        let seconds = hours * 3_600 + minutes * 60
        return isWest ? -seconds : seconds
    }
}

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
