/// Object identifiers of PostgreSQL's built-in types (catalog pg_type): the OIDs, which are the same in every database.
public enum PostgresType {
    /// None named: the server infers one.
    public static let unknown: UInt32 = 0
    /// `boolean`
    public static let bool: UInt32 = 16
    /// `bytea`
    public static let bytea: UInt32 = 17
    /// `bigint`
    public static let int8: UInt32 = 20
    /// `smallint`
    public static let int2: UInt32 = 21
    /// `integer`
    public static let int4: UInt32 = 23
    /// `text`
    public static let text: UInt32 = 25
    /// `oid`
    public static let oid: UInt32 = 26
    /// `json`
    public static let json: UInt32 = 114
    /// `real`
    public static let float4: UInt32 = 700
    /// `double precision`
    public static let float8: UInt32 = 701
    /// `date`
    public static let date: UInt32 = 1082
    /// `time without time zone`
    public static let time: UInt32 = 1083
    /// `timestamp without time zone`
    public static let timestamp: UInt32 = 1114
    /// `timestamptz`
    public static let timestamptz: UInt32 = 1184
    /// `interval`
    public static let interval: UInt32 = 1186
    /// `uuid`
    public static let uuid: UInt32 = 2950
    /// `jsonb`
    public static let jsonb: UInt32 = 3802

    /// `boolean[]`
    public static let boolArray: UInt32 = 1000
    /// `bytea[]`
    public static let byteaArray: UInt32 = 1001
    /// `smallint[]`
    public static let int2Array: UInt32 = 1005
    /// `integer[]`
    public static let int4Array: UInt32 = 1007
    /// `text[]`
    public static let textArray: UInt32 = 1009
    /// `bigint[]`
    public static let int8Array: UInt32 = 1016
    /// `double precision[]`
    public static let float8Array: UInt32 = 1022
    /// `timestamptz[]`
    public static let timestamptzArray: UInt32 = 1185
    /// `uuid[]`
    public static let uuidArray: UInt32 = 2951
    /// `jsonb[]`
    public static let jsonbArray: UInt32 = 3807

    /// The types whose binary form is their text: "char", name, text, xml, cstring's unknown, bpchar, varchar, json.
    private static let textual: Set<UInt32> = [18, 19, text, json, 142, 705, 1042, 1043]

    /// Types made by CREATE TYPE get identifiers from here on (access/transam.h, FirstNormalObjectId). Of those,
    /// enumerations travel as the text of their label.
    private static let firstUserDefined: UInt32 = 16384

    static func isText(_ type: UInt32) -> Bool {
        textual.contains(type) || type >= firstUserDefined
    }
}

/// The distance from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
enum PostgresEpoch {
    static let days: Int32 = 10_957
    static let microseconds: Int64 = 946_684_800_000_000
}

/// A parameter, sent in PostgreSQL's binary form with the type its case names.
///
/// For a column of another type write a cast in the SQL: `$1::text::delivery_state` with `.text` for an enumeration.
public enum PostgresValue: Sendable, Equatable {
    /// NULL; the server infers the type from the place it stands in.
    case null
    /// NULL of a type, one of `PostgresType`: with it a statement is the same prepared one as with a value.
    case nullOf(UInt32)
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

/// An `interval` as PostgreSQL keeps it: three parts that have no fixed relation to each other.
public struct PostgresInterval: Hashable, Sendable {
    /// Months, of whatever length they have.
    public var months: Int32
    /// Days, of whatever length they have.
    public var days: Int32
    /// Time in microseconds.
    public var microseconds: Int64

    /// Takes the three parts.
    public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }
}

/// The 16 bytes of a UUID.
public struct UUIDBytes: Hashable, Sendable, LosslessStringConvertible {
    /// Its first eight bytes, most significant first.
    public let high: UInt64
    /// Its last eight bytes, most significant first.
    public let low: UInt64

    /// Takes the two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A random one (RFC 9562, version 4).
    public static func random() -> UUIDBytes {
        UUIDBytes(
            high: UInt64.random(in: .min ... .max) & ~0xf000 | 0x4000,
            low: UInt64.random(in: .min ... .max) & ~(0b11 << 62) | 0b10 << 62)
    }

    /// Reads 32 hexadecimal digits in either case; hyphens are wanted where RFC 9562 section 4 has them.
    public init?(_ text: String) {
        var halves: (UInt64, UInt64) = (0, 0)
        var position = 0
        for byte in text.utf8 {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = Self.digit(byte) else { return nil }
                if position < 18 {
                    halves.0 = halves.0 << 4 | digit
                } else {
                    halves.1 = halves.1 << 4 | digit
                }
            }
            position += 1
        }
        guard position == 36 else { return nil }
        self.init(high: halves.0, low: halves.1)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Lower-case digits with hyphens, as PostgreSQL prints it.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: half >> UInt64((15 - index % 16) * 4)) & 0xf
                text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            return position
        }
    }
}
