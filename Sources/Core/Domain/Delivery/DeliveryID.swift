/// The id of a delivery: a UUID, 16 bytes.
public struct DeliveryID: Hashable, Sendable {
    /// The first eight bytes, most significant first.
    public let high: UInt64
    /// The last eight bytes, most significant first.
    public let low: UInt64

    /// The id of these 16 bytes.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A version 7 UUID (RFC 9562 §5.7): its first 48 bits are milliseconds since 1970, so ids made one after another
    /// lie side by side in an index.
    ///
    /// - Parameters:
    ///   - instant: when it is made; a moment outside the years 1970 to 10889 loses bits.
    ///   - random: 74 of these 128 bits are used, 12 of the first and 62 of the second word.
    public init(at instant: Instant, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(truncatingIfNeeded: instant.microseconds / 1_000)
        high = milliseconds << 16 | 0x7000 | random.0 & 0x0fff
        low = 0x8000_0000_0000_0000 | random.1 & 0x3fff_ffff_ffff_ffff
    }

    /// The id of 16 bytes, as PostgreSQL sends a `uuid`; nil for another number of bytes.
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Calls `body` with the 16 bytes.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
    }
}

extension DeliveryID: Comparable {
    /// By bytes, as PostgreSQL orders them.
    public static func < (left: DeliveryID, right: DeliveryID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
