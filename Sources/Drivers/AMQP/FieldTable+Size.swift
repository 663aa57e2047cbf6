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
