/// Sends requests to the pool's thread and waits for the answers: one hop there, one resumption back.
struct Requester: Sendable {
    let core: ThreadConfined<PoolCore>

    /// - Parameter submit: hands the request over, after completing it.
    nonisolated(nonsending) func send(
        _ work: Request.Work, submit: (Request) -> Void
    ) async throws(PostgresError) -> [Rows] {
        let id = Numbers.next()
        let handover = Handover()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(Request(id: id, work: work, handover: handover, continuation: continuation))
            }
        } onCancel: {
            handover.requestCancellation()
            core.perform { $0.cancel(id) }
        }
        handover.received()
        return try outcome.get()
    }

    /// For any connection.
    nonisolated(nonsending) func send(_ work: Request.Work, patience: Duration? = nil) async throws(PostgresError)
        -> [Rows]
    {
        try await send(work) { request in
            var request = request
            request.patience = patience
            self.submit(request)
        }
    }

    func submit(_ request: Request) {
        core.perform { $0.submit(request) }
    }

    static func encode(_ queries: [Query]) throws(PostgresError) -> [EncodedQuery] {
        var encoded: [EncodedQuery] = []
        encoded.reserveCapacity(queries.count)
        for (index, query) in queries.enumerated() {
            do {
                encoded.append(try EncodedQuery(query))
            } catch {
                var error = error
                error.queryIndex = index
                throw error
            }
        }
        return encoded
    }
}
