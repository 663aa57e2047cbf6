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
    let cancellation: Cancellation
    let continuation: CheckedContinuation<Outcome, Never>

    func succeed(_ results: [QueryResult]) {
        continuation.resume(returning: .success(results.map { Rows(result: $0) }))
    }

    func fail(_ error: PostgresError) {
        continuation.resume(returning: .failure(error))
    }

    func complete(_ outcome: Result<[QueryResult], PostgresError>) {
        switch outcome {
        case .success(let results): succeed(results)
        case .failure(let error): fail(error)
        }
    }
}

/// Whether the task that waits for a request was cancelled. It may be before the request arrives.
final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    var isRequested: Bool { flag.load(ordering: .acquiring) }

    func request() {
        flag.store(true, ordering: .releasing)
    }
}

/// Numbers of requests and leases, unique in the process.
enum Numbers {
    private static let last = Atomic<UInt64>(0)

    static func next() -> UInt64 {
        last.add(1, ordering: .relaxed).newValue
    }
}
