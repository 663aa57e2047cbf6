import RemindersDomain
import RemindersStore
import Testing

@testable import RemindersSending

@Suite("Whether a channel works") struct ChannelHealthTests {
    private let start = ContinuousClock.now
    private let relaying = AttemptOutcome.refusedByPolicy(reply: "554 5.7.1 relay access denied")
    private let sent = AttemptOutcome.delivered(reply: "250 ok")

    private func delivery(_ number: Int64) -> DeliveryKey {
        DeliveryKey(occurrenceID: number, recipient: .user("1"), channel: .email)
    }

    private func health() -> ChannelHealth { ChannelHealth(patience: .seconds(3_600)) }

    @Test("what surely is the operator's fault pauses it at once, and is nobody's attempt")
    func blocked() {
        var health = health()
        #expect(health.note(.blocked(reply: "535 wrong password"), of: delivery(1), at: start) == .waits)
        #expect(health.pause?.reason == "535 wrong password")
        #expect(health.note(.blocked(reply: "530 log in"), of: delivery(2), at: start + .seconds(9)) == .waits)
        // It is the same pause.
        #expect(health.pause?.reason == "535 wrong password")
        #expect(health.pause?.since == start)
    }

    @Test(
        "whatever else comes back ends the pause",
        arguments: [
            AttemptOutcome.delivered(reply: "250"), .rejected(reply: "550 5.1.1"), .deferred(after: nil, reply: "451"),
            .unknown(reply: "lost"),
        ])
    func over(_ outcome: AttemptOutcome) {
        var health = health()
        _ = health.note(.blocked(reply: "535"), of: delivery(1), at: start)
        #expect(health.note(outcome, of: delivery(1), at: start) == .counts(outcome))
        #expect(health.pause == nil)
        #expect(health.nextTrial() == nil)
    }

    @Test("a refusal by policy is one recipient's when others got through since")
    func recipients() {
        var health = health()
        #expect(health.note(relaying, of: delivery(1), at: start) == .again)
        #expect(health.note(sent, of: delivery(2), at: start) == .counts(sent))
        #expect(
            health.note(relaying, of: delivery(1), at: start)
                == .counts(.rejected(reply: "554 5.7.1 relay access denied")))
        #expect(health.pause == nil)
    }

    @Test("what got through before the refusal says nothing about it")
    func earlier() {
        var health = health()
        _ = health.note(sent, of: delivery(2), at: start)
        #expect(health.note(relaying, of: delivery(1), at: start) == .again)
        #expect(health.note(relaying, of: delivery(1), at: start) == .again)
    }

    @Test("several in a row with nothing getting through are everybody's")
    func everybodys() {
        var health = health()
        #expect(health.note(relaying, of: delivery(1), at: start) == .again)
        #expect(health.note(relaying, of: delivery(2), at: start) == .again)
        #expect(health.note(relaying, of: delivery(3), at: start) == .waits)
        #expect(health.pause != nil)
        // While it lasts each trial that is refused waits on.
        #expect(health.note(relaying, of: delivery(4), at: start) == .waits)
        // The server was mended; the first of them gets through with the next trial.
        #expect(health.note(sent, of: delivery(1), at: start) == .counts(sent))
        #expect(health.pause == nil)
        #expect(health.note(sent, of: delivery(2), at: start) == .counts(sent))
    }

    @Test("of ten thousand with one bad address all but that one get through, and nothing pauses")
    func oneOfMany() {
        var health = health()
        var ended: [ChannelHealth.Verdict] = []
        for number in 1...10_000 as ClosedRange<Int64> {
            let verdict = health.note(number % 2_500 == 7 ? relaying : sent, of: delivery(number), at: start)
            if verdict == .again { ended.append(health.note(relaying, of: delivery(number), at: start)) }
            #expect(health.pause == nil)
        }
        // Nothing had got through between the two refusals of each.
        #expect(ended == Array(repeating: .again, count: 4))
        for number in [7, 2_507, 5_007, 7_507] as [Int64] {
            #expect(
                health.note(relaying, of: delivery(number), at: start)
                    == .counts(.rejected(reply: "554 5.7.1 relay access denied")))
        }
    }

    @Test("a refusal that nothing tells anything about ends with the ladder")
    func patience() {
        var health = health()
        for second in [0, 10, 600, 3_599] {
            let verdict = health.note(relaying, of: delivery(1), at: start + .seconds(second))
            #expect(verdict == .again || verdict == .waits)
        }
        #expect(
            health.note(relaying, of: delivery(1), at: start + .seconds(3_600))
                == .counts(.rejected(reply: "554 5.7.1 relay access denied")))
    }

    @Test("what has ended is forgotten: refused once more, it is weighed anew")
    func forgotten() {
        let rejected = ChannelHealth.Verdict.counts(.rejected(reply: "554 5.7.1 relay access denied"))
        for end in [sent, .rejected(reply: "550 5.1.1"), .unknown(reply: "lost"), .deferred(after: nil, reply: "451")] {
            var health = health()
            #expect(health.note(relaying, of: delivery(1), at: start) == .again)
            #expect(health.note(end, of: delivery(1), at: start) == .counts(end))
            _ = health.note(sent, of: delivery(2), at: start)
            #expect(health.note(relaying, of: delivery(1), at: start) == .again, "\(end)")
            _ = health.note(sent, of: delivery(2), at: start)
            #expect(health.note(relaying, of: delivery(1), at: start) == rejected)
            #expect(health.note(relaying, of: delivery(1), at: start) == .again)
        }
    }

    @Test("so many refusals are remembered, and then none")
    func bounded() {
        var health = health()
        for number in 1...Int64(ChannelHealth.mostRemembered) {
            _ = health.note(relaying, of: delivery(number), at: start)
        }
        _ = health.note(sent, of: delivery(0), at: start)
        #expect(health.note(relaying, of: delivery(0), at: start) == .again)
        #expect(health.note(relaying, of: delivery(1), at: start) == .again)
    }

    @Test("a refusal by policy in a pause waits with the others")
    func refusedInAPause() {
        var health = health()
        _ = health.note(.blocked(reply: "535"), of: delivery(1), at: start)
        #expect(health.note(relaying, of: delivery(2), at: start) == .waits)
        #expect(health.pause?.reason == "535")
    }

    @Test("trials are as far apart as the sender allows at the most")
    func longestWait() {
        var health = ChannelHealth(patience: .seconds(3_600), longestWait: .milliseconds(1_500))
        _ = health.note(.blocked(reply: "535"), of: delivery(1), at: start)
        #expect(
            [health.nextTrial(), health.nextTrial(), health.nextTrial()] == [
                .seconds(1), .milliseconds(1_500), .milliseconds(1_500),
            ])
    }

    @Test("trials are a second apart, then twice as long each, and never more than a minute")
    func trials() {
        var health = health()
        #expect(health.nextTrial() == nil)
        _ = health.note(.blocked(reply: "535"), of: delivery(1), at: start)
        #expect((1...9).map { _ in health.nextTrial() } == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
    }
}
