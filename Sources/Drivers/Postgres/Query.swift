import CLibPQ

/// One statement with its parameters `$1`, `$2`, ...
public struct Query: Sendable {
    /// The statement. It is prepared once on each connection under this text, so it should be a constant.
    public let sql: String
    /// The values of `$1`, `$2`, ...
    public let parameters: [PostgresValue]

    /// Takes a statement and its parameters.
    public init(_ sql: String, _ parameters: [PostgresValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}

/// A query as libpq takes it, made before it is handed to the pool's thread.
struct EncodedQuery: Sendable {
    let sql: String
    let types: [UInt32]
    /// Bytes of each parameter, -1 for NULL.
    let lengths: [Int32]
    /// All parameters one after the other, and one byte more, so that an empty parameter has an address too.
    let bytes: [UInt8]

    /// The Bind message counts parameters in 16 bits (protocol message formats).
    static let maximumParameters = Int(UInt16.max)
    /// The server takes no message larger than 1 GB (MaxAllocSize).
    static let maximumBytes = 1 << 30

    /// - Throws: `.encode` for parameters that no message can carry.
    init(_ query: Query) throws(PostgresError) {
        sql = query.sql
        var types: [UInt32] = []
        var lengths: [Int32] = []
        types.reserveCapacity(query.parameters.count)
        lengths.reserveCapacity(query.parameters.count)
        var total = 0
        for parameter in query.parameters {
            types.append(parameter.type)
            let size = parameter.encodedSize
            total += size ?? 0
            lengths.append(Int32(truncatingIfNeeded: size ?? -1))
        }
        guard query.parameters.count <= Self.maximumParameters, total < Self.maximumBytes else {
            throw PostgresError(
                .encode,
                "\(query.parameters.count) parameters of \(total) bytes are more than one message can carry",
                sql: query.sql)
        }
        self.types = types
        self.lengths = lengths
        bytes = Self.encode(query.parameters, count: total)
    }

    /// A statement of the driver's own.
    init(command: String) {
        sql = command
        types = []
        lengths = []
        bytes = []
    }

    private static func encode(_ parameters: [PostgresValue], count: Int) -> [UInt8] {
        guard !parameters.isEmpty else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            var writer = ByteWriter(start, capacity: count)
            for parameter in parameters { parameter.encode(to: &writer) }
            precondition(writer.remaining == 0, "a parameter was not as long as it said")
            start[count] = 0
            initialized = count + 1
        }
    }
}

/// The two calls that queue a query; false when libpq refuses.
enum LibPQSending {
    static func prepare(_ handle: OpaquePointer?, _ name: String, _ query: EncodedQuery) -> Bool {
        PQsendPrepare(handle, name, query.sql, Int32(query.types.count), query.types) == 1
    }

    static func execute(_ handle: OpaquePointer?, _ name: String, _ query: EncodedQuery) -> Bool {
        let count = query.lengths.count
        guard count > 0 else { return PQsendQueryPrepared(handle, name, 0, nil, nil, nil, 1) == 1 }
        return query.bytes.withUnsafeBytes { bytes in
            var next = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            // NULL is a missing pointer; every other parameter has an address, even an empty one.
            let values = query.lengths.map { length -> UnsafePointer<CChar>? in
                guard length >= 0 else { return nil }
                defer { next = next.map { $0 + Int(length) } }
                return next
            }
            let formats = [Int32](repeating: 1, count: count)
            return PQsendQueryPrepared(handle, name, Int32(count), values, query.lengths, formats, 1) == 1
        }
    }
}
