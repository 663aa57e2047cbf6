import RemindersGround
import Synchronization
import Testing

@testable import RemindersIOThread

/// Notes what happens on the thread, in order.
private final class Notes: Sendable {
    private let texts = Locked<[String]>([])

    func add(_ text: String) {
        texts.withLock { $0.append(text) }
    }

    var all: [String] { texts.withLock { $0 } }
}

@Suite("IOThread: timers", .timeLimit(.minutes(1))) struct IOThreadTimerTests {
    private let thread = IOThread(name: "timers")
    private let notes = Notes()

    @Test func timersFireInOrderOfTheirDeadlinesAndNotBefore() async {
        let notes = notes
        let start = ContinuousClock.now
        let end = await withCheckedContinuation { continuation in
            thread.perform { [thread] in
                thread.setTimer(at: start + .milliseconds(30)) {
                    notes.add("third")
                    continuation.resume(returning: ContinuousClock.now)
                }
                thread.setTimer(at: start + .milliseconds(10)) { notes.add("first") }
                thread.setTimer(at: start + .milliseconds(20)) { notes.add("second") }
                thread.setTimer(at: start - .seconds(1)) { notes.add("overdue") }
            }
        }
        #expect(notes.all == ["overdue", "first", "second", "third"])
        #expect(end - start >= .milliseconds(30))
    }

    @Test func aCancelledTimerDoesNotFireEvenIfItIsDue() async {
        let notes = notes
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            thread.perform { [thread] in
                let now = ContinuousClock.now
                var victim: IOTimer?
                thread.setTimer(at: now) {
                    if let victim { thread.cancelTimer(victim) }
                }
                victim = thread.setTimer(at: now) { notes.add("cancelled") }
                let early = thread.setTimer(at: now) { notes.add("cancelled too") }
                thread.cancelTimer(early)
                thread.cancelTimer(early)
                thread.setTimer(at: now + .milliseconds(5)) { continuation.resume() }
            }
        }
        #expect(notes.all == [])
    }

    @Test func aTimerMaySetTheNext() async {
        let notes = notes
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            @Sendable func tick(_ left: Int) {
                notes.add("\(left)")
                guard left > 0 else { return continuation.resume() }
                thread.setTimer(at: .now + .microseconds(100)) { tick(left - 1) }
            }
            thread.perform { tick(50) }
        }
        #expect(notes.all.count == 51)
    }

    @Test func timersFireWhileJobsKeepComing() async {
        let isOver = Atomic<Bool>(false)
        let count = await withCheckedContinuation { continuation in
            let jobs = Locked(0)
            @Sendable func again() {
                jobs.withLock { $0 += 1 }
                if !isOver.load(ordering: .relaxed) { thread.perform { again() } }
            }
            thread.perform { [thread] in
                thread.setTimer(at: .now + .milliseconds(20)) {
                    isOver.store(true, ordering: .relaxed)
                    continuation.resume(returning: jobs.withLock { $0 })
                }
                again()
            }
        }
        #expect(count > 1)
    }
}
