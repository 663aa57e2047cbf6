import Synchronization
import Testing

@testable import RemindersScheduling

/// An alarm that fails to ring would let these sleep for a minute; the limit is far below that.
@Suite(.timeLimit(.minutes(1))) struct AlarmTests {
    private let clock = ContinuousClock()
    private let long = Duration.seconds(90)

    @Test func `a ring before the sleep is kept for it`() async {
        let alarm = Alarm()
        alarm.ring()
        await alarm.wait(for: long)
    }

    @Test func `rings in a row are one, and wake one sleep only`() async {
        let alarm = Alarm()
        alarm.ring()
        alarm.ring()
        await alarm.wait(for: long)
        let second = await clock.measure { await alarm.wait(for: .milliseconds(50)) }
        #expect(second >= .milliseconds(50))
    }

    @Test func `a ring wakes a sleeper`() async {
        let alarm = Alarm()
        async let sleep: Void = alarm.wait(for: long)
        alarm.ring()
        await sleep
    }

    @Test func `a sleep ends by itself, and not too early`() async {
        let alarm = Alarm()
        let slept = await clock.measure { await alarm.wait(for: .milliseconds(30)) }
        #expect(slept >= .milliseconds(30))
    }

    @Test func `a sleep of no length ends, also many in a row`() async {
        let alarm = Alarm()
        for _ in 0..<2_000 { await alarm.wait(for: .zero) }
    }

    @Test func `the timer of an earlier sleep does not end a later one`() async {
        let alarm = Alarm()
        alarm.ring()
        await alarm.wait(for: .milliseconds(20))
        let second = await clock.measure { await alarm.wait(for: .milliseconds(100)) }
        #expect(second >= .milliseconds(100))
    }

    @Test func `a stop wakes the sleeper`() async {
        let alarm = Alarm()
        async let sleep: Void = alarm.wait(for: long)
        alarm.stop()
        await sleep
        #expect(alarm.isStopped)
    }

    @Test func `after a stop nobody sleeps any more`() async {
        let alarm = Alarm()
        #expect(!alarm.isStopped)
        alarm.stop()
        for _ in 0..<3 { await alarm.wait(for: long) }
        alarm.ring()
        await alarm.wait(for: long)
        #expect(alarm.isStopped)
    }

    @Test func `no wake-up is lost in ten thousand rounds`() async {
        let rounds = 10_000
        let game = Game()

        // Each side looks first and sleeps then: what happens in between must not be missed.
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 1...rounds {
                    game.asked.store(round, ordering: .releasing)
                    game.bell.ring()
                    while game.answered.load(ordering: .acquiring) < round { await game.reply.wait(for: long) }
                }
            }
            group.addTask {
                for round in 1...rounds {
                    while game.asked.load(ordering: .acquiring) < round { await game.bell.wait(for: long) }
                    game.answered.store(round, ordering: .releasing)
                    game.reply.ring()
                }
            }
        }
        #expect(game.answered.load(ordering: .acquiring) == rounds)
    }

    private final class Game: Sendable {
        let bell = Alarm()
        let reply = Alarm()
        let asked = Atomic(0)
        let answered = Atomic(0)
    }
}
