import CLibPQ
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

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// One line without parameters, passwords and values of rows.
    public var description: String {
        var text = "postgres \(code.rawValue)"
        if let sqlState { text += " \(sqlState)" }
        text += ": \(safeMessage)"
        if let constraint { text += ", constraint \(constraint)" }
        if let table { text += ", table \(table)" }
        if let column { text += ", column \(column)" }
        if let queryIndex { text += ", query \(queryIndex)" }
        if let sql { text += ", in: \(sql)" }
        if mayHaveTakenEffect { text += " (it may have taken effect)" }
        return text
    }

    /// The same as `description`, so that a dump shows no more.
    public var debugDescription: String { description }

    /// Messages of class 22 (data exception) quote the value they complain about.
    private var safeMessage: String {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: "; ")
        guard let sqlState, sqlState.hasPrefix("22") else { return line }
        return Self.withoutQuotation(line)
    }

    /// Replaces what stands between the first and the last quotation mark.
    static func withoutQuotation(_ text: String) -> String {
        guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\""), first < last else {
            return text
        }
        return text[...first] + "..." + text[last...]
    }
}

extension PostgresError: CustomReflectable {
    /// Nothing but the description: `dump` and test reports print mirrors.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension PostgresError {
    /// From a failed result (libpq manual, PQresultErrorField).
    init(_ result: QueryResult, sql: String?) {
        let state = result.errorField("C")
        let message = result.errorField("M") ?? "the statement failed without a message"
        self.init(state == nil ? .connection : .server, message, sqlState: state, sql: sql)
        detail = result.errorField("D")
        hint = result.errorField("H")
        schema = result.errorField("s")
        table = result.errorField("t")
        column = result.errorField("c")
        constraint = result.errorField("n")
        let severity = result.errorField("V")
        endsSession = severity == "FATAL" || severity == "PANIC"
    }

    /// From a connection that is in a bad state.
    init(_ connection: OpaquePointer?, fallback: String) {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        self = .connectionFailure(text.isEmpty ? fallback : text)
    }

    /// libpq 15 gives no SQLSTATE for a refused connection, but puts it into the message when errors are verbose:
    /// `... failed: FATAL:  28P01: password authentication failed`, and a line `LOCATION: ...` after it.
    static func connectionFailure(_ text: String) -> PostgresError {
        var lines = text.split(whereSeparator: \.isNewline).map { line in
            line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        lines.removeAll { $0.hasPrefix("LOCATION: ") }
        let message = lines.joined(separator: "; ")
        guard let state = verboseState(message) else { return PostgresError(.connection, message) }
        let plain = message.replacing(" \(state): ", with: " ")
        return PostgresError(.connection, plain, sqlState: state)
    }

    private static func verboseState(_ message: String) -> String? {
        for severity in ["FATAL: ", "ERROR: ", "PANIC: "] {
            guard let found = message.firstRange(of: severity) else { continue }
            let state = message[found.upperBound...].prefix { $0 != ":" }
            if state.utf8.count == 5, state.utf8.allSatisfy(isStateCharacter) { return String(state) }
        }
        return nil
    }

    private static func isStateCharacter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}

/// Which SQLSTATEs speak of the moment and not of the statement (PostgreSQL manual, appendix A).
enum TransientStates {
    private static let retryable: Set<String> = [
        "40001",  // serialization_failure
        "40P01",  // deadlock_detected
        "57P01",  // admin_shutdown
        "57P02",  // crash_shutdown
        "57P03",  // cannot_connect_now
        "25P03",  // idle_in_transaction_session_timeout
        "53300",  // too_many_connections
        "26000",  // invalid_sql_statement_name: a prepared statement is gone; the driver has forgotten it too
    ]

    private static let tooSlow: Set<String> = [
        "55P03",  // lock_not_available: lock_timeout
        "57014",  // query_canceled: statement_timeout
    ]

    /// What the operator mends: no room, no memory, a server that was made read-only, a disk that fails.
    private static func isOfServer(_ sqlState: String) -> Bool {
        // Class 53, insufficient resources; class 58, system error; read_only_sql_transaction.
        sqlState.hasPrefix("53") || sqlState.hasPrefix("58") || sqlState == "25006"
    }

    /// The statement was undone, and nothing speaks against sending it again at once.
    static func isRetryable(_ sqlState: String) -> Bool {
        retryable.contains(sqlState) || sqlState.hasPrefix("08")
    }

    /// The statement may succeed at another time.
    static func isTransient(_ sqlState: String) -> Bool {
        isRetryable(sqlState) || tooSlow.contains(sqlState) || isOfServer(sqlState)
    }

    /// The classes of states that speak of the values of a statement, and not of the moment or the schema.
    private static let ofValues: Set<Substring> = [
        "21",  // cardinality violation
        "22",  // data exception
        "23",  // integrity constraint violation
        "44",  // WITH CHECK OPTION violation
        "54",  // program limit exceeded: a row or an index entry that is too large
        "P0",  // raised by a function or trigger in PL/pgSQL
    ]

    /// The statement will be refused with these values at any time.
    static func isOfValues(_ sqlState: String) -> Bool {
        // XX001 and XX002: a row or an index entry that is damaged.
        ofValues.contains(sqlState.prefix(2)) || sqlState == "XX001" || sqlState == "XX002"
    }

    /// A prepared statement has to be prepared again: it is gone, or DDL changed its result type ("cached plan must
    /// not change result type", feature_not_supported).
    static func isStaleStatement(_ sqlState: String?) -> Bool {
        sqlState == "26000" || sqlState == "0A000"
    }
}
