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
