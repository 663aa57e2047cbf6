import RemindersDomain
import RemindersGround
import RemindersPostgres

/// A value for one `$n`: the one place that says how a type of ours is one of PostgreSQL's.
protocol ScalarParameter: ElementParameter {
    static var postgresType: UInt32 { get }
    static var postgresArrayType: UInt32 { get }
    var postgresValue: PostgresValue { get }
    static func postgresArray(_ elements: [Self]) -> PostgresValue
    static func postgresArray(_ elements: [Self?]) -> PostgresValue
}

extension ScalarParameter {
    static var postgresTypes: [UInt32] { [postgresType] }
    static var postgresArrayTypes: [UInt32] { [postgresArrayType] }
    func append(to values: inout [PostgresValue]) { values.append(postgresValue) }
    static func append(_ elements: [Self], to values: inout [PostgresValue]) { values.append(postgresArray(elements)) }
}

extension Optional: ElementParameter where Wrapped: ScalarParameter {
    static var postgresArrayTypes: [UInt32] { [Wrapped.postgresArrayType] }
    static func append(_ elements: [Wrapped?], to values: inout [PostgresValue]) {
        values.append(Wrapped.postgresArray(elements))
    }
}

// MARK: - As PostgreSQL has them

extension Bool: ScalarParameter {
    static let postgresType = PostgresType.bool
    static let postgresArrayType = PostgresType.boolArray
    var postgresValue: PostgresValue { .bool(self) }
    static func postgresArray(_ elements: [Bool]) -> PostgresValue { .boolArray(elements) }
    static func postgresArray(_ elements: [Bool?]) -> PostgresValue { .boolArray(elements) }
}

extension Int16: ScalarParameter {
    static let postgresType = PostgresType.int2
    static let postgresArrayType = PostgresType.int2Array
    var postgresValue: PostgresValue { .int2(self) }
    static func postgresArray(_ elements: [Int16]) -> PostgresValue { .int2Array(elements) }
    static func postgresArray(_ elements: [Int16?]) -> PostgresValue { .int2Array(elements) }
}

extension Int32: ScalarParameter {
    static let postgresType = PostgresType.int4
    static let postgresArrayType = PostgresType.int4Array
    var postgresValue: PostgresValue { .int4(self) }
    static func postgresArray(_ elements: [Int32]) -> PostgresValue { .int4Array(elements) }
    static func postgresArray(_ elements: [Int32?]) -> PostgresValue { .int4Array(elements) }
}

extension Int64: ScalarParameter {
    static let postgresType = PostgresType.int8
    static let postgresArrayType = PostgresType.int8Array
    var postgresValue: PostgresValue { .int8(self) }
    static func postgresArray(_ elements: [Int64]) -> PostgresValue { .int8Array(elements) }
    static func postgresArray(_ elements: [Int64?]) -> PostgresValue { .int8OrNilArray(elements) }
}

extension Double: ScalarParameter {
    static let postgresType = PostgresType.float8
    static let postgresArrayType = PostgresType.float8Array
    var postgresValue: PostgresValue { .float8(self) }
    static func postgresArray(_ elements: [Double]) -> PostgresValue { .float8Array(elements) }
    static func postgresArray(_ elements: [Double?]) -> PostgresValue { .float8Array(elements) }
}

extension String: ScalarParameter {
    static let postgresType = PostgresType.text
    static let postgresArrayType = PostgresType.textArray
    var postgresValue: PostgresValue { .text(self) }
    static func postgresArray(_ elements: [String]) -> PostgresValue { .textArray(elements) }
    static func postgresArray(_ elements: [String?]) -> PostgresValue { .textOrNilArray(elements) }
}

extension UUIDBytes: ScalarParameter {
    static let postgresType = PostgresType.uuid
    static let postgresArrayType = PostgresType.uuidArray
    var postgresValue: PostgresValue { .uuid(self) }
    static func postgresArray(_ elements: [UUIDBytes]) -> PostgresValue { .uuidArray(elements) }
    static func postgresArray(_ elements: [UUIDBytes?]) -> PostgresValue { .uuidOrNilArray(elements) }
}

extension Instant: ScalarParameter {
    static let postgresType = PostgresType.timestamptz
    static let postgresArrayType = PostgresType.timestamptzArray
    var postgresValue: PostgresValue { .timestamptz(microsecondsSince1970: microseconds) }
    static func postgresArray(_ elements: [Instant]) -> PostgresValue {
        .timestamptzArray(elements.map(\.microseconds))
    }
    static func postgresArray(_ elements: [Instant?]) -> PostgresValue {
        .timestamptzOrNilArray(elements.map { $0?.microseconds })
    }
}

/// A text that is JSON, for a `jsonb`.
struct JSONText: ScalarParameter {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static let postgresType = PostgresType.jsonb
    static let postgresArrayType = PostgresType.jsonbArray
    var postgresValue: PostgresValue { .jsonb(text) }
    static func postgresArray(_ elements: [JSONText]) -> PostgresValue { .jsonbArray(elements.map(\.text)) }
    static func postgresArray(_ elements: [JSONText?]) -> PostgresValue { .jsonbArray(elements.map { $0?.text }) }
}

/// Bytes for a `bytea`.
struct Bytes: ScalarParameter {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static let postgresType = PostgresType.bytea
    static let postgresArrayType = PostgresType.byteaArray
    var postgresValue: PostgresValue { .bytes(bytes) }
    static func postgresArray(_ elements: [Bytes]) -> PostgresValue { .byteaArray(elements.map(\.bytes)) }
    static func postgresArray(_ elements: [Bytes?]) -> PostgresValue { .byteaArray(elements.map { $0?.bytes }) }
}

extension LocalTime: StatementParameter {
    static let postgresTypes = [PostgresType.time]
    func append(to values: inout [PostgresValue]) {
        values.append(.time(microsecondsSinceMidnight: Int64(minutes) * 60_000_000))
    }
}

// MARK: - Stored as another

/// A type of ours whose values are stored as those of another.
protocol ConvertedParameter: ScalarParameter {
    associatedtype Stored: ScalarParameter
    var stored: Stored { get }
}

extension ConvertedParameter {
    static var postgresType: UInt32 { Stored.postgresType }
    static var postgresArrayType: UInt32 { Stored.postgresArrayType }
    var postgresValue: PostgresValue { stored.postgresValue }
    static func postgresArray(_ elements: [Self]) -> PostgresValue { Stored.postgresArray(elements.map(\.stored)) }
    static func postgresArray(_ elements: [Self?]) -> PostgresValue {
        Stored.postgresArray(elements.map { $0?.stored })
    }
}

/// A number of rows: a `bigint`, as LIMIT takes it.
extension Int: ConvertedParameter {
    var stored: Int64 { Int64(self) }
}

/// The lowest number of a batch's occurrences, for `SQL.isFrom`.
struct OldestOccurrence: ConvertedParameter {
    let stored: Int64

    /// - Parameter numbers: all of the batch. With none, nothing is old enough.
    init(of numbers: some Sequence<Int64>) { stored = numbers.min() ?? .max }
}

/// A length of time as whole milliseconds: statements multiply it by `interval '1 millisecond'`, which takes a
/// `double precision`.
extension Duration: ConvertedParameter {
    var stored: Double { Double(wholeMilliseconds) }
}

extension OpaqueID: ConvertedParameter {
    var stored: String { text }
}

extension Recipient: ConvertedParameter {
    var stored: String { key }
}

extension DeliveryID: ConvertedParameter {
    var stored: UUIDBytes { uuid }
}

extension RowVersion: ConvertedParameter {
    var stored: String { text }
}

/// A word of a vocabulary, as the column's CHECK has it.
protocol WordParameter: ConvertedParameter, RawRepresentable<String> {}

extension WordParameter {
    var stored: String { rawValue }
}

extension ChannelKind: WordParameter {}
extension DeliveryState: WordParameter {}
extension HoldReason: WordParameter {}
extension MonthEnd: WordParameter {}
extension CatchUp: WordParameter {}
extension Priority: WordParameter {}
extension Trigger: WordParameter {}
extension LogKind: WordParameter {}
extension PopupSettlement: WordParameter {}
extension DeadLetterSettlement: WordParameter {}

// MARK: - Columns that belong together

/// `entity_type` and the case's id, in this order.
extension CaseReference: RowParameter {
    static let parameterColumns: [ParameterColumn<CaseReference>] = [.init(\.entityType), .init(\.id)]
}
