import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersSending
@testable import RemindersStore

/// A channel that cannot work until an operator has mended something.
@Suite(.serialized, .timeLimit(.minutes(1))) struct PausingTests: SenderSuite {
    let sender: SendingScene

    init() async throws {
        sender = try await .ofTest(in: Self.self)
    }

    private func ledger() async throws -> [String] {
        try await scene.texts("SELECT DISTINCT concat_ws(' ', state, attempts, reason) FROM deliveries")
    }

    @Test func `a refused login ends nothing, counts no attempt, and all goes out when it is mended`() async throws {
        channel.answerAll(.blocked(reply: "535 5.7.8 wrong password"))
        let messages = try await sender.request(40)
        try await sender.sending {
            try await broker.publish(messages)
            try await eventually(within: .seconds(25), "deliveries that were tried and given back") {
                guard channel.attempts.count > 1 else { return false }
                return try await ledger() == ["requested 0"]
            }
            // Whoever asks what waits is told that it is the channel, and why.
            let waiting = "SELECT DISTINCT concat_ws(' ', channel, reason, deliveries) FROM reporting.waiting_v1"
            try await eventually("all that waits, and why") {
                try await scene.texts(waiting) == ["email \(PausedChannel.reason) 40"]
            }
            let paused = "SELECT concat_ws(' ', channel, reason, senders) FROM reporting.paused_channels_v1"
            #expect(try await scene.texts(paused) == ["email 535 5.7.8 wrong password 1"])
            // Trials go on, one at a time.
            let before = channel.attempts.count
            try await eventually(within: .seconds(25), "two more trials") { channel.attempts.count >= before + 2 }
            #expect(channel.attempts.count < before + 10)
            #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs") == 0)
            channel.answerAll(nil)
            try await sender.waitForEnds(40, within: .seconds(25))
            try await eventually("the end of the pause to be shown") {
                try await scene.number("SELECT count(*) FROM channel_pauses") == 0
            }
        }
        try await broker.waitUntilEmpty(SendingScene.queue)
        #expect(try await ledger() == ["sent 1"])
        #expect(try await broker.count(SendingScene.queue.deadLetterQueue) == 0)
    }

    @Test func `a sender that is stopped in a pause stops at once, and leaves everything in the queue`() async throws {
        channel.answerAll(.blocked(reply: "the host's name leads nowhere"))
        let messages = try await sender.request(5)
        try await sender.sending(longestTrialWait: .seconds(60)) {
            try await broker.publish(messages)
            // Until the trials are so far apart that waiting for one would be noticed.
            try await eventually(within: .seconds(25), "some trials") { channel.attempts.count >= 4 }
        }
        #expect(try await ledger() == ["requested 0"])
        // Nobody knows how the channel stands now: what a sender that is gone has shown counts for nothing.
        try await eventually("the sender's end to be seen") {
            try await scene.number("SELECT count(*) FROM reporting.paused_channels_v1") == 0
        }
        try await eventually(within: .seconds(25), "five messages in the queue") {
            try await broker.count(SendingScene.queue.rawValue) == 5
        }
    }

    @Test func `one recipient whom a policy forbids holds nobody up and is rejected`() async throws {
        let refused = AttemptOutcome.refusedByPolicy(reply: "554 5.7.1 relay access denied")
        channel.script(.user("2"), refused, refused, refused, refused, refused)
        let messages = try await sender.request(1, for: "2") + sender.request(30)
        try await sender.sending {
            try await broker.publish(messages)
            try await sender.waitForEnds(31, within: .seconds(25))
        }
        let ends = try await scene.texts(
            "SELECT DISTINCT concat_ws(' ', user_id, outcome, attempt, reply) FROM sag_reminder_logs ORDER BY 1")
        #expect(ends == ["1 sent 1 250 OK", "2 rejected 1 554 5.7.1 relay access denied"])
    }

    @Test(arguments: [Int64(0), 2])
    func `an attempt that did not count is not told to who looks into the retry queue`(before: Int64) async throws {
        channel.answerAll(.refusedByPolicy(reply: "554 5.7.1 relay access denied"))
        let messages = try await sender.request(1)
        try await scene.run("UPDATE deliveries SET attempts = \(before)")
        try await sender.sending {
            try await broker.publish(messages)
            let waiting = try await broker.take(1, from: retries)
            #expect(waiting.map { $0.properties.headers[Header.attempt]?.integer ?? 0 } == [Int(before)])
        }
        #expect(try await ledger() == ["requested \(before)"])
    }

    @Test func `a policy that forbids everybody rejects nobody`() async throws {
        channel.answerAll(.refusedByPolicy(reply: "554 5.7.1 relay access denied"))
        let messages = try await sender.request(10)
        try await sender.sending {
            try await broker.publish(messages)
            try await eventually(within: .seconds(25), "deliveries that were given back") {
                guard channel.attempts.count > 3 else { return false }
                return try await ledger() == ["requested 0"]
            }
            channel.answerAll(nil)
            // Two of them went round the shortest retry queue before it was clear that it is everybody's.
            try await sender.waitForEnds(10, within: .seconds(25))
        }
        #expect(try await ledger() == ["sent 1"])
    }

    @Test func `what a dead sender left in doubt is not counted twice when the channel makes a pause`() async throws {
        let messages = try await sender.request(1)
        try await scene.run(
            "UPDATE deliveries SET state = 'sending', attempts = 1, owner = 77, lease_until = now() - interval '1 minute'"
        )
        channel.answerAll(.blocked(reply: "535"))
        try await sender.sending {
            try await broker.publish(messages)
            try await eventually(within: .seconds(25), "a delivery that was given back") {
                guard !channel.attempts.isEmpty else { return false }
                return try await ledger() == ["requested 1"]
            }
            channel.answerAll(nil)
            try await sender.waitForEnds(1, within: .seconds(25))
        }
        #expect(try await ledger() == ["sent 2"])
        #expect(try await sender.attempts() == ["1 unknown 1"])
    }
}
