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
