import CRabbitMQ
import Glibc

extension EncodingPool {
    /// A table of librabbitmq whose memory lasts until the pool is recycled.
    func table(_ table: FieldTable) -> amqp_table_t {
        guard !table.isEmpty else { return amqp_table_t() }
        let entries = allocate(amqp_table_entry_t.self, count: table.entries.count)
        for (index, entry) in table.entries.enumerated() {
            entries[index] = amqp_table_entry_t(key: bytes(entry.key), value: fieldValue(entry.value))
        }
        return amqp_table_t(num_entries: Int32(table.entries.count), entries: entries)
    }

    private func fieldValue(_ value: FieldValue) -> amqp_field_value_t {
        var result = amqp_field_value_t()
        func set(_ kind: amqp_field_value_kind_t) {
            result.kind = UInt8(kind.rawValue)
        }
        switch value {
        case .bool(let value):
            set(AMQP_FIELD_KIND_BOOLEAN)
            result.value.boolean = value ? 1 : 0
        case .int8(let value):
            set(AMQP_FIELD_KIND_I8)
            result.value.i8 = value
        case .uint8(let value):
            set(AMQP_FIELD_KIND_U8)
            result.value.u8 = value
        case .int16(let value):
            set(AMQP_FIELD_KIND_I16)
            result.value.i16 = value
        case .uint16(let value):
            set(AMQP_FIELD_KIND_U16)
            result.value.u16 = value
        case .int32(let value):
            set(AMQP_FIELD_KIND_I32)
            result.value.i32 = value
        case .uint32(let value):
            set(AMQP_FIELD_KIND_U32)
            result.value.u32 = value
        case .int64(let value):
            set(AMQP_FIELD_KIND_I64)
            result.value.i64 = value
        case .uint64(let value):
            // Not as `L`: see `FieldTable.encodedSize`, which let only 63 bits pass.
            set(AMQP_FIELD_KIND_I64)
            result.value.i64 = Int64(bitPattern: value)
        case .float(let value):
            set(AMQP_FIELD_KIND_F32)
            result.value.f32 = value
        case .double(let value):
            set(AMQP_FIELD_KIND_F64)
            result.value.f64 = value
        case .decimal(let scale, let value):
            set(AMQP_FIELD_KIND_DECIMAL)
            result.value.decimal = amqp_decimal_t(decimals: scale, value: value)
        case .string(let text):
            set(AMQP_FIELD_KIND_UTF8)
            result.value.bytes = bytes(text)
        case .bytes(let value):
            set(AMQP_FIELD_KIND_BYTES)
            result.value.bytes = bytes(value)
        case .array(let values):
            set(AMQP_FIELD_KIND_ARRAY)
            let entries = allocate(amqp_field_value_t.self, count: values.count)
            for (index, value) in values.enumerated() { entries[index] = fieldValue(value) }
            result.value.array = amqp_array_t(num_entries: Int32(values.count), entries: entries)
        case .timestamp(let seconds):
            set(AMQP_FIELD_KIND_TIMESTAMP)
            result.value.u64 = seconds
        case .table(let nested):
            set(AMQP_FIELD_KIND_TABLE)
            result.value.table = table(nested)
        case .void:
            set(AMQP_FIELD_KIND_VOID)
        }
        return result
    }
}

extension FieldTable {
    /// Copies a decoded table.
    init(_ table: amqp_table_t, depth: Int = 1) {
        entries = []
        guard table.num_entries > 0, let source = table.entries else { return }
        entries.reserveCapacity(Int(table.num_entries))
        for index in 0..<Int(table.num_entries) {
            entries.append(Entry(key: String(source[index].key), value: FieldValue(source[index].value, depth: depth)))
        }
    }
}

extension FieldValue {
    fileprivate init(_ field: amqp_field_value_t, depth: Int) {
        switch amqp_field_value_kind_t(rawValue: UInt32(field.kind)) {
        case AMQP_FIELD_KIND_BOOLEAN: self = .bool(field.value.boolean != 0)
        case AMQP_FIELD_KIND_I8: self = .int8(field.value.i8)
        case AMQP_FIELD_KIND_U8: self = .uint8(field.value.u8)
        case AMQP_FIELD_KIND_I16: self = .int16(field.value.i16)
        case AMQP_FIELD_KIND_U16: self = .uint16(field.value.u16)
        case AMQP_FIELD_KIND_I32: self = .int32(field.value.i32)
        case AMQP_FIELD_KIND_U32: self = .uint32(field.value.u32)
        case AMQP_FIELD_KIND_I64: self = .int64(field.value.i64)
        case AMQP_FIELD_KIND_U64: self = .uint64(field.value.u64)
        case AMQP_FIELD_KIND_F32: self = .float(field.value.f32)
        case AMQP_FIELD_KIND_F64: self = .double(field.value.f64)
        case AMQP_FIELD_KIND_DECIMAL:
            self = .decimal(scale: field.value.decimal.decimals, value: field.value.decimal.value)
        case AMQP_FIELD_KIND_UTF8:
            let raw = field.value.bytes.buffer
            if let text = String(validating: raw, as: UTF8.self) {
                self = .string(text)
            } else {
                self = .bytes([UInt8](raw))
            }
        case AMQP_FIELD_KIND_BYTES: self = .bytes([UInt8](field.value.bytes.buffer))
        case AMQP_FIELD_KIND_TIMESTAMP: self = .timestamp(field.value.u64)
        case AMQP_FIELD_KIND_TABLE where depth < FieldTable.maximumDepth:
            self = .table(FieldTable(field.value.table, depth: depth + 1))
        case AMQP_FIELD_KIND_ARRAY where depth < FieldTable.maximumDepth:
            let array = field.value.array
            self = .array(
                (0..<Int(array.num_entries)).compactMap { index in
                    array.entries.map { FieldValue($0[index], depth: depth + 1) }
                })
        default: self = .void
        }
    }
}

/// Memory for what one call hands to librabbitmq: strings, tables and bodies at addresses that stay.
///
/// Not thread-safe; its owner is a `Connection`, which lives on one thread.
final class EncodingPool {
    private var pool = amqp_pool_t()

    init() {
        init_amqp_pool(&pool, 64 * 1024)
    }

    deinit {
        empty_amqp_pool(&pool)
    }

    /// Makes all that was handed out invalid and keeps the memory for the next call.
    func recycle() {
        recycle_amqp_pool(&pool)
    }

    func allocate<Element>(_ type: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
        // The pool hands out no block of zero bytes.
        let size = max(count, 1) * MemoryLayout<Element>.stride
        // Out of memory ends the process here as in any Swift allocation.
        return amqp_pool_alloc(&pool, size)!.bindMemory(to: type, capacity: max(count, 1))
    }

    func bytes(_ text: String) -> amqp_bytes_t {
        let count = text.utf8.count
        guard count > 0 else { return amqp_bytes_t() }
        let target = allocate(UInt8.self, count: count)
        let copied: Void? = text.utf8.withContiguousStorageIfAvailable { source in
            target.update(from: source.baseAddress!, count: count)  // not nil: count > 0
        }
        if copied == nil {
            for (index, byte) in text.utf8.enumerated() { target[index] = byte }
        }
        return amqp_bytes_t(len: count, bytes: target)
    }

    func bytes(_ array: [UInt8]) -> amqp_bytes_t {
        guard !array.isEmpty else { return amqp_bytes_t() }
        let target = allocate(UInt8.self, count: array.count)
        array.withUnsafeBufferPointer { target.update(from: $0.baseAddress!, count: array.count) }  // not empty
        return amqp_bytes_t(len: array.count, bytes: target)
    }
}

extension amqp_bytes_t {
    var buffer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : len)
    }
}

extension String {
    /// Copies; what is not UTF-8 becomes U+FFFD.
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: bytes.buffer, as: UTF8.self)
    }
}
