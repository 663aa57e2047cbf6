/// Text put together from literals and numbers, without the cost of interpolation.
package struct DecimalText {
    private var bytes: [UInt8] = []

    package init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// The text so far.
    package var string: String { String(decoding: bytes, as: UTF8.self) }

    package mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a number, with zeros before it when it has fewer than `digits` digits.
    package mutating func append(_ number: Int, digits: Int = 1) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var divisor = 1
        var count = 1
        let magnitude = Int(number.magnitude)
        while magnitude / divisor >= 10 || count < digits {
            divisor *= 10
            count += 1
        }
        while divisor > 0 {
            bytes.append(UInt8(48 + magnitude / divisor % 10))
            divisor /= 10
        }
    }
}
