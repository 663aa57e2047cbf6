/// Object identifiers of PostgreSQL's built-in types (catalog pg_type).
enum PostgresType {
    static let unknown: UInt32 = 0
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let date: UInt32 = 1082
    static let time: UInt32 = 1083
    static let timestamp: UInt32 = 1114
    static let timestamptz: UInt32 = 1184
    static let interval: UInt32 = 1186
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802

    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let float8Array: UInt32 = 1022
    static let timestamptzArray: UInt32 = 1185
    static let uuidArray: UInt32 = 2951
    static let jsonbArray: UInt32 = 3807

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
