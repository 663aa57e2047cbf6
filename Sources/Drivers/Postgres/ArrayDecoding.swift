/// Reads the binary form of arrays (array_send); see `ArrayEncoding` for its parts.
enum ArrayDecoding {
    /// - Returns: nil when the bytes are no array of at most one dimension, or an element does not fit.
    static func elements<Element>(
        _ value: RawValue, _ decode: (RawValue) -> Element?
    ) -> [Element?]? {
        guard let dimensions = value.load(Int32.self), let type = value.load(UInt32.self, at: 8) else { return nil }
        guard dimensions > 0 else { return dimensions == 0 && value.bytes.count == 12 ? [] : nil }
        guard dimensions == 1, let count = value.load(Int32.self, at: 12), count >= 0 else { return nil }
        var elements: [Element?] = []
        // Each element takes four bytes or more: a wrong count can't reserve more than there is.
        elements.reserveCapacity(min(Int(count), value.bytes.count / 4))
        var offset = 20
        for _ in 0..<count {
            guard let length = value.load(Int32.self, at: offset) else { return nil }
            offset += 4
            guard length >= 0 else {
                elements.append(nil)
                continue
            }
            let end = offset + Int(length)
            guard end <= value.bytes.count else { return nil }
            let bytes = UnsafeRawBufferPointer(rebasing: value.bytes[offset..<end])
            guard let element = decode(RawValue(bytes: bytes, type: type)) else { return nil }
            elements.append(element)
            offset = end
        }
        return elements
    }

    /// The same without NULLs; one of them makes it nil.
    static func elementsWithoutNull<Element>(
        _ value: RawValue, _ decode: (RawValue) -> Element?
    ) -> [Element]? {
        guard let elements = elements(value, decode) else { return nil }
        let present = elements.compactMap { $0 }
        return present.count == elements.count ? present : nil
    }
}
