import RemindersDomain
import RemindersGround
import RemindersPostgres

/// Everything the services read and write in PostgreSQL: each operation is one method, in the folder of what asks.
///
/// Every statement works on a batch. The database's clock decides what is due and what is within the hour.
public struct ReminderStore: Sendable {
    let pool: PostgresPool

    /// Works on the connections of `pool`, which stays the caller's to run and close.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The database's clock (`clock_timestamp()`).
    public func now() async throws -> Instant {
        try await pool.query(SQL.clock()).now()
    }

    /// Whether the database takes writes: a standby does not, nor one that was made read-only.
    public func takesWrites() async throws -> Bool {
        try await !pool.query(SQL.isReadOnly()).readOne { try $0.bool("is_read_only") }
    }
}

/// One SQL statement, named by what it does. A test prepares every one of them on the migrated schema.
public struct Statement: Sendable {
    /// The operation, as in the method that runs it.
    public let name: String
    /// The text, with `$1`, `$2`, … for its parameters.
    public let sql: String
    /// How many parameters it has.
    let parameterCount: Int

    init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
        parameterCount =
            sql.split(separator: "$").dropFirst().compactMap { Int($0.prefix(while: \.isNumber)) }.max() ?? 0
    }

    /// The statement with values for its parameters.
    func callAsFunction(_ parameters: PostgresValue...) -> Query {
        query(parameters)
    }

    /// The statement with values for its parameters: as many as it has, which debug builds hold against it.
    func query(_ parameters: [PostgresValue]) -> Query {
        assert(
            parameters.count == parameterCount,
            "\(name) has \(parameterCount) parameters and is called with \(parameters.count)")
        return Query(sql, parameters)
    }
}

/// All statements, in the files of the folders.
public enum SQL {
    static let clock = Statement("clock", "SELECT clock_timestamp() AS now")

    // On a standby it is always on.
    static let isReadOnly = Statement(
        "isReadOnly", "SELECT current_setting('transaction_read_only')::boolean AS is_read_only")

    /// Every statement of the Store, for the test that prepares them.
    public static var all: [Statement] {
        [clock, isReadOnly] + sagReminders + sagReminderQueue + factsOfBatch + deliveries + releases + sending
            + channelPauses
            + permits + logs
            + cases + attaching + deadLetters + serviceInstances + people + migrations + popups + responses
            + preferences
            + casesAndUsers + simpleReminders + reminderRows + idempotency + popupWrites + popupStreamReads
            + deliveryLog + deliveriesAgain + ledger + statistics + explanations + deadLetterDesk
    }
}

extension Rows {
    /// The answer of `SQL.clock`.
    func now() throws -> Instant { try readOne { try $0.instant("now") } }
}

/// What the database answered does not fit what the code expects of it.
public enum StoreError: Error, CustomStringConvertible {
    /// A query that always has a row had none.
    case noRow
    /// A column holds a value outside its vocabulary: written by hand, or by a newer version.
    case unknownValue(column: String, value: String)

    /// What happened, and where to look.
    public var description: String {
        switch self {
        case .noRow: "a query that always has a row had none"
        case .unknownValue(let column, let value): "column \(column) holds “\(value)”, which this version does not know"
        }
    }
}

extension StoreError: ClassifiedFailure {
    /// What this version does not know, it will not know later either.
    public var kind: FailureKind {
        switch self {
        case .noRow: .passing
        case .unknownValue: .final
        }
    }
}

extension PostgresValue {
    static func instant(_ instant: Instant) -> PostgresValue {
        .timestamptz(microsecondsSince1970: instant.microseconds)
    }

    static func instants(_ instants: [Instant?]) -> PostgresValue {
        .timestamptzOrNilArray(instants.map { $0?.microseconds })
    }

    /// A length of time as whole milliseconds: statements multiply it by `interval '1 millisecond'`.
    static func milliseconds(_ duration: Duration) -> PostgresValue {
        .int8(duration.wholeMilliseconds)
    }
}

extension DeliveryID {
    init(_ uuid: UUIDBytes) {
        self.init(high: uuid.high, low: uuid.low)
    }

    var uuid: UUIDBytes { UUIDBytes(high: high, low: low) }
}

/// What a failure of the database means for the one who asked: for those who do not know the driver's errors.
public enum StoreFailure: Hashable, Sendable {
    /// The same may succeed later: no connection, no answer in time, a deadlock. It may have taken effect.
    case unavailable
    /// The database does not take these values; with the name of the constraint or the column that says so, if known.
    case refused(constraint: String?, column: String?)
    /// Everything else: a mistake of this program, or of whoever changed the schema.
    case unexpected

    /// Looks at an error that a method of `ReminderStore` has thrown.
    ///
    /// - Returns: nil for an error that is not the database's.
    public init?(_ error: any Error) {
        if error is StoreError {
            self = .unexpected
            return
        }
        guard let error = error as? PostgresError else { return nil }
        if error.isTransient || error.code == .closed {
            self = .unavailable
        } else if let state = error.sqlState, state.hasPrefix("22") || state.hasPrefix("23") {
            // Class 22, data exception, and class 23, integrity constraint violation (PostgreSQL manual, appendix A).
            self = .refused(constraint: error.constraint, column: error.column)
        } else {
            self = .unexpected
        }
    }
}
