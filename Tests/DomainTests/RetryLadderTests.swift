import RemindersDomain
import Testing

@Suite("Retry ladder")
struct RetryLadderTests {
    private let deferred = AttemptOutcome.deferred(after: nil, reply: "451 later")

    @Test("5 s, 1 min, 10 min, then an hour again and again for three days, and dead after the last attempt")
    func standard() {
        let ladder = RetryLadder.standard
        let last = ladder.maximumAttempts
        let steps = (1...last + 1).map { ladder.next(afterAttempt: $0, outcome: deferred) }
        let delays = steps.compactMap { if case .retry(let delay) = $0 { delay } else { nil } }
        #expect(delays.prefix(5).map(\.name) == ["5s", "1m", "10m", "1h", "1h"])
        #expect(delays.dropFirst(3).allSatisfy { $0.name == "1h" })
        #expect(steps.suffix(2) == [.finished(.dead), .finished(.dead)])
        #expect(delays.reduce(.zero) { $0 + $1.duration } == ladder.reach)
        #expect(ladder.reach >= .seconds(3 * 86_400) && ladder.reach < .seconds(3 * 86_400 + 3_600))
        #expect(ladder.delays.map(\.milliseconds) == [5_000, 60_000, 600_000, 3_600_000])
    }

    @Test(
        "a ladder reaches as far as it is asked to, and no rung further",
        arguments: [
            (0, 1), (1, 2), (5, 2), (6, 3), (65, 3), (66, 4), (665, 4), (666, 5), (4_265, 5), (4_266, 6),
        ])
    func reaching(seconds: Int, attempts: Int) {
        let ladder = RetryLadder(reaching: .seconds(seconds))
        #expect(ladder.maximumAttempts == attempts)
        #expect(ladder.reach >= .seconds(seconds))
        #expect(ladder.next(afterAttempt: attempts, outcome: deferred) == .finished(.dead))
    }

    @Test("what is the operator's to mend is no step of the ladder")
    func uncounted() {
        for attempt in [1, 8, 1_000] {
            #expect(RetryLadder.standard.next(afterAttempt: attempt, outcome: .blocked(reply: "535")) == .uncounted)
            #expect(
                RetryLadder.standard.next(afterAttempt: attempt, outcome: .refusedByPolicy(reply: "554")) == .uncounted)
        }
    }

    @Test("a server that asks for time gets the first delay that is long enough, never a shorter one than is due")
    func asked() {
        func name(_ attempt: Int, _ asked: Duration) -> String? {
            let outcome = AttemptOutcome.deferred(after: asked, reply: "429")
            guard case .retry(let delay) = RetryLadder.standard.next(afterAttempt: attempt, outcome: outcome) else {
                return nil
            }
            return delay.name
        }
        #expect(name(1, .seconds(5)) == "5s")
        #expect(name(1, .seconds(6)) == "1m")
        #expect(name(1, .seconds(600)) == "10m")
        #expect(name(3, .seconds(1)) == "10m")
        #expect(name(1, .seconds(86_400)) == "1h")
        #expect(name(0, .seconds(1)) == "5s")
    }

    @Test("delivered and rejected end it, an unknown end is resent or recorded")
    func outcomes() throws {
        let ladder = RetryLadder.standard
        #expect(ladder.next(afterAttempt: 1, outcome: .delivered(reply: "250")) == .finished(.sent))
        #expect(ladder.next(afterAttempt: 1, outcome: .rejected(reply: "550")) == .finished(.rejected))
        let unknown = AttemptOutcome.unknown(reply: "connection lost")
        #expect(ladder.next(afterAttempt: 1, outcome: unknown) == .retry(ladder.delays[0]))
        #expect(ladder.next(afterAttempt: ladder.maximumAttempts, outcome: unknown) == .finished(.unknown))
        let recording = try #require(
            RetryLadder(delays: ladder.delays, maximumAttempts: 3, unknownPolicy: .record))
        #expect(recording.next(afterAttempt: 1, outcome: unknown) == .finished(.unknown))
        #expect(recording.next(afterAttempt: 3, outcome: deferred) == .finished(.dead))
        #expect(unknown.reply == "connection lost")
    }

    @Test("a ladder goes up")
    func refused() {
        let delays = RetryLadder.standard.delays
        #expect(RetryLadder(delays: []) == nil)
        #expect(RetryLadder(delays: delays.reversed()) == nil)
        #expect(RetryLadder(delays: [delays[0], delays[0]]) == nil)
        #expect(RetryLadder(delays: delays, maximumAttempts: 0) == nil)
        #expect(RetryLadder(delays: [RetryDelay(name: "0", duration: .zero)]) == nil)
    }
}
