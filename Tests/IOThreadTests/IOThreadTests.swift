import Glibc
import RemindersGround
import Testing

@testable import RemindersIOThread

/// An actor on a thread of its own.
private actor Counter {
    private let thread: IOThread
    private(set) var value = 0

    init(_ thread: IOThread) {
        self.thread = thread
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func add(_ number: Int) -> UInt {
        thread.checkIsolated()
        value += number
        return UInt(pthread_self())
    }

    /// Waits for a job that it starts itself.
    func addLater() async {
        await Task { self.addHere() }.value
        addHere()
    }

    private func addHere() {
        value += 1
    }
}

@Suite("IOThread: jobs", .timeLimit(.minutes(1))) struct IOThreadTests {
    @Test func actorsRunOnTheirThreadAndNowhereElse() async {
        let (one, other) = (Counter(IOThread(name: "one")), Counter(IOThread(name: "other")))
        let first = await one.add(1)
        #expect(await one.add(2) == first)
        #expect(await other.add(1) != first)
        #expect(UInt(pthread_self()) != first)
        #expect(await one.value == 3)
    }

    @Test func twoActorsMayShareAThread() async {
        let thread = IOThread(name: "shared")
        let (one, other) = (Counter(thread), Counter(thread))
        #expect(await one.add(1) == other.add(1))
    }

    @Test func noJobIsLostOrDoneTwiceHoweverManyComeAtOnce() async {
        let counter = Counter(IOThread(name: "many"))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { for _ in 0..<2000 { _ = await counter.add(1) } }
                group.addTask { for _ in 0..<200 { await counter.addLater() } }
            }
        }
        #expect(await counter.value == 20 * 2000 + 20 * 200 * 2)
    }

    @Test func aSleepingThreadWakesForEachJob() async {
        // One at a time: each finds the thread in poll(2), or about to enter it.
        let counter = Counter(IOThread(name: "sleepy"))
        for _ in 0..<5000 { _ = await counter.add(1) }
        #expect(await counter.value == 5000)
    }

    @Test func workIsDoneInItsOrderOnTheThread() async {
        let thread = IOThread(name: "ordered")
        let seen = Locked<[Int]>([])
        await withCheckedContinuation { continuation in
            for number in 0..<1000 {
                thread.perform {
                    thread.checkIsolated()
                    seen.withLock { $0.append(number) }
                    if number == 999 { continuation.resume() }
                }
            }
        }
        #expect(seen.withLock { $0 } == Array(0..<1000))
    }

    @Test func assumingIsolationWorksInWorkAndHandlers() async {
        let thread = IOThread(name: "assuming")
        let counter = Counter(thread)
        await withCheckedContinuation { continuation in
            thread.perform {
                counter.assumeIsolated { _ = $0.add(1) }
                thread.setTimer(at: .now) {
                    counter.assumeIsolated { _ = $0.add(1) }
                    continuation.resume()
                }
            }
        }
        #expect(await counter.value == 2)
    }

    @Test func itIsNamedForPS() async throws {
        let thread = IOThread(name: "a name too long for the kernel")
        let name = await withCheckedContinuation { continuation in
            thread.perform {
                var text = [UInt8](repeating: 0, count: 32)
                let file = open("/proc/thread-self/comm", O_RDONLY)
                let count = read(file, &text, text.count)
                close(file)
                continuation.resume(returning: String(decoding: text[..<max(0, count - 1)], as: UTF8.self))
            }
        }
        #expect(name == "a name too long".prefix(15))
    }

    @Test func aThreadThatBlocksHoldsUpNobodyElse() async {
        let (blocked, free) = (IOThread(name: "blocked"), Counter(IOThread(name: "free")))
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        blocked.perform {
            var byte: UInt8 = 0
            _ = read(reading, &byte, 1)
        }
        #expect(await free.add(1) != 0)
        close(writing)
        await withCheckedContinuation { continuation in blocked.perform { continuation.resume() } }
        close(reading)
    }
}
