/// A connection kept for one transaction or session, and what waits for its turn on it.
final class Lease {
    typealias ID = UInt64

    let id: ID
    /// Set for a session: told when its connection is lost.
    let loss: SessionLoss?
    var connection: Connection?
    /// Why the connection has gone.
    var lostBecause: PostgresError?
    private var queue: [Request] = []

    init(id: ID, loss: SessionLoss? = nil) {
        self.id = id
        self.loss = loss
    }

    var isSession: Bool { loss != nil }

    func append(_ request: Request) {
        queue.append(request)
    }

    /// The next request, when the connection can take one.
    func next() -> Request? {
        guard let connection, connection.isIdle, !queue.isEmpty else { return nil }
        return queue.removeFirst()
    }

    /// Answers all that wait, when the connection has gone.
    func failAll(_ error: PostgresError) {
        let requests = queue
        queue = []
        for request in requests { request.fail(error) }
    }

    /// What later requests are answered with.
    var lossError: PostgresError {
        let reason = lostBecause.map { ": \($0.message)" } ?? ""
        return PostgresError(
            .connection, "the connection of this transaction or session was lost\(reason)",
            sqlState: lostBecause?.sqlState)
    }
}
