extension PoolCore {
    /// Takes a request in: on its own connection, or on any.
    func submit(_ request: Request) {
        guard let id = request.lease else { return waitForConnection(request) }
        if let lease = leases[id] {
            if lease.lostBecause != nil, request.endsLease, !lease.isSession { leases[id] = nil }
            lease.append(request)
            advance(lease)
        } else if request.startsLease {
            waitForConnection(request)
        } else if case .rollback = request.work {
            request.succeed([])
        } else {
            request.fail(PostgresError(.closed, "the transaction or session has ended"))
        }
    }

    /// Sends a request on a connection that is idle.
    func execute(
        _ request: Request, on connection: Connection,
        completion: @escaping (Result<[QueryResult], PostgresError>) -> Void
    ) {
        let isOpen = connection.isInTransaction
        let patience = request.patience ?? patience
        switch request.work {
        case .queries(let queries):
            guard !queries.isEmpty else { return completion(.success([])) }
            let segment = Segment(queries, begin: request.begin, isOpen: isOpen, commits: false)
            connection.run(segment, timeout: patience, completion: completion)
        case .finish(let queries):
            guard isOpen || !queries.isEmpty else { return completion(.success([])) }
            let segment = Segment(queries, begin: request.begin, isOpen: isOpen, commits: true)
            connection.run(segment, timeout: patience, completion: completion)
        case .rollback:
            guard isOpen else { return completion(.success([])) }
            let segment = Segment([Segment.rollback], begin: nil, isOpen: true, commits: false)
            connection.run(segment, timeout: patience, completion: completion)
        case .scripts(let scripts, let timeout):
            run(scripts, timeout: timeout, begin: isOpen ? nil : request.begin, on: connection, completion)
        }
    }

    private func run(
        _ scripts: [String], timeout: Duration?, begin: EncodedQuery?, on connection: Connection,
        _ completion: @escaping (Result<[QueryResult], PostgresError>) -> Void
    ) {
        var texts = [begin?.sql].compactMap { $0 }
        if let timeout { texts.append("SET statement_timeout = \(max(1, timeout.milliseconds))") }
        let limit = timeout.map { $0 + configuration.replyMargin } ?? patience
        connection.run(scripts: texts + scripts, timeout: limit, completion: completion)
    }
}
