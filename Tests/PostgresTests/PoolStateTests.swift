import RemindersGround
import Testing

@testable import RemindersPostgres

@Suite("Pool: who gets which connection") struct PoolStateTests {
    private func pool(_ size: Int) -> PoolState {
        PoolState(size: size, backoff: Backoff(first: .milliseconds(100), longest: .seconds(1)))
    }

    private func isRetry(_ action: PoolState.Action?) -> Bool {
        if case .scheduleRetry = action { true } else { false }
    }

    @Test func itOpensOneConnectionAtTheStart() {
        var pool = pool(3)
        #expect(pool.start() == [.open(1)])
        #expect(pool.start() == [])
    }

    @Test func itOpensAsManyAsThereAreWaitersButNotMoreThanItsSize() {
        var pool = pool(2)
        #expect(pool.wait(10) == [.open(1)])
        #expect(pool.wait(11) == [.open(2)])
        #expect(pool.wait(12) == [])
        #expect(pool.opened(2) == [.give(2, to: 10)])
        #expect(pool.opened(1) == [.give(1, to: 11)])
        #expect(pool.release(1, isClean: true) == [.give(1, to: 12)])
    }

    @Test func theConnectionUsedLastIsUsedFirst() {
        var pool = pool(2)
        _ = pool.wait(1) + pool.wait(2) + pool.opened(1) + pool.opened(2)
        _ = pool.release(1, isClean: true) + pool.release(2, isClean: true)
        #expect(pool.wait(3) == [.give(2, to: 3)])
        #expect(pool.wait(4) == [.give(1, to: 4)])
    }

    @Test func whoIsCancelledIsSkipped() {
        var pool = pool(1)
        _ = pool.wait(1) + pool.wait(2) + pool.wait(3)
        #expect(pool.cancel(2) == true)
        #expect(pool.cancel(2) == false)
        #expect(pool.opened(1) == [.give(1, to: 1)])
        #expect(pool.cancel(1) == false)
        #expect(pool.release(1, isClean: true) == [.give(1, to: 3)])
    }

    @Test func oneWhoWasGivenADeadConnectionIsServedFirst() {
        var pool = pool(1)
        _ = pool.start() + pool.opened(1)
        pool.proven(1)
        #expect(pool.wait(1) == [.give(1, to: 1)])
        _ = pool.wait(2)
        #expect(pool.lost(1) == [.open(2)])
        #expect(pool.waitAgain(1) == [])
        #expect(pool.opened(2) == [.give(2, to: 1)])
    }

    @Test func aConnectionThatIsNotCleanIsReplaced() {
        var pool = pool(1)
        _ = pool.wait(1) + pool.opened(1) + pool.wait(2)
        #expect(pool.release(1, isClean: false) == [.close(1), .open(2)])
        #expect(pool.opened(2) == [.give(2, to: 2)])
    }

    @Test func afterAFailureAllWaitersFailAndOneAttemptIsMadeAfterAPause() {
        var pool = pool(3)
        _ = pool.wait(1) + pool.wait(2)
        let actions = pool.lost(1)
        #expect(actions.first == .fail([1, 2]))
        #expect(isRetry(actions.last))
        // The second attempt was under way: its failure schedules nothing more.
        #expect(pool.lost(2) == [])
        #expect(pool.wait(3) == [])
        #expect(pool.wait(4) == [])
        #expect(pool.retry() == [.open(3)])
        // Until one has answered something, they are opened one at a time.
        #expect(pool.opened(3) == [.give(3, to: 3), .open(4)])
        #expect(pool.wait(5) == [])
        pool.proven(3)
        #expect(pool.wait(6) == [.open(5)])
    }

    @Test func aFailureBesideALiveConnectionFailsNobody() {
        var pool = pool(2)
        _ = pool.wait(1) + pool.opened(1)
        pool.proven(1)
        #expect(pool.wait(2) == [.open(2)])
        #expect(pool.lost(2).allSatisfy(isRetry))
        #expect(pool.release(1, isClean: true) == [.give(1, to: 2)])
    }

    @Test func aServerThatAcceptsAndHangsUpIsNotAskedWithoutPause() {
        var pool = pool(1)
        _ = pool.start() + pool.opened(1)
        #expect(isRetry(pool.lost(1).first))
        #expect(pool.wait(1) == [])
        #expect(pool.retry() == [.open(2)])
        _ = pool.opened(2)
        pool.proven(2)
        #expect(pool.lost(2) == [.open(3)])
    }

    @Test func onceClosedItTakesNobodyAndClosesWhatBecomesFree() {
        var pool = pool(3)
        _ = pool.wait(1) + pool.opened(1) + pool.wait(2) + pool.opened(2) + pool.wait(3)
        _ = pool.release(2, isClean: true)
        _ = pool.wait(4)
        _ = pool.wait(5)
        #expect(pool.close() == [.fail([4, 5]), .close(3)])
        #expect(pool.release(1, isClean: true) == [.close(1)])
        #expect(pool.release(2, isClean: true) == [.close(2)])
        #expect(pool.opened(3) == [])
        #expect(pool.isEmpty)
        #expect(pool.retry() == [])
    }
}
