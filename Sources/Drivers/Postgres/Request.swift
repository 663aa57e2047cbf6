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
