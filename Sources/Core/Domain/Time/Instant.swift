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
