import RemindersGround
import TestSupport
import Testing

@testable import RemindersServiceKit

/// How a process finds out that it is stuck.
@Suite(.timeLimit(.minutes(1))) struct StallWatchTests {
    @Test func `without signs of life it is stuck, and that is said once`() async throws {
        let watch = StallWatch()
        let said = Locked(0)
        watch.start(limit: 3, turn: .milliseconds(5)) { said.withLock { $0 += 1 } }
        try await eventually("the end") { said.withLock { $0 } == 1 }
        watch.end()
    }

    @Test func `a sign of life begins the count anew`() {
        let watch = StallWatch()
        for _ in 1...1_000 {
            for _ in 1...3 { #expect(!watch.countTurn(limit: 3)) }
            watch.noteLife()
        }
        for _ in 1...3 { #expect(!watch.countTurn(limit: 3)) }
        #expect(watch.countTurn(limit: 3))
    }

    @Test func `as long as tasks are run there are signs of life`() async throws {
        let watch = StallWatch()
        let life = Task { await watch.showLife(each: .milliseconds(5)) }
        for _ in 1...3 {
            for _ in 1...4 { _ = watch.countTurn(limit: 3) }
            try await eventually("a sign of life") { !watch.countTurn(limit: 3) }
        }
        life.cancel()
        await life.value
        for _ in 1...3 { _ = watch.countTurn(limit: 3) }
        #expect(watch.countTurn(limit: 3))
    }
}
