import CLibPQ

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
