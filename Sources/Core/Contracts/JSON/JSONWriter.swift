import RemindersDomain
import RemindersGround

/// Appends JSON to bytes, field by field, in the order of the calls.
///
/// What is written is always valid JSON as long as every `beginObject` has its `endObject`. U+2028 and U+2029 are
/// escaped, so that the text may also stand in JavaScript source.
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// - Parameter capacity: bytes to reserve; typical messages of ours take 400 to 700.
    public init(capacity: Int = 1_024) {
        bytes.reserveCapacity(capacity)
    }

    /// Forgets what was written and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Opens the outermost object, or one in an array.
    public mutating func beginObject() { begin("{") }

    /// Opens the outermost array, or one in an array.
    public mutating func beginArray() { begin("[") }

    /// Opens an array that is the value of a field.
    public mutating func beginArray(_ key: StaticString) {
        write(key: key)
        needsComma = false
        beginArray()
    }

    /// Closes the innermost array.
    public mutating func endArray() { end("]") }

    /// Opens an object that is the value of a field.
    public mutating func beginObject(_ key: StaticString) {
        write(key: key)
        needsComma = false
        beginObject()
    }

    /// Closes the innermost object.
    public mutating func endObject() { end("}") }

    private mutating func begin(_ bracket: UnicodeScalar) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func end(_ bracket: UnicodeScalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// Writes a field of text.
    public mutating func write(_ key: StaticString, _ text: String) {
        write(key: key)
        write(quoted: text)
    }

    /// Writes a field of text, or nothing at all for nil.
    public mutating func write(_ key: StaticString, ifPresent text: String?) {
        guard let text else { return }
        write(key, text)
    }

    /// Writes a field with a number.
    public mutating func write(_ key: StaticString, _ number: some FixedWidthInteger & SignedInteger) {
        write(key: key)
        write(number: Int64(number))
    }

    /// Writes a field with `true` or `false`.
    public mutating func write(_ key: StaticString, _ value: Bool) {
        write(key: key)
        append(value ? "true" : "false")
    }

    /// Writes a field with `null`.
    public mutating func writeNull(_ key: StaticString) {
        write(key: key)
        append("null")
    }

    /// Writes a field with a time as RFC 3339 in UTC.
    public mutating func write(_ key: StaticString, _ instant: Instant) {
        write(key: key)
        bytes.append(UInt8(ascii: "\""))
        instant.appendRFC3339(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends what is a whole value already.
    mutating func append(raw value: some Sequence<UInt8>) {
        bytes.append(contentsOf: value)
    }

    /// The comma before an element of an array, where there is one before it.
    mutating func beginElement() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// Keys are literals of ours without anything to escape.
    mutating func write(key: StaticString) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        bytes.append(UInt8(ascii: "\""))
        append(key)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func write(number: Int64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var position = digits.count
            var rest = number.magnitude
            repeat {
                position -= 1
                digits[position] = UInt8(truncatingIfNeeded: 48 + rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                position -= 1
                digits[position] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: digits[position...])
        }
    }

    mutating func write(quoted text: String) {
        bytes.append(UInt8(ascii: "\""))
        JSONString.append(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Fields that may be null, elements of arrays, and whole values.
extension JSONWriter {
    /// Writes a field of text, or `null`.
    public mutating func write(_ key: StaticString, orNull text: String?) {
        if let text { write(key, text) } else { writeNull(key) }
    }

    /// Writes a field with a number, or `null`.
    public mutating func write(_ key: StaticString, orNull number: (some FixedWidthInteger & SignedInteger)?) {
        if let number { write(key, number) } else { writeNull(key) }
    }

    /// Writes a field with `true` or `false`, or `null`.
    public mutating func write(_ key: StaticString, orNull value: Bool?) {
        if let value { write(key, value) } else { writeNull(key) }
    }

    /// Writes a field with a time as RFC 3339 in UTC, or `null`.
    public mutating func write(_ key: StaticString, orNull instant: Instant?) {
        if let instant { write(key, instant) } else { writeNull(key) }
    }

    /// Writes a field with a local time, `YYYY-MM-DDTHH:MM:SS`.
    public mutating func write(_ key: StaticString, _ local: LocalDateTime) {
        write(key, local.iso8601)
    }

    /// Writes a field with a local time, or `null`.
    public mutating func write(_ key: StaticString, orNull local: LocalDateTime?) {
        write(key, orNull: local?.iso8601)
    }

    /// Writes a field with a number that may have a fraction; what JSON cannot say (infinities, NaN) is `null`.
    public mutating func write(_ key: StaticString, _ number: Double) {
        write(key: key)
        append(raw: number.isFinite ? Array("\(number)".utf8) : Array("null".utf8))
    }

    /// Writes a field with a number that may have a fraction, or `null`.
    public mutating func write(_ key: StaticString, orNull number: Double?) {
        if let number { write(key, number) } else { writeNull(key) }
    }

    /// Writes a field with an array of texts.
    public mutating func write(_ key: StaticString, _ texts: some Sequence<String>) {
        beginArray(key)
        for text in texts { write(element: text) }
        endArray()
    }

    /// Writes a field with an array of numbers.
    public mutating func write(_ key: StaticString, _ numbers: some Sequence<Int64>) {
        beginArray(key)
        for number in numbers { write(element: number) }
        endArray()
    }

    /// Writes a field with any value.
    public mutating func write(_ key: StaticString, _ value: JSONValue) {
        write(key: key)
        append(value)
    }

    /// Writes a field with bytes that are valid JSON already, such as a `jsonb` of the database.
    public mutating func write(_ key: StaticString, json text: String) {
        write(key: key)
        append(raw: text.utf8)
    }

    /// Writes a text as an element of an array.
    public mutating func write(element text: String) {
        beginElement()
        write(quoted: text)
    }

    /// Writes a number as an element of an array.
    public mutating func write(element number: some FixedWidthInteger & SignedInteger) {
        beginElement()
        write(number: Int64(number))
    }

    /// Writes any value as an element of an array.
    public mutating func write(element value: JSONValue) {
        beginElement()
        append(value)
    }

    /// Writes the outermost value, when it is not built field by field.
    public mutating func write(_ value: JSONValue) {
        beginElement()
        append(value)
    }

    private mutating func append(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .boolean(let value): append(value ? "true" : "false")
        case .number(let digits): append(raw: digits.utf8)
        case .string(let text): write(quoted: text)
        case .array(let elements):
            append("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { append(",") }
                append(element)
            }
            append("]")
        case .object(let members):
            append("{")
            for (index, member) in members.enumerated() {
                if index > 0 { append(",") }
                write(quoted: member.name)
                append(":")
                append(member.value)
            }
            append("}")
        }
    }
}

extension JSONValue {
    /// The value as JSON, without blanks.
    public var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.write(self)
        return writer.bytes
    }
}
