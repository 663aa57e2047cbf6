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

    private func index(of column: Column) throws(PostgresError) -> Int32 {
        guard column.index >= 0, column.index < result.columnCount else {
            throw PostgresError(.decode, "there is no column \(column.index) in a row of \(result.columnCount) columns")
        }
        return column.index
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
        let name = result.columnName(column.index)
        var error = PostgresError(.decode, "column \"\(name)\" in row \(row) \(problem)")
        error.column = name
        return error
    }
}

// MARK: - Rarer types, and arrays

extension Row {
    /// date, in days since 1970
    public func date(_ column: Column) throws(PostgresError) -> Int32 {
        try value(column, "date", ValueDecoding.date)
    }

    /// date, in days since 1970
    public func dateOrNil(_ column: Column) throws(PostgresError) -> Int32? {
        try valueOrNil(column, "date", ValueDecoding.date)
    }

    /// time without time zone, in microseconds since midnight
    public func time(_ column: Column) throws(PostgresError) -> Int64 {
        try value(column, "time", ValueDecoding.time)
    }

    /// time without time zone, in microseconds since midnight
    public func timeOrNil(_ column: Column) throws(PostgresError) -> Int64? {
        try valueOrNil(column, "time", ValueDecoding.time)
    }

    /// interval
    public func interval(_ column: Column) throws(PostgresError) -> PostgresInterval {
        try value(column, "interval", ValueDecoding.interval)
    }

    /// interval
    public func intervalOrNil(_ column: Column) throws(PostgresError) -> PostgresInterval? {
        try valueOrNil(column, "interval", ValueDecoding.interval)
    }

    /// An array of integers without NULLs.
    public func int64Array(_ column: Column) throws(PostgresError) -> [Int64] {
        try value(column, "integer[] without NULL") { ArrayDecoding.elementsWithoutNull($0, ValueDecoding.int64) }
    }

    /// An array of integers without NULLs, or nil.
    public func int64ArrayOrNil(_ column: Column) throws(PostgresError) -> [Int64]? {
        try valueOrNil(column, "integer[] without NULL") {
            ArrayDecoding.elementsWithoutNull($0, ValueDecoding.int64)
        }
    }

    /// An array of integers.
    public func int64OrNilArray(_ column: Column) throws(PostgresError) -> [Int64?] {
        try value(column, "integer[]") { ArrayDecoding.elements($0, ValueDecoding.int64) }
    }

    /// An array of texts or enumeration labels without NULLs.
    public func textArray(_ column: Column) throws(PostgresError) -> [String] {
        try value(column, "text[] without NULL") { ArrayDecoding.elementsWithoutNull($0, ValueDecoding.text) }
    }

    /// An array of texts or enumeration labels without NULLs, or nil.
    public func textArrayOrNil(_ column: Column) throws(PostgresError) -> [String]? {
        try valueOrNil(column, "text[] without NULL") {
            ArrayDecoding.elementsWithoutNull($0, ValueDecoding.text)
        }
    }

    /// An array of texts or enumeration labels.
    public func textOrNilArray(_ column: Column) throws(PostgresError) -> [String?] {
        try value(column, "text[]") { ArrayDecoding.elements($0, ValueDecoding.text) }
    }

    /// An array of booleans.
    public func boolOrNilArray(_ column: Column) throws(PostgresError) -> [Bool?] {
        try value(column, "boolean[]") { ArrayDecoding.elements($0, ValueDecoding.bool) }
    }

    /// An array of floating-point numbers.
    public func doubleOrNilArray(_ column: Column) throws(PostgresError) -> [Double?] {
        try value(column, "double precision[]") { ArrayDecoding.elements($0, ValueDecoding.double) }
    }

    /// An array of timestamps without NULLs, in microseconds since 1970.
    public func timestampArray(_ column: Column) throws(PostgresError) -> [Int64] {
        try value(column, "timestamptz[] without NULL") {
            ArrayDecoding.elementsWithoutNull($0, ValueDecoding.timestamp)
        }
    }

    /// An array of timestamps, in microseconds since 1970.
    public func timestampOrNilArray(_ column: Column) throws(PostgresError) -> [Int64?] {
        try value(column, "timestamptz[]") { ArrayDecoding.elements($0, ValueDecoding.timestamp) }
    }

    /// An array of UUIDs without NULLs.
    public func uuidArray(_ column: Column) throws(PostgresError) -> [UUIDBytes] {
        try value(column, "uuid[] without NULL") { ArrayDecoding.elementsWithoutNull($0, ValueDecoding.uuid) }
    }

    /// An array of byte strings.
    public func bytesOrNilArray(_ column: Column) throws(PostgresError) -> [[UInt8]?] {
        try value(column, "bytea[]") { ArrayDecoding.elements($0, ValueDecoding.bytes) }
    }
}
