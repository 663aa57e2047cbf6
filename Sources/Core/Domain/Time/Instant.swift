/// A moment in time, to the microsecond: what PostgreSQL's `timestamptz` can hold.
///
/// Leap seconds don't count, as in POSIX time.
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z, negative before.
    public let microseconds: Int64

    /// The moment `microseconds` after 1970-01-01T00:00:00Z.
    @inlinable
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The moment `seconds` after 1970-01-01T00:00:00Z; at the ends of the range it stays at the end.
    @inlinable
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        self.init(microseconds: overflow ? (seconds < 0 ? .min : .max) : product)
    }

    /// Before every other moment.
    public static let distantPast = Instant(microseconds: .min)
    /// After every other moment.
    public static let distantFuture = Instant(microseconds: .max)

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    @inlinable
    public var seconds: Int64 {
        let quotient = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }

    /// Earlier moments are less.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The moment `duration` later, rounded down to microseconds; it stops at the ends of the range.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let distance = duration.wholeMicroseconds
        let (sum, overflow) = instant.microseconds.addingReportingOverflow(distance)
        guard overflow || distance == .max || distance == .min else { return Instant(microseconds: sum) }
        return distance < 0 ? .distantPast : .distantFuture
    }

    /// The moment `duration` earlier; it stops at the ends of the range.
    public static func - (instant: Instant, duration: Duration) -> Instant {
        let distance = duration.wholeMicroseconds
        let (difference, overflow) = instant.microseconds.subtractingReportingOverflow(distance)
        guard overflow || distance == .max || distance == .min else { return Instant(microseconds: difference) }
        return distance < 0 ? .distantFuture : .distantPast
    }

    /// How long after `right` the moment `left` is; it stops at the ends of the range.
    public static func - (left: Instant, right: Instant) -> Duration {
        let (difference, overflow) = left.microseconds.subtractingReportingOverflow(right.microseconds)
        return .microseconds(overflow ? (left < right ? .min : .max) : difference)
    }
}

extension Duration {
    /// The duration in microseconds, what is less than one being cut off towards zero; at the ends of the range of
    /// `Int64` (292,000 years) it stays at the end.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, overflowOfSum) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return overflow || overflowOfSum ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in milliseconds, what is less than one being cut off towards zero.
    public var wholeMilliseconds: Int64 {
        wholeMicroseconds / 1_000
    }
}

extension Duration {
    /// `1 d 2 h`, `5 min 3 s`, `0 s`: the two largest units.
    public var words: String {
        var rest = wholeMicroseconds / 1_000_000
        var parts: [String] = []
        for (unit, seconds) in [("d", Int64(86_400)), ("h", 3_600), ("min", 60), ("s", 1)] {
            let count = rest / seconds
            rest %= seconds
            if count > 0 { parts.append("\(count) \(unit)") }
        }
        return parts.isEmpty ? "0 s" : parts.prefix(2).joined(separator: " ")
    }
}

extension Instant {
    /// Reads an RFC 3339 date-time: `2026-02-10T14:30:00Z`, with any offset and any number of fraction digits.
    ///
    /// Digits beyond microseconds are cut off. A second of 60 (a leap second) is the first of the next minute. `t`,
    /// `z` and a blank instead of the `T` are accepted (RFC 3339 §5.6, notes).
    ///
    /// - Returns: nil for everything else, also for a time without an offset: see `LocalDateTime`.
    @inlinable
    public init?(rfc3339 text: some StringProtocol) {
        let fast = text.utf8.withContiguousStorageIfAvailable { Instant(rfc3339: UnsafeRawBufferPointer($0)) }
        if let fast {
            guard let fast else { return nil }
            self = fast
        } else {
            let copy = Array(text.utf8)
            guard let parsed = copy.withUnsafeBytes({ Instant(rfc3339: $0) }) else { return nil }
            self = parsed
        }
    }

    /// Reads an RFC 3339 date-time from its ASCII bytes.
    public init?(rfc3339 bytes: UnsafeRawBufferPointer) {
        var reader = DigitReader(bytes)
        guard let day = reader.date(), reader.dateTimeSeparator(), let time = reader.time(leapSecond: true),
            let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        let days = CivilDate.daysSince1970(year: day.year, month: day.month, day: day.day)
        let seconds = days * 86_400 + time.seconds - offset
        self.init(microseconds: Int64(seconds) * 1_000_000 + Int64(time.microseconds))
    }

    /// The RFC 3339 text in UTC, `2026-02-10T14:30:00Z`, with six fraction digits only when they aren't all zero.
    ///
    /// RFC 3339 ends with the year 9999; later and negative years get a sign and six digits (ISO 8601 expanded).
    public var rfc3339: String {
        String(unsafeUninitializedCapacity: Instant.longestText) { write(to: $0) }
    }

    /// Appends the same text as `rfc3339` to the bytes of a message under construction.
    public func appendRFC3339(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Instant.longestText) { buffer in
            let count = write(to: buffer)
            bytes.append(contentsOf: buffer[0..<count])
        }
    }

    private static let longestText = 32

    private func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let wholeSeconds = Int(seconds)
        let fraction = Int(microseconds) &- wholeSeconds &* 1_000_000
        var days = wholeSeconds / 86_400
        var second = wholeSeconds % 86_400
        if second < 0 {
            days -= 1
            second += 86_400
        }
        var writer = DigitWriter(buffer)
        writer.write(CivilDate(daysSince1970: days))
        writer.write(ascii: "T")
        writer.write(secondOfDay: second)
        if fraction != 0 {
            writer.write(ascii: ".")
            writer.write(fraction, digits: 6)
        }
        writer.write(ascii: "Z")
        return writer.count
    }
}

extension Instant: CustomStringConvertible {
    /// The RFC 3339 text in UTC.
    public var description: String { rfc3339 }
}

extension Instant: Codable {
    /// Reads RFC 3339 text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Instant(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an RFC 3339 date-time with an offset")
        }
        self = instant
    }

    /// Writes RFC 3339 text in UTC.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}
