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

/// All statements, in the files of the folders.
enum SQL {
    /// The numbers in an array, each once and in their order, as rows to join with: whoever changes many rows takes them in the
    /// order of their numbers, so that no two wait for each other. By `= ANY` the planner would look for each of them in every
    /// partition; by a join it looks in the one where it is.
    static func keys(_ array: String) -> String {
        "(SELECT DISTINCT id FROM unnest(\(array)::bigint[]) id WHERE \(isNumber("id")) ORDER BY id OFFSET 0)"
    }

    /// What is true of every number. By two bounds the planner expects few rows of an array: so it goes from them to the
    /// tables, and not from all rows to them, also where it was told (VACUUM ANALYZE) that partitions have hardly any.
    static func isNumber(_ column: String) -> String { "\(column) BETWEEN 0 AND 9223372036854775807" }

    /// The rows `q` of the queue with the numbers in an array. Each is looked up by itself (LATERAL and OFFSET 0): with the bound
    /// beside it in one join, the planner may read all rows from the bound on, for each number.
    static func occurrences(_ array: String, from oldest: String) -> String {
        """
        \(keys(array)) AS wanted (id) CROSS JOIN LATERAL (
            SELECT * FROM sag_reminder_queue WHERE id = wanted.id AND \(isFrom(oldest, "id")) OFFSET 0) q
        """
    }

    /// That an occurrence is not older than the oldest of a batch: so the partitions of the weeks before are not even opened.
    /// Only beside a whole key, in a subquery that the planner leaves as it is.
    ///
    /// - Parameter oldest: a parameter that is an `OldestOccurrence`.
    static func isFrom(_ oldest: String, _ column: String) -> String { "\(column) >= \(oldest)" }

    /// That an occurrence is of the last days, unless `ofAllWeeks`, a parameter, says to look at all: as `isFrom`, of what is
    /// looked for again and again.
    static func isOfLastDays(unless ofAllWeeks: String, _ column: String) -> String {
        "\(column) >= CASE WHEN \(ofAllWeeks) THEN 0 ELSE first_id_of_day(now() - interval '7 days') END"
    }

    static let clock = PlainStatement("clock", "SELECT clock_timestamp() AS now")

    // On a standby it is always on.
    static let isReadOnly = PlainStatement(
        "isReadOnly", "SELECT current_setting('transaction_read_only')::boolean AS is_read_only")

    /// Every statement of the Store, for the test that prepares them.
    static var all: [any AnyStatement] {
        [clock, isReadOnly] + sagReminders + sagReminderQueue + factsOfBatch + factsOfPeople + deliveries + releases
            + claims + attempts
            + channelPauses
            + permits + logs
            + cases + attaching + deadLetters + serviceInstances + people + migrations + popups + responses
            + preferences
            + casesAndUsers + simpleReminders + reminderRows + idempotency + creationQuotas + popupWrites
            + popupStreamReads
            + deliveryLog + deliveriesAgain + ledger + statistics + lostMessages + explanations + deadLetterDesk
            + erasures + partitions + retaining + archiving + auditing
            + databaseClaims
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
