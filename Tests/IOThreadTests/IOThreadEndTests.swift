import Glibc
import Synchronization
import Testing

@testable import RemindersIOThread

/// Says when it is destroyed, and whether that happened on a given thread.
private final class Witness: Sendable {
    private let gone: @Sendable () -> Void

    init(_ gone: @escaping @Sendable () -> Void) {
        self.gone = gone
    }

    deinit { gone() }
}

private actor Owner {
    private let thread: IOThread
    private let ended: @Sendable (Bool) -> Void

    init(_ thread: IOThread, _ ended: @escaping @Sendable (Bool) -> Void) {
        self.thread = thread
        self.ended = ended
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func touch() {}

    isolated deinit { ended(thread.isIsolatingCurrentContext() ?? false) }
}

@Suite("IOThread: its end", .timeLimit(.minutes(1))) struct IOThreadEndTests {
    @Test func itEndsWithItsLastReferenceAndLetsGoOfItsHandlers() async {
        await withCheckedContinuation { continuation in
            let thread = IOThread(name: "ending")
            let witness = Witness { continuation.resume() }
            thread.perform {
                thread.setTimer(at: .now + .seconds(3600)) { withExtendedLifetime(witness) {} }
            }
        }
    }

    @Test func whatWasQueuedBeforeTheEndIsDone() async {
        let done = Atomic<Int>(0)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let thread = IOThread(name: "last words")
            for _ in 0..<100 { thread.perform { done.add(1, ordering: .relaxed) } }
            thread.perform { continuation.resume() }
        }
        #expect(done.load(ordering: .relaxed) == 100)
    }

    @Test func anActorIsDestroyedOnItsThreadAlsoAsItsLastUser() async {
        for _ in 0..<100 {
            let isolated = await withCheckedContinuation { continuation in
                let owner = Owner(IOThread(name: "owner")) { continuation.resume(returning: $0) }
                Task { await owner.touch() }
            }
            #expect(isolated)
        }
    }

    @Test func manyThreadsComeAndGoWithoutLeavingDescriptorsBehind() async {
        func descriptors() -> Int {
            guard let folder = opendir("/proc/self/fd") else { return -1 }
            defer { closedir(folder) }
            var count = 0
            while readdir(folder) != nil { count += 1 }
            return count
        }
        let before = descriptors()
        for _ in 0..<200 {
            let thread = IOThread(name: "brief")
            await withCheckedContinuation { continuation in thread.perform { continuation.resume() } }
        }
        // The last ones may still be ending, and other tests have threads too.
        var after = descriptors()
        let limit = ContinuousClock.now + .seconds(10)
        while after > before + 100, ContinuousClock.now < limit {
            await Task.yield()
            after = descriptors()
        }
        #expect(after <= before + 100)
    }
}
