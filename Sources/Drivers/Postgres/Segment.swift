/// Queries that go out in one flush and end with one synchronization point (libpq manual, "Pipeline Mode").
struct Segment: Sendable {
    /// What becomes of the queries when the connection is lost before the answer.
    enum Ending: Sendable {
        /// They commit by themselves when the synchronization point is reached.
        case commitsItself
        /// A transaction goes on after them: it is rolled back with its connection.
        case staysOpen
        /// The last of them is COMMIT.
        case commits
    }

    let queries: [EncodedQuery]
    let ending: Ending
    /// Queries of the driver's own before (BEGIN) and after (COMMIT) the caller's.
    let before: Int
    let after: Int

    static let commit = EncodedQuery(command: "COMMIT")
    static let rollback = EncodedQuery(command: "ROLLBACK")

    /// - Parameters:
    ///   - begin: put before the queries when no transaction is open yet.
    ///   - isOpen: whether a transaction is open already.
    init(_ queries: [EncodedQuery], begin: EncodedQuery?, isOpen: Bool, commits: Bool) {
        let begins = begin != nil && !isOpen
        before = begins ? 1 : 0
        after = commits ? 1 : 0
        self.queries = (begins ? [begin].compactMap { $0 } : []) + queries + (commits ? [Self.commit] : [])
        if commits || queries.contains(where: \.isCommit) {
            ending = .commits
        } else {
            ending = begins || isOpen ? .staysOpen : .commitsItself
        }
    }

    /// The caller's own results, without those of BEGIN and COMMIT.
    func callersResults(_ results: [QueryResult]) -> [QueryResult] {
        before + after == 0 ? results : Array(results.dropFirst(before).dropLast(after))
    }

    /// The caller's number of a query, nil for BEGIN and COMMIT.
    func callersIndex(_ query: Int) -> Int? {
        query >= before && query < queries.count - after ? query - before : nil
    }
}

extension EncodedQuery {
    /// A COMMIT that the caller wrote.
    var isCommit: Bool {
        guard lengths.isEmpty, sql.utf8.count < 32 else { return false }
        let word = sql.prefix { $0 != ";" }.lowercased().split(whereSeparator: \.isWhitespace).first
        return word == "commit" || word == "end"
    }
}

/// Follows the answers to a segment: which query each belongs to, and what is known when they end early.
struct SegmentProgress {
    /// One command sent to the server; each is answered in its turn.
    enum Step {
        case prepare(StatementCache.Key, name: String, query: Int)
        /// `reused`: of a statement prepared for an earlier segment.
        case execute(query: Int, reused: Bool)
    }

    /// What `PQgetResult` gave.
    enum Reply {
        case result(QueryResult)
        case error(PostgresError)
        /// An earlier step failed, this one was not done.
        case skipped
        /// NULL: the step is over.
        case end
        /// The synchronization point.
        case sync
    }

    let segment: Segment
    let steps: [Step]
    private var current = 0
    private var isAnswered = false
    private var results: [QueryResult] = []
    private var failedStep: Int?
    private(set) var failure: PostgresError?
    private(set) var isSynced = false

    init(_ segment: Segment, steps: [Step]) {
        self.segment = segment
        self.steps = steps
        results.reserveCapacity(segment.queries.count)
    }

    /// - Returns: a statement that is prepared now.
    mutating func receive(_ reply: Reply) -> (key: StatementCache.Key, name: String)? {
        switch reply {
        case .result(let result):
            guard !isAnswered, current < steps.count else { return nil }
            isAnswered = true
            switch steps[current] {
            case .prepare(let key, let name, _): return (key, name)
            case .execute: results.append(result)
            }
        case .error(let error):
            isAnswered = true
            guard failure == nil else { return nil }
            failedStep = current
            failure = attributed(error)
        case .skipped:
            isAnswered = true
        case .end:
            current += 1
            isAnswered = false
        case .sync:
            isSynced = true
        }
        return nil
    }

    /// Whether NULL ends a step now; without an answer before it there is just nothing more to read.
    var expectsEnd: Bool { isAnswered }

    private func attributed(_ error: PostgresError) -> PostgresError {
        // An error after the last step is of the commit at the synchronization point, as of a deferred constraint.
        guard current < steps.count else { return error }
        var error = error
        let query =
            switch steps[current] {
            case .prepare(_, _, let query), .execute(let query, _): query
            }
        error.sql = PostgresError.prefix(segment.queries[query].sql)
        error.queryIndex = segment.callersIndex(query)
        return error
    }

    /// The outcome when everything was answered.
    func outcome() -> Result<[QueryResult], PostgresError> {
        if let failure { return .failure(failure) }
        // COMMIT of a failed transaction is answered with this, and not with an error.
        if segment.ending == .commits, results.last?.commandTag == "ROLLBACK" {
            return .failure(
                PostgresError(
                    .server, "the transaction had failed before and was rolled back by COMMIT", sqlState: "25P02"))
        }
        return .success(segment.callersResults(results))
    }

    /// The outcome when the connection ended before the synchronization point.
    ///
    /// - Parameter error: why it ended.
    func outcome(lost error: PostgresError) -> PostgresError {
        if let failure, let failedStep {
            // Undone: an error rolls back, and a backend that ends on an earlier step never comes to the last.
            let last = segment.ending == .commits ? steps.count - 1 : steps.count
            guard failure.endsSession, failedStep >= last else { return failure }
            return inDoubt(failure)
        }
        return inDoubt(error)
    }

    private func inDoubt(_ error: PostgresError) -> PostgresError {
        var error = error
        switch segment.ending {
        case .commits:
            error.code = .commitInDoubt
            error.mayHaveTakenEffect = true
        case .commitsItself:
            error.mayHaveTakenEffect = true
        case .staysOpen:
            break
        }
        return error
    }

    /// Whether it failed because a statement prepared earlier is gone or out of date.
    var failedOnStaleStatement: Bool {
        guard let failure, TransientStates.isStaleStatement(failure.sqlState), let failedStep,
            failedStep < steps.count, case .execute(_, reused: true) = steps[failedStep]
        else { return false }
        return true
    }
}

/// What a connection is busy with: a segment or scripts.
struct Run {
    var segment: SegmentProgress?
    var scripts: ScriptProgress?
    /// The longest silence of the server; nil for any.
    let patience: Duration?
    /// When something was heard of the server last, or the run began.
    var lastProgress = ContinuousClock.now
    let completion: (Result<[QueryResult], PostgresError>) -> Void

    /// What to report when the connection has ended because of `error`.
    func lost(_ error: PostgresError) -> PostgresError {
        segment?.outcome(lost: error) ?? scripts?.outcome(lost: error) ?? error
    }
}

/// Follows the answers to texts sent by the simple protocol, one after the other.
struct ScriptProgress {
    /// What has not been sent yet, the next first.
    var remaining: ArraySlice<String>
    var failure: PostgresError?

    func outcome(lost error: PostgresError) -> PostgresError {
        if let failure { return failure }
        var error = error
        error.mayHaveTakenEffect = true
        return error
    }
}
