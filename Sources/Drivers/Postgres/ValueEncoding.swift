/// The binary form of parameters (PostgreSQL's `*_send` and `*_recv` functions; integers are big-endian).
extension PostgresValue {
    /// The type named to the server; 0 lets it infer one.
    var type: UInt32 {
        switch self {
        case .null: PostgresType.unknown
        case .nullOf(let type): type
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
        case .null, .nullOf: nil
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
        case .null, .nullOf: break
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

/// The binary form of one-dimensional arrays (array_recv): the number of dimensions, whether there are NULLs, the
/// element type, length and lower bound, then each element after its size, which is -1 for NULL.
enum ArrayEncoding {
    private static let header = 12
    private static let dimension = 8
    private static let elementHeader = 4

    static func size<Element>(_ array: [Element], _ width: Int) -> Int {
        array.isEmpty ? header : header + dimension + array.count * (elementHeader + width)
    }

    static func size<Element>(_ array: [Element?], _ width: Int) -> Int {
        size(array) { $0 == nil ? 0 : width }
    }

    static func size<Element>(_ array: [Element], _ width: (Element) -> Int) -> Int {
        guard !array.isEmpty else { return header }
        var total = header + dimension + array.count * elementHeader
        for element in array { total += width(element) }
        return total
    }

    @inline(__always)
    static func write<Element>(
        _ array: [Element], _ type: UInt32, _ width: Int, _ writer: inout ByteWriter,
        element write: (Element, inout ByteWriter) -> Void
    ) {
        Self.write(array, type, &writer, size: { _ in width }, element: write)
    }

    @inline(__always)
    static func write<Element>(
        _ array: [Element?], _ type: UInt32, _ width: Int, _ writer: inout ByteWriter,
        element write: (Element, inout ByteWriter) -> Void
    ) {
        Self.write(array, type, &writer, size: { _ in width }, element: write)
    }

    @inline(__always)
    static func write<Element>(
        _ array: [Element], _ type: UInt32, _ writer: inout ByteWriter, size: (Element) -> Int,
        element write: (Element, inout ByteWriter) -> Void
    ) {
        writeHeader(count: array.count, hasNulls: false, type, &writer)
        for element in array {
            writer.write(Int32(truncatingIfNeeded: size(element)))
            write(element, &writer)
        }
    }

    @inline(__always)
    static func write<Element>(
        _ array: [Element?], _ type: UInt32, _ writer: inout ByteWriter, size: (Element) -> Int,
        element write: (Element, inout ByteWriter) -> Void
    ) {
        writeHeader(count: array.count, hasNulls: array.contains { $0 == nil }, type, &writer)
        for element in array {
            if let element {
                writer.write(Int32(truncatingIfNeeded: size(element)))
                write(element, &writer)
            } else {
                writer.write(Int32(-1))
            }
        }
    }

    private static func writeHeader(count: Int, hasNulls: Bool, _ type: UInt32, _ writer: inout ByteWriter) {
        writer.write(Int32(count == 0 ? 0 : 1))
        writer.write(Int32(hasNulls ? 1 : 0))
        writer.write(type)
        guard count > 0 else { return }
        writer.write(Int32(truncatingIfNeeded: count))
        writer.write(Int32(1))
    }
}

/// Writes big-endian values into memory whose size was computed before.
struct ByteWriter: ~Copyable {
    private var next: UnsafeMutableRawPointer
    private let end: UnsafeMutableRawPointer

    /// Starts at `memory`, which `written` says how much of was filled.
    init(_ memory: UnsafeMutableRawPointer, capacity: Int) {
        next = memory
        end = memory + capacity
    }

    var remaining: Int { end - next }

    @inline(__always)
    mutating func write(_ value: some FixedWidthInteger & BitwiseCopyable) {
        let size = value.bitWidth / 8
        precondition(remaining >= size)
        next.storeBytes(of: value.bigEndian, as: type(of: value))
        next += size
    }

    mutating func write(_ value: Bool) {
        write(UInt8(value ? 1 : 0))
    }

    mutating func write(_ uuid: UUIDBytes) {
        write(uuid.high)
        write(uuid.low)
    }

    /// Microseconds since 1970; the extremes stay what they are: they are the two infinities.
    mutating func write(timestamp microseconds: Int64) {
        let isInfinite = microseconds == .max || microseconds == .min
        write(isInfinite ? microseconds : microseconds &- PostgresEpoch.microseconds)
    }

    /// jsonb_recv wants a version byte before the text.
    mutating func write(jsonb text: String) {
        write(UInt8(1))
        write(text)
    }

    mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(remaining >= bytes.count)
        guard let start = bytes.baseAddress else { return }
        next.copyMemory(from: start, byteCount: bytes.count)
        next += bytes.count
    }
}
