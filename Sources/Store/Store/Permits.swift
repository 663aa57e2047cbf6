import RemindersDomain
import RemindersPostgres

/// `permits`: the hourly limit.
extension SQL {
    static let grantPermits = Statement(
        "grantPermits",
        """
        INSERT INTO permits (recipient, granted_at, occurrence_id)
        SELECT recipient, $3, occurrence_id FROM unnest($1::text[], $2::bigint[]) AS new (recipient, occurrence_id)
        """)

    static let purgePermits = Statement(
        "purgePermits",
        "DELETE FROM permits WHERE granted_at < now() - $1 * interval '1 millisecond'")

    static let permits = [grantPermits, purgePermits]
}

extension ReminderStore {
    /// Deletes permits that were granted longer ago than `age`, which no window reaches any more.
    ///
    /// - Returns: how many.
    public func purgePermits(olderThan age: Duration) async throws -> Int {
        try await pool.query(SQL.purgePermits(.milliseconds(age))).affectedRows
    }
}
