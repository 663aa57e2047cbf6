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
