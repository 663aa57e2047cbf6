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

extension DeliveryID {
    private static let textLength = 36

    /// Reads the text form `0190163d-8694-739b-aea5-966c26f8ad91`, in any case; nil for everything else.
    public init?(_ text: some StringProtocol) {
        let fast = text.utf8.withContiguousStorageIfAvailable { DeliveryID(ascii: UnsafeRawBufferPointer($0)) }
        let parsed = fast ?? Array(text.utf8).withUnsafeBytes { DeliveryID(ascii: $0) }
        guard let parsed else { return nil }
        self = parsed
    }

    private init?(ascii bytes: UnsafeRawBufferPointer) {
        guard bytes.count == DeliveryID.textLength else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<DeliveryID.textLength {
            let byte = bytes[index]
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            if index < 18 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
        }
        self.init(high: words.0, low: words.1)
    }

    /// The text form, lower case.
    public var text: String {
        String(unsafeUninitializedCapacity: DeliveryID.textLength) { write(to: $0) }
    }

    /// Appends the text form to the bytes of a message under construction.
    public func appendText(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DeliveryID.textLength) { buffer in
            let count = write(to: buffer)
            bytes.append(contentsOf: buffer[0..<count])
        }
    }

    private func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var rest = (high, low)
        for index in 0..<DeliveryID.textLength {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                buffer[index] = UInt8(ascii: "-")
                continue
            }
            let word = index < 18 ? rest.0 : rest.1
            let digit = UInt8(truncatingIfNeeded: word >> 60)
            buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            if index < 18 { rest.0 <<= 4 } else { rest.1 <<= 4 }
        }
        return DeliveryID.textLength
    }
}

extension DeliveryID: CustomStringConvertible {
    /// The text form, lower case.
    public var description: String { text }
}

extension DeliveryID: Codable {
    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = DeliveryID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID")
        }
        self = id
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
