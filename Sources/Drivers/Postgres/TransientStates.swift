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
