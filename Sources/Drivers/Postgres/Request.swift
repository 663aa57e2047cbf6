import Synchronization

/// What is asked of the pool's thread, with the one who waits for the answer.
struct Request: Sendable {
    /// What is to be done.
    enum Work: Sendable {
        case queries([EncodedQuery])
        /// The queries, then COMMIT, in one flush.
        case finish([EncodedQuery])
        case rollback
        /// Texts for the simple protocol, with the time-out the server is given for them.
        case scripts([String], timeout: Duration?)
    }

    typealias Outcome = Result<[Rows], PostgresError>

    let id: UInt64
    let work: Work
    /// The connection kept for a transaction or session; nil for any connection.
    var lease: Lease.ID?
    /// The first request of a transaction: takes the connection.
    var startsLease = false
    /// The last one, if it succeeds or is a rollback: gives the connection back.
    var endsLease = false
    /// Sent before the queries unless a transaction is open.
    var begin: EncodedQuery?
    /// The longest silence of the server, when not what the configuration says.
    var patience: Duration?
    let handover: Handover
    let continuation: CheckedContinuation<Outcome, Never>

    func succeed(_ results: [QueryResult]) {
        answer(.success(results.map { Rows(result: $0) }))
    }

    func fail(_ error: PostgresError) {
        answer(.failure(error))
    }

    private func answer(_ outcome: Outcome) {
        handover.answered()
        continuation.resume(returning: outcome)
    }

    func complete(_ outcome: Result<[QueryResult], PostgresError>) {
        switch outcome {
        case .success(let results): succeed(results)
        case .failure(let error): fail(error)
        }
    }
}

/// What a task and the pool's thread tell each other beside a request and its answer.
final class Handover: Sendable {
    private let isCancelled = Atomic<Bool>(false)
    private let isAnswered = Atomic<Bool>(false)

    /// Whether the task was cancelled. It may be before the request arrives.
    var isCancellationRequested: Bool { isCancelled.load(ordering: .acquiring) }

    func requestCancellation() {
        isCancelled.store(true, ordering: .releasing)
    }

    /// To be called before the continuation is resumed.
    func answered() {
        isAnswered.store(true, ordering: .releasing)
    }

    /// To be called after it was awaited: what the thread wrote before `answered` can be read. The continuation sees
    /// to that too, but not in a way that the thread sanitizer notices, when it is resumed before it is awaited.
    func received() {
        _ = isAnswered.load(ordering: .acquiring)
    }
}

/// Numbers of requests and leases, unique in the process.
enum Numbers {
    private static let last = Atomic<UInt64>(0)

    static func next() -> UInt64 {
        last.add(1, ordering: .relaxed).newValue
    }
}

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
