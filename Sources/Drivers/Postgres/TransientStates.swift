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

    /// The statement was undone, and nothing speaks against sending it again at once.
    static func isRetryable(_ sqlState: String) -> Bool {
        retryable.contains(sqlState) || sqlState.hasPrefix("08")
    }

    /// The statement may succeed at another time.
    static func isTransient(_ sqlState: String) -> Bool {
        isRetryable(sqlState) || tooSlow.contains(sqlState)
    }

    /// A prepared statement has to be prepared again: it is gone, or DDL changed its result type ("cached plan must
    /// not change result type", feature_not_supported).
    static func isStaleStatement(_ sqlState: String?) -> Bool {
        sqlState == "26000" || sqlState == "0A000"
    }
}
