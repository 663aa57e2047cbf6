import Testing

@testable import RemindersPostgres

@Suite("The loss of a session") struct SessionLossTests {
    @Test func allWhoWaitAreToldOnceAndLaterOnesAtOnce() async {
        let loss = SessionLoss()
        await withTaskGroup(of: PostgresError?.self) { group in
            for _ in 0..<100 { group.addTask { await loss.wait() } }
            group.addTask {
                loss.signal(PostgresError(.timeout, "first"))
                loss.signal(PostgresError(.closed, "second"))
                return loss.error
            }
            for await error in group { #expect(error?.message == "first") }
        }
        #expect(await loss.wait()?.message == "first")
    }

    @Test func aCancelledOneGetsNothing() async {
        let loss = SessionLoss()
        await withTaskGroup(of: PostgresError?.self) { group in
            for _ in 0..<100 { group.addTask { await loss.wait() } }
            group.cancelAll()
            for await error in group { #expect(error == nil) }
        }
    }
}
