import RemindersGround

/// JSON under construction, to which text can be appended as bytes. The caller keeps the order of braces and commas.
struct JSONBytes {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends JSON as it stands: braces, brackets and keys.
    mutating func append(_ json: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount))
    }

    /// Appends a string with its quotes.
    mutating func append(string text: String) {
        var text = text
        text.withUTF8 { append(string: $0) }
    }

    /// Appends a string of valid UTF-8 with its quotes.
    mutating func append(string text: [UInt8]) {
        text.withUnsafeBufferPointer { append(string: $0) }
    }

    private mutating func append(string text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        JSONString.append(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}
