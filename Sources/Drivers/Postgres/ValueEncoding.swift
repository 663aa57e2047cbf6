/// The binary form of parameters (PostgreSQL's `*_send` and `*_recv` functions; integers are big-endian).
extension PostgresValue {
    /// The type named to the server; 0 lets it infer one.
    var type: UInt32 {
        switch self {
        case .null: PostgresType.unknown
        case .bool: PostgresType.bool
        case .int2: PostgresType.int2
        case .int4: PostgresType.int4
        case .int8: PostgresType.int8
        case .float8: PostgresType.float8
        case .text: PostgresType.text
        case .bytes: PostgresType.bytea
        case .uuid: PostgresType.uuid
        case .timestamptz: PostgresType.timestamptz
        case .date: PostgresType.date
        case .time: PostgresType.time
        case .interval: PostgresType.interval
        case .jsonb: PostgresType.jsonb
        case .boolArray: PostgresType.boolArray
        case .int2Array: PostgresType.int2Array
        case .int4Array: PostgresType.int4Array
        case .int8Array, .int8OrNilArray: PostgresType.int8Array
        case .float8Array: PostgresType.float8Array
        case .textArray, .textOrNilArray: PostgresType.textArray
        case .byteaArray: PostgresType.byteaArray
        case .uuidArray, .uuidOrNilArray: PostgresType.uuidArray
        case .timestamptzArray, .timestamptzOrNilArray: PostgresType.timestamptzArray
        case .jsonbArray: PostgresType.jsonbArray
        }
    }

    /// The number of bytes `encode` writes, or nil for NULL.
    var encodedSize: Int? {
        switch self {
        case .null: nil
        case .bool: 1
        case .int2: 2
        case .int4, .date: 4
        case .int8, .float8, .timestamptz, .time: 8
        case .uuid, .interval: 16
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .jsonb(let text): text.utf8.count + 1
        case .boolArray(let array): ArrayEncoding.size(array, 1)
        case .int2Array(let array): ArrayEncoding.size(array, 2)
        case .int4Array(let array): ArrayEncoding.size(array, 4)
        case .int8Array(let array), .timestamptzArray(let array): ArrayEncoding.size(array, 8)
        case .int8OrNilArray(let array), .timestamptzOrNilArray(let array): ArrayEncoding.size(array, 8)
        case .float8Array(let array): ArrayEncoding.size(array, 8)
        case .uuidArray(let array): ArrayEncoding.size(array, 16)
        case .uuidOrNilArray(let array): ArrayEncoding.size(array, 16)
        case .textArray(let array): ArrayEncoding.size(array) { $0.utf8.count }
        case .textOrNilArray(let array): ArrayEncoding.size(array) { $0?.utf8.count ?? 0 }
        case .byteaArray(let array): ArrayEncoding.size(array) { $0?.count ?? 0 }
        case .jsonbArray(let array): ArrayEncoding.size(array) { $0.map { $0.utf8.count + 1 } ?? 0 }
        }
    }

    /// Writes what `encodedSize` counted.
    func encode(to writer: inout ByteWriter) {
        switch self {
        case .null: break
        case .bool(let value): writer.write(value)
        case .int2(let value): writer.write(value)
        case .int4(let value): writer.write(value)
        case .int8(let value): writer.write(value)
        case .float8(let value): writer.write(value.bitPattern)
        case .text(let text): writer.write(text)
        case .bytes(let bytes): writer.write(bytes)
        case .uuid(let uuid): writer.write(uuid)
        case .timestamptz(let microseconds): writer.write(timestamp: microseconds)
        case .date(let days): writer.write(days &- PostgresEpoch.days)
        case .time(let microseconds): writer.write(microseconds)
        case .interval(let interval):
            writer.write(interval.microseconds)
            writer.write(interval.days)
            writer.write(interval.months)
        case .jsonb(let text): writer.write(jsonb: text)
        default: encodeArray(to: &writer)
        }
    }

    private func encodeArray(to writer: inout ByteWriter) {
        switch self {
        case .boolArray(let array): ArrayEncoding.write(array, PostgresType.bool, 1, &writer) { $1.write($0) }
        case .int2Array(let array): ArrayEncoding.write(array, PostgresType.int2, 2, &writer) { $1.write($0) }
        case .int4Array(let array): ArrayEncoding.write(array, PostgresType.int4, 4, &writer) { $1.write($0) }
        case .int8Array(let array): ArrayEncoding.write(array, PostgresType.int8, 8, &writer) { $1.write($0) }
        case .int8OrNilArray(let array): ArrayEncoding.write(array, PostgresType.int8, 8, &writer) { $1.write($0) }
        case .float8Array(let array):
            ArrayEncoding.write(array, PostgresType.float8, 8, &writer) { $1.write($0.bitPattern) }
        case .uuidArray(let array): ArrayEncoding.write(array, PostgresType.uuid, 16, &writer) { $1.write($0) }
        case .uuidOrNilArray(let array): ArrayEncoding.write(array, PostgresType.uuid, 16, &writer) { $1.write($0) }
        case .timestamptzArray(let array):
            ArrayEncoding.write(array, PostgresType.timestamptz, 8, &writer) { $1.write(timestamp: $0) }
        case .timestamptzOrNilArray(let array):
            ArrayEncoding.write(array, PostgresType.timestamptz, 8, &writer) { $1.write(timestamp: $0) }
        case .textArray(let array):
            ArrayEncoding.write(array, PostgresType.text, &writer, size: { $0.utf8.count }) { $1.write($0) }
        case .textOrNilArray(let array):
            ArrayEncoding.write(array, PostgresType.text, &writer, size: { $0.utf8.count }) { $1.write($0) }
        case .byteaArray(let array):
            ArrayEncoding.write(array, PostgresType.bytea, &writer, size: { $0.count }) { $1.write($0) }
        case .jsonbArray(let array):
            ArrayEncoding.write(array, PostgresType.jsonb, &writer, size: { $0.utf8.count + 1 }) {
                $1.write(jsonb: $0)
            }
        default: break
        }
    }
}
