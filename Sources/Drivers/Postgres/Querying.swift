/// What runs statements: a pool, a session of one's own, a transaction.
public protocol Querying: Sendable {
    /// Runs statements in one flush and one round trip.
    ///
    /// - Returns: the rows of each.
    /// - Throws: `PostgresError` with `queryIndex`.
    @discardableResult
    nonisolated(nonsending) func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows]
}

extension Querying {
    /// Runs one statement.
    ///
    /// - Throws: as `pipeline` does.
    @discardableResult
    nonisolated(nonsending) public func query(_ query: Query) async throws(PostgresError) -> Rows {
        let rows = try await pipeline([query])
        return rows[0]
    }
}
