/// A string or number as it stands in the body, not yet copied. Valid as long as the bytes it was read from.
struct JSONToken {
    let start: UnsafePointer<UInt8>
    let count: Int
    /// For a string: whether it has backslashes. For a number: whether it has a fraction or an exponent.
    let isSpecial: Bool

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// The text of a string token: its escapes were checked when it was read.
    var text: String {
        guard isSpecial else { return digits }
        // An escape is never shorter than the UTF-8 it stands for, so the token's length is enough.
        return String(unsafeUninitializedCapacity: count) { JSONToken.unescape(bytes, into: $0) }
    }

    /// The characters as they stand: the digits of a number.
    var digits: String { String(decoding: bytes, as: UTF8.self) }

    /// The number as an Int64, or nil if it is no integer literal or out of range.
    var int64: Int64? {
        guard !isSpecial else { return nil }
        let isNegative = start[0] == UInt8(ascii: "-")
        var value: Int64 = 0
        for index in (isNegative ? 1 : 0)..<count {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(start[index] &- 48)
            let (sum, overflowOfSum) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if overflow || overflowOfSum { return nil }
            value = sum
        }
        return value
    }

    /// Whether the text of a string token is exactly these bytes.
    @inline(__always)
    func isEqual(to name: UnsafeBufferPointer<UInt8>) -> Bool {
        if isSpecial { return text.utf8.elementsEqual(name) }
        guard count == name.count else { return false }
        for index in 0..<count where start[index] != name[index] { return false }
        return true
    }

    private static func unescape(
        _ source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var read = 0
        var written = 0
        while read < source.count {
            let byte = source[read]
            read += 1
            guard byte == UInt8(ascii: "\\") else {
                target[written] = byte
                written += 1
                continue
            }
            let escape = source[read]
            read += 1
            if escape == UInt8(ascii: "u") {
                var scalar = hex4(source, read)
                read += 4
                if (0xD800..<0xDC00).contains(scalar) {
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (hex4(source, read + 2) - 0xDC00)
                    read += 6
                }
                for unit in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}").unsafelyUnwrapped {
                    target[written] = unit
                    written += 1
                }
            } else {
                target[written] = plain(escape)
                written += 1
            }
        }
        return written
    }

    private static func plain(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }

    private static func hex4(_ source: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in start..<start + 4 { value = value << 4 | UInt32(hexadecimalDigit(source[index]) ?? 0) }
        return value
    }
}

/// The value of a hexadecimal digit of either case, or nil.
@inline(__always)
func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
