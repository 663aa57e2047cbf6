import Testing

@testable import RemindersSending

/// When a destination counts as silent, and what is tried there meanwhile.
@Suite struct DestinationHealthTests {
    private let start = ContinuousClock.now

    /// One that was found silent at `start`.
    private func silent() -> DestinationHealth {
        var health = DestinationHealth()
        for _ in 1...3 { _ = health.note("slow.example", .silence, at: start) }
        return health
    }

    private func goes(_ health: inout DestinationHealth, _ destination: String, after: Duration) -> Bool {
        health.admit(destination, at: start + after) == .goes
    }

    @Test func `three attempts in a row without an answer, and that is said once`() {
        var health = DestinationHealth()
        var said: [DestinationHealth.Change?] = []
        for _ in 1...5 { said.append(health.note("slow.example", .silence, at: start)) }
        #expect(said == [nil, nil, .fellSilent(attempts: 3), nil, nil])
        #expect(health.silentCount == 1)
    }

    @Test func `an answer between them, whatever it is, begins the count anew`() {
        var health = DestinationHealth()
        for number in 1...9 {
            #expect(health.note("some.example", number % 3 == 0 ? .answer : .silence, at: start) == nil)
        }
        #expect(goes(&health, "some.example", after: .zero))
    }

    @Test func `nothing more is tried there, and everywhere else it is`() {
        var health = silent()
        #expect(!goes(&health, "slow.example", after: .seconds(1)))
        #expect(goes(&health, "quick.example", after: .seconds(1)))
    }

    @Test func `one attempt is made now and then, ever more rarely, but once a minute`() {
        var health = silent()
        var trials: [Int] = []
        for second in 0...400 {
            let now = Duration.seconds(second)
            guard goes(&health, "slow.example", after: now) else { continue }
            #expect(!goes(&health, "slow.example", after: now), "one at a time")
            trials.append(second)
            #expect(health.note("slow.example", .silence, at: start + now) == nil)
        }
        #expect(trials == [5, 15, 35, 75, 135, 195, 255, 315, 375])
    }

    @Test func `what says nothing about it changes nothing, and another may be tried`() {
        var health = silent()
        #expect(goes(&health, "slow.example", after: .seconds(5)))
        #expect(health.note("slow.example", .none, at: start + .seconds(5)) == nil)
        #expect(health.silentCount == 1)
        #expect(goes(&health, "slow.example", after: .seconds(5)))
        #expect(!goes(&health, "slow.example", after: .seconds(5)))
    }

    @Test func `its first answer ends it`() {
        var health = silent()
        #expect(goes(&health, "slow.example", after: .seconds(5)))
        let change = health.note("slow.example", .answer, at: start + .seconds(6))
        #expect(change == .answers(after: .seconds(6)))
        #expect(health.silentCount == 0)
        for _ in 1...10 { #expect(goes(&health, "slow.example", after: .seconds(6))) }
    }

    @Test func `who is held back is told why`() {
        var health = silent()
        guard case .heldBack(let reply) = health.admit("slow.example", at: start + .seconds(4)) else {
            Issue.record("it was let through")
            return
        }
        #expect(reply == "not tried: slow.example has given no answer for 4 s, to 3 attempts; it is tried now and then")
    }
}
