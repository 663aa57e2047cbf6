import CLibPQ

/// Owner of a `PGresult`, cleared with the last reference.
///
/// `@unchecked Sendable`: a finished result is only read, and libpq's accessors of results neither write to it nor
/// to their connection (libpq manual, "Behavior in Threaded Programs").
final class QueryResult: @unchecked Sendable {
    let pointer: OpaquePointer
    let rowCount: Int32
    let columnCount: Int32

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        rowCount = PQntuples(pointer)
        columnCount = PQnfields(pointer)
    }

    deinit {
        PQclear(pointer)
    }

    var status: ExecStatusType { PQresultStatus(pointer) }

    /// For example "INSERT 0 5", "SELECT 3", "COMMIT".
    var commandTag: String {
        PQcmdStatus(pointer).map { String(cString: $0) } ?? ""
    }

    var affectedRows: Int {
        guard let text = PQcmdTuples(pointer) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    func columnName(_ column: Int32) -> String {
        PQfname(pointer, column).map { String(cString: $0) } ?? ""
    }

    func index(of name: String) -> Int32? {
        (0..<columnCount).first { index in
            PQfname(pointer, index).map { $0.isSame(as: name) } ?? false
        }
    }

    func errorField(_ code: UnicodeScalar) -> String? {
        PQresultErrorField(pointer, Int32(code.value)).map { String(cString: $0) }
    }
}

extension UnsafeMutablePointer<CChar> {
    fileprivate func isSame(as name: String) -> Bool {
        var position = 0
        for byte in name.utf8 {
            guard UInt8(bitPattern: self[position]) == byte else { return false }
            position += 1
        }
        return self[position] == 0
    }
}
