import RemindersPostgres

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
