import Testing

@testable import RemindersPostgres

@Suite("What is known of a pipeline that ended early") struct SegmentProgressTests {
    private let lost = PostgresError(.connection, "lost")

    /// Queries `a` and `b`, each of one step.
    private func progress(begin: Bool, isOpen: Bool, commits: Bool) -> SegmentProgress {
        let queries = ["a", "b"].map { EncodedQuery(command: $0) }
        let segment = Segment(
            queries, begin: begin ? EncodedQuery(command: "BEGIN") : nil, isOpen: isOpen, commits: commits)
        return SegmentProgress(
            segment, steps: segment.queries.indices.map { .execute(query: $0, reused: $0 % 2 == 1) })
    }

    private func serverError(_ state: String, endsSession: Bool) -> PostgresError {
        var error = PostgresError(.server, "message", sqlState: state)
        error.endsSession = endsSession
        return error
    }

    private func advance(_ progress: inout SegmentProgress, _ steps: Int) {
        for _ in 0..<steps {
            _ = progress.receive(.skipped)
            _ = progress.receive(.end)
        }
    }

    @Test func aLostCommitIsInDoubt() {
        var progress = progress(begin: true, isOpen: false, commits: true)
        advance(&progress, 3)
        let error = progress.outcome(lost: lost)
        #expect(error.code == .commitInDoubt)
        #expect(error.mayHaveTakenEffect)
    }

    @Test func aTransactionThatStaysOpenIsCertainlyUndone() {
        let error = progress(begin: true, isOpen: false, commits: false).outcome(lost: lost)
        #expect(error.code == .connection)
        #expect(!error.mayHaveTakenEffect)
    }

    @Test func whatCommitsItselfMayHaveTakenEffect() {
        let error = progress(begin: false, isOpen: false, commits: false).outcome(lost: lost)
        #expect(error.code == .connection)
        #expect(error.mayHaveTakenEffect)
    }

    @Test func anErrorBeforeTheEndMeansUndone() {
        var progress = progress(begin: false, isOpen: false, commits: false)
        advance(&progress, 1)
        _ = progress.receive(.error(serverError("23505", endsSession: false)))
        let error = progress.outcome(lost: lost)
        #expect(error.sqlState == "23505")
        #expect(error.queryIndex == 1)
        #expect(error.sql == "b")
        #expect(!error.mayHaveTakenEffect)
    }

    @Test(arguments: [(0, false), (1, false), (2, false), (3, true)])
    func aBackendThatEndsLeavesDoubtOnlyFromTheCommitOn(_ step: Int, _ inDoubt: Bool) {
        // BEGIN, a, b, COMMIT
        var progress = progress(begin: true, isOpen: false, commits: true)
        advance(&progress, step)
        _ = progress.receive(.error(serverError("57P01", endsSession: true)))
        let error = progress.outcome(lost: lost)
        #expect((error.code == .commitInDoubt) == inDoubt)
        #expect(error.mayHaveTakenEffect == inDoubt)
        #expect(error.queryIndex == [nil, 0, 1, nil][step])
    }

    @Test(arguments: [(1, false), (2, true)])
    func withoutATransactionTheDoubtBeginsAtTheEnd(_ step: Int, _ inDoubt: Bool) {
        var progress = progress(begin: false, isOpen: false, commits: false)
        advance(&progress, step)
        _ = progress.receive(.error(serverError("57P01", endsSession: true)))
        #expect(progress.outcome(lost: lost).mayHaveTakenEffect == inDoubt)
    }

    @Test func onlyTheFirstErrorIsReported() {
        var progress = progress(begin: false, isOpen: true, commits: false)
        _ = progress.receive(.error(serverError("22012", endsSession: false)))
        _ = progress.receive(.end)
        _ = progress.receive(.error(serverError("25P02", endsSession: false)))
        _ = progress.receive(.sync)
        #expect(progress.isSynced)
        guard case .failure(let error) = progress.outcome() else {
            Issue.record("it succeeded")
            return
        }
        #expect(error.sqlState == "22012")
    }

    @Test(arguments: [("0A000", 1, true), ("26000", 1, true), ("0A000", 0, false), ("23505", 1, false)])
    func onlyAStatementPreparedEarlierCanBeStale(_ state: String, _ step: Int, _ stale: Bool) {
        var progress = progress(begin: false, isOpen: false, commits: false)
        advance(&progress, step)
        _ = progress.receive(.error(serverError(state, endsSession: false)))
        #expect(progress.failedOnStaleStatement == stale)
    }

    @Test(arguments: ["COMMIT", " commit ; ", "END", "end transaction"])
    func aCommitOfTheCallersOwnIsRecognized(_ sql: String) {
        let segment = Segment([EncodedQuery(command: sql)], begin: nil, isOpen: true, commits: false)
        #expect(SegmentProgress(segment, steps: []).outcome(lost: lost).code == .commitInDoubt)
        let other = Segment([EncodedQuery(command: "SELECT 'commit'")], begin: nil, isOpen: true, commits: false)
        #expect(SegmentProgress(other, steps: []).outcome(lost: lost).code == .connection)
    }
}
