import RemindersGround

/// Why a request to PostgreSQL failed.
///
/// `description` holds neither parameters nor passwords; `detail` may name values of the row (for example of a
/// violated unique key) and is left out of it.
public struct PostgresError: Error, Sendable {
    /// What kind of failure it is.
    public enum Code: String, Sendable {
        /// The server refused the statement: see `sqlState`.
        case server
        /// The connection could not be made, or was lost.
        case connection
        /// No answer within the time-out, or no connection became free in time.
        case timeout
        /// COMMIT was sent and no answer came: it may have been done or not. Read again by key to know.
        case commitInDoubt
        /// A value is not of the type it was read as.
        case decode
        /// The parameters can't be sent.
        case encode
        /// The configuration is wrong.
        case configuration
        /// The pool, the transaction or the session has ended.
        case closed
        /// The task was cancelled while it waited for a connection.
        case cancelled
    }

    /// What kind of failure it is.
    public var code: Code
    /// The server's code, for example 23505 (PostgreSQL manual, appendix A).
    public var sqlState: String?
    /// What the server, libpq or the driver says about it.
    public var message: String
    /// More from the server; it may hold values.
    public var detail: String?
    /// The server's advice.
    public var hint: String?
    /// The schema of the table concerned.
    public var schema: String?
    /// The table concerned.
    public var table: String?
    /// The column concerned.
    public var column: String?
    /// The constraint that was violated.
    public var constraint: String?
    /// The beginning of the statement, without parameters.
    public var sql: String?
    /// Which query of a pipeline failed, from 0.
    public var queryIndex: Int?
    /// Whether the statements may have taken effect although they failed: they had been sent, and no answer came.
    public var mayHaveTakenEffect = false
    /// Whether the server ended the session with this error (severity FATAL or PANIC).
    var endsSession = false

    init(_ code: Code, _ message: String, sqlState: String? = nil, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.sql = sql.map(Self.prefix)
    }

    /// Enough of a statement to find it by.
    static func prefix(_ sql: String) -> String {
        let flat = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return flat.count <= 120 ? flat : flat.prefix(117) + "..."
    }

    /// Whether the same may succeed later: serialization failures, deadlocks, and everything about connections and
    /// time.
    public var isTransient: Bool {
        switch code {
        case .timeout, .commitInDoubt: true
        // A refusal has a state: that of a wrong password, for example, will not pass.
        case .connection: sqlState.map(TransientStates.isTransient) ?? true
        case .server: sqlState.map(TransientStates.isTransient) ?? false
        case .decode, .encode, .configuration, .closed, .cancelled: false
        }
    }

    /// Whether the same can be sent again at once and without looking first: SQLSTATE 40001, 40P01, 08*, 57P01 to
    /// 57P03 and the like, and a connection that failed before anything was sent.
    public var isRetryable: Bool {
        guard !mayHaveTakenEffect else { return false }
        return switch code {
        case .connection: sqlState.map(TransientStates.isRetryable) ?? true
        case .server: sqlState.map(TransientStates.isRetryable) ?? false
        default: false
        }
    }
}

extension PostgresError: ClassifiedFailure {
    /// Whether it lies in the values of the statement, and will not pass. What the operator or time can mend passes: a
    /// server that is away, read-only or full, a missing right, a schema that does not fit (which refuses every value
    /// alike).
    public var kind: FailureKind {
        switch code {
        case .server: sqlState.map(TransientStates.isOfValues) == true ? .final : .passing
        case .encode, .decode: .final
        case .connection, .timeout, .commitInDoubt, .configuration, .closed, .cancelled: .passing
        }
    }
}
