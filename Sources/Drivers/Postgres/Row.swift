import CLibPQ

/// One row. Each reading names the type it wants and throws `.decode`, with column and type, when that does not fit or
/// the value is NULL; those that end in `OrNil` give nil for NULL.
public struct Row: Sendable {
    let result: QueryResult
    let row: Int32

    /// smallint, integer or bigint
    public func int64(_ column: Column) throws(PostgresError) -> Int64 {
        try value(column, "integer", ValueDecoding.int64)
    }

    /// smallint, integer or bigint
    public func int64OrNil(_ column: Column) throws(PostgresError) -> Int64? {
        try valueOrNil(column, "integer", ValueDecoding.int64)
    }

    /// smallint, integer, or a bigint that is small enough
    public func int32(_ column: Column) throws(PostgresError) -> Int32 {
        try value(column, "integer", ValueDecoding.int32)
    }

    /// smallint, integer, or a bigint that is small enough
    public func int32OrNil(_ column: Column) throws(PostgresError) -> Int32? {
        try valueOrNil(column, "integer", ValueDecoding.int32)
    }

    /// boolean
    public func bool(_ column: Column) throws(PostgresError) -> Bool {
        try value(column, "boolean", ValueDecoding.bool)
    }

    /// boolean
    public func boolOrNil(_ column: Column) throws(PostgresError) -> Bool? {
        try valueOrNil(column, "boolean", ValueDecoding.bool)
    }

    /// real or double precision; cast numeric in the SQL
    public func double(_ column: Column) throws(PostgresError) -> Double {
        try value(column, "double precision", ValueDecoding.double)
    }

    /// real or double precision; cast numeric in the SQL
    public func doubleOrNil(_ column: Column) throws(PostgresError) -> Double? {
        try valueOrNil(column, "double precision", ValueDecoding.double)
    }

    /// text, varchar, name, json, jsonb or an enumeration
    public func text(_ column: Column) throws(PostgresError) -> String {
        try value(column, "text", ValueDecoding.text)
    }

    /// text, varchar, name, json, jsonb or an enumeration
    public func textOrNil(_ column: Column) throws(PostgresError) -> String? {
        try valueOrNil(column, "text", ValueDecoding.text)
    }

    /// timestamptz, or timestamp read as UTC, in microseconds since 1970; infinities are `Int64.max` and `.min`
    public func timestamp(_ column: Column) throws(PostgresError) -> Int64 {
        try value(column, "timestamptz", ValueDecoding.timestamp)
    }

    /// timestamptz, or timestamp read as UTC, in microseconds since 1970; infinities are `Int64.max` and `.min`
    public func timestampOrNil(_ column: Column) throws(PostgresError) -> Int64? {
        try valueOrNil(column, "timestamptz", ValueDecoding.timestamp)
    }

    /// uuid
    public func uuid(_ column: Column) throws(PostgresError) -> UUIDBytes {
        try value(column, "uuid", ValueDecoding.uuid)
    }

    /// uuid
    public func uuidOrNil(_ column: Column) throws(PostgresError) -> UUIDBytes? {
        try valueOrNil(column, "uuid", ValueDecoding.uuid)
    }

    /// bytea
    public func bytes(_ column: Column) throws(PostgresError) -> [UInt8] {
        try value(column, "bytea", ValueDecoding.bytes)
    }

    /// bytea
    public func bytesOrNil(_ column: Column) throws(PostgresError) -> [UInt8]? {
        try valueOrNil(column, "bytea", ValueDecoding.bytes)
    }

    /// Whether the value is NULL.
    public func isNull(_ column: Column) throws(PostgresError) -> Bool {
        PQgetisnull(result.pointer, row, try index(of: column)) != 0
    }

    func index(of column: Column) throws(PostgresError) -> Int32 {
        guard let index = result.index(of: column) else {
            throw PostgresError(.decode, "there is no column \(column) in a row of \(result.columnCount) columns")
        }
        return index
    }

    @inline(__always)
    func value<Value>(
        _ column: Column, _ wanted: StaticString, _ decode: (RawValue) -> Value?
    ) throws(PostgresError) -> Value {
        guard let value = try valueOrNil(column, wanted, decode) else {
            throw mismatch(column, "is NULL, not \(wanted)")
        }
        return value
    }

    @inline(__always)
    func valueOrNil<Value>(
        _ column: Column, _ wanted: StaticString, _ decode: (RawValue) -> Value?
    ) throws(PostgresError) -> Value? {
        let index = try index(of: column)
        let length = PQgetlength(result.pointer, row, index)
        // A length of zero is either NULL or an empty text.
        if length == 0, PQgetisnull(result.pointer, row, index) != 0 { return nil }
        let type = PQftype(result.pointer, index)
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(result.pointer, row, index), count: Int(length))
        guard let value = decode(RawValue(bytes: bytes, type: type)) else {
            throw mismatch(column, "has type OID \(type) and \(length) bytes: not readable as \(wanted)")
        }
        return value
    }

    private func mismatch(_ column: Column, _ problem: String) -> PostgresError {
        let name = result.index(of: column).map(result.columnName) ?? "?"
        var error = PostgresError(.decode, "column \"\(name)\" in row \(row) \(problem)")
        error.column = name
        return error
    }
}
