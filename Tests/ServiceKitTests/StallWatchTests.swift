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

    @Test func `as long as tasks are run it is not`() async throws {
        let watch = StallWatch()
        let said = Locked(0)
        watch.start(limit: 200, turn: .milliseconds(5)) { said.withLock { $0 += 1 } }
        let life = Task { await watch.showLife(each: .milliseconds(5)) }
        let start = ContinuousClock.now
        try await eventually("twice the time it takes") { ContinuousClock.now - start > .seconds(2) }
        #expect(said.withLock { $0 } == 0)
        life.cancel()
        try await eventually("the end, when they are not run any more") { said.withLock { $0 } == 1 }
    }
}
