import RemindersDomain

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
