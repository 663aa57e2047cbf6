/// A value in a field table, of one of the types that RabbitMQ and librabbitmq know
/// (https://www.rabbitmq.com/amqp-0-9-1-errata, section 3). Kinds are kept as they come: an `int32` does not turn
/// into an `int64`.
public indirect enum FieldValue: Hashable, Sendable {
    /// `t`
    case bool(Bool)
    /// `b`
    case int8(Int8)
    /// `B`
    case uint8(UInt8)
    /// `s`
    case int16(Int16)
    /// `u`
    case uint16(UInt16)
    /// `I`
    case int32(Int32)
    /// `i`
    case uint32(UInt32)
    /// `l`
    case int64(Int64)
    /// `L`, which RabbitMQ itself does not read.
    case uint64(UInt64)
    /// `f`
    case float(Float)
    /// `d`
    case double(Double)
    /// `D`: `value` with `scale` digits after the decimal point.
    case decimal(scale: UInt8, value: UInt32)
    /// `S`; on the way in, one that is valid UTF-8.
    case string(String)
    /// `x`; on the way in also an `S` that is not UTF-8.
    case bytes([UInt8])
    /// `A`
    case array([FieldValue])
    /// `T`: seconds since 1970-01-01T00:00:00Z.
    case timestamp(UInt64)
    /// `F`
    case table(FieldTable)
    /// `V`; on the way in also what is nested deeper than `FieldTable.maximumDepth`.
    case void

    /// The number in any of the integer kinds, where `Int` can hold it.
    public var integer: Int? {
        switch self {
        case .int8(let value): Int(value)
        case .uint8(let value): Int(value)
        case .int16(let value): Int(value)
        case .uint16(let value): Int(value)
        case .int32(let value): Int(value)
        case .uint32(let value): Int(value)
        case .int64(let value): Int(value)
        case .uint64(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The text of a `string`.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

/// Named values in the order of the wire: message headers and declaration arguments.
public struct FieldTable: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One name with its value.
    public struct Entry: Hashable, Sendable {
        /// At most 128 bytes (AMQP 0-9-1 section 4.2.5.5).
        public var key: String
        /// Any value.
        public var value: FieldValue

        /// Takes both.
        public init(key: String, value: FieldValue) {
            self.key = key
            self.value = value
        }
    }

    /// Tables and arrays nested deeper than this are refused on the way out and read as `void` on the way in: the
    /// depth is the sender's choice, and the stack of the reader is not endless.
    public static let maximumDepth = 32

    /// All entries. A key may come twice; lookups find the first.
    public var entries: [Entry]

    /// Takes the entries as they are.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    /// Keeps the order of the literal.
    public init(dictionaryLiteral elements: (String, FieldValue)...) {
        entries = elements.map(Entry.init)
    }

    /// Whether there is no entry.
    public var isEmpty: Bool { entries.isEmpty }

    /// The first value under `key`; setting it replaces or appends, nil removes.
    public subscript(key: String) -> FieldValue? {
        get { entries.first { $0.key == key }?.value }
        set {
            guard let newValue else { return entries.removeAll { $0.key == key } }
            if let index = entries.firstIndex(where: { $0.key == key }) {
                entries[index].value = newValue
            } else {
                entries.append(Entry(key: key, value: newValue))
            }
        }
    }
}
