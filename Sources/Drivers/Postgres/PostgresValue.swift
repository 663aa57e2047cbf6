/// A parameter, sent in PostgreSQL's binary form with the type its case names.
///
/// For a column of another type write a cast in the SQL: `$1::text::delivery_state` with `.text` for an enumeration.
public enum PostgresValue: Sendable, Equatable {
    /// NULL; the server infers the type from the place it stands in.
    case null
    /// boolean
    case bool(Bool)
    /// smallint
    case int2(Int16)
    /// integer
    case int4(Int32)
    /// bigint
    case int8(Int64)
    /// double precision
    case float8(Double)
    /// text; a NUL character is refused by the server (SQLSTATE 22021).
    case text(String)
    /// bytea
    case bytes([UInt8])
    /// uuid
    case uuid(UUIDBytes)
    /// timestamptz; `Int64.max` and `Int64.min` stand for infinity and -infinity.
    case timestamptz(microsecondsSince1970: Int64)
    /// date
    case date(daysSince1970: Int32)
    /// time without time zone
    case time(microsecondsSinceMidnight: Int64)
    /// interval
    case interval(PostgresInterval)
    /// jsonb, as JSON text; `\u0000` in it is refused by the server (SQLSTATE 22P05).
    case jsonb(String)

    /// boolean[]
    case boolArray([Bool?])
    /// smallint[]
    case int2Array([Int16?])
    /// integer[]
    case int4Array([Int32?])
    /// bigint[] without NULLs
    case int8Array([Int64])
    /// bigint[]
    case int8OrNilArray([Int64?])
    /// double precision[]
    case float8Array([Double?])
    /// text[] without NULLs
    case textArray([String])
    /// text[]
    case textOrNilArray([String?])
    /// bytea[]
    case byteaArray([[UInt8]?])
    /// uuid[] without NULLs
    case uuidArray([UUIDBytes])
    /// uuid[]
    case uuidOrNilArray([UUIDBytes?])
    /// timestamptz[], in microseconds since 1970, without NULLs
    case timestamptzArray([Int64])
    /// timestamptz[], in microseconds since 1970
    case timestamptzOrNilArray([Int64?])
    /// jsonb[], as JSON texts
    case jsonbArray([String?])

    /// bigint or NULL
    public static func int8OrNil(_ value: Int64?) -> PostgresValue { value.map { .int8($0) } ?? .null }
    /// text or NULL
    public static func textOrNil(_ value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }
    /// timestamptz or NULL
    public static func timestamptzOrNil(microsecondsSince1970 value: Int64?) -> PostgresValue {
        value.map { .timestamptz(microsecondsSince1970: $0) } ?? .null
    }
}
