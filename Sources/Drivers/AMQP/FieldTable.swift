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

extension FieldTable {
    /// Bytes on the wire with the length in front, or why it can't go there.
    func encodedSize(depth: Int = 1) throws(Refusal) -> Int {
        guard depth <= Self.maximumDepth else { throw Refusal("a table is nested deeper than \(Self.maximumDepth)") }
        var size = 4
        for entry in entries {
            // AMQP 0-9-1 section 4.2.5.5. librabbitmq cuts the length to eight bits and sends the rest as rubbish.
            guard entry.key.utf8.count <= 128 else { throw Refusal("a field name is longer than 128 bytes") }
            size += 1 + entry.key.utf8.count
            size += try entry.value.encodedSize(depth: depth)
        }
        return size
    }
}

extension FieldValue {
    fileprivate func encodedSize(depth: Int) throws(Refusal) -> Int {
        switch self {
        case .bool, .int8, .uint8: return 2
        case .int16, .uint16: return 3
        case .int32, .uint32, .float: return 5
        case .int64, .double, .timestamp: return 9
        case .uint64(let value):
            // RabbitMQ 3.10 closes the connection on `L` (rabbit_binary_parser); `l` carries all that fit.
            guard value <= UInt64(Int64.max) else { throw Refusal("a field value does not fit 63 bits") }
            return 9
        case .decimal: return 6
        case .string(let text): return 5 + text.utf8.count
        case .bytes(let bytes): return 5 + bytes.count
        case .void: return 1
        case .table(let table): return 1 + (try table.encodedSize(depth: depth + 1))
        case .array(let values):
            guard depth < FieldTable.maximumDepth else {
                throw Refusal("an array is nested deeper than \(FieldTable.maximumDepth)")
            }
            var size = 5
            for value in values { size += try value.encodedSize(depth: depth + 1) }
            return size
        }
    }
}
