import RemindersDomain
import Testing

@Suite("Retry ladder")
struct RetryLadderTests {
    private let deferred = AttemptOutcome.deferred(after: nil, reply: "451 later")

    @Test("5 s, 1 min, 10 min, an hour again and again, and dead after the eighth attempt")
    func standard() {
        let ladder = RetryLadder.standard
        let steps = (1...9).map { ladder.next(afterAttempt: $0, outcome: deferred) }
        let names = steps.map { if case .retry(let delay) = $0 { delay.name } else { "\($0)" } }
        #expect(names.prefix(7) == ["5s", "1m", "10m", "1h", "1h", "1h", "1h"])
        #expect(steps[7] == .finished(.dead))
        #expect(steps[8] == .finished(.dead))
        #expect(ladder.delays.map(\.milliseconds) == [5_000, 60_000, 600_000, 3_600_000])
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
        #expect(ladder.next(afterAttempt: 8, outcome: unknown) == .finished(.unknown))
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
