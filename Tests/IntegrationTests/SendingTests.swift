import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersSending
@testable import RemindersStore

/// What a sender does with its messages.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SendingTests: SenderSuite {
    let sender: SendingScene

    init() async throws {
        sender = try await .ofTest(in: Self.self)
    }

    @Test func `what is requested is attempted once, recorded once, announced and gone from the queue`() async throws {
        try await broker.publish(sender.request(100))
        try await sender.sending {
            try await sender.waitForEnds(100)
            let logged = try await broker.take(100, from: BrokerScene.listener)
            #expect(logged.allSatisfy { $0.routingKey == "email.sent" && $0.traceparent != nil })
            #expect(Set(try logged.map { try DeliveryLogged(decoding: $0.body).occurrenceID }) == Set(1...100))
        }
        try await broker.waitUntilEmpty(SendingScene.queue)
        #expect(channel.attempts.count == 100)
        #expect(try await sender.ends() == (1...100).map { "\($0) sent 1 250 OK" })
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'sent' AND attempts = 1") == 100)
    }

    @Test func `messages that cannot be read are dead letters with their reasons, and the others go on`() async throws {
        let good = try await sender.request(2)
        var garbage = good[0]
        garbage.body = [0xFF, 0x00]
        garbage.properties.messageID = "garbage"
        var wrongType = good[0]
        wrongType.properties.type = "reminder.due.v1"
        var otherChannel = good[0]
        otherChannel.body = Array(
            String(decoding: good[0].body, as: UTF8.self).replacing(
                "\"channel\":\"email\"", with: "\"channel\":\"mattermost\""
            ).utf8)
        try await sender.sending {
            try await broker.publish([good[0], garbage, wrongType, otherChannel, good[1]])
            try await sender.waitForEnds(2)
            let dead = try await broker.take(3, from: SendingScene.queue.deadLetterQueue)
            #expect(Set(dead.map(\.body)) == [garbage.body, wrongType.body, otherChannel.body])
            #expect(dead.allSatisfy { $0.reason?.isEmpty == false })
            #expect(
                dead.first { $0.body == otherChannel.body }?.reason == "/channel is mattermost, this queue is email's")
        }
        try await broker.waitUntilEmpty(SendingScene.queue)
        #expect(
            try await scene.number("SELECT count(*) FROM dead_letters WHERE queue = 'email-sender.deliveries'") == 3)
        #expect(channel.attempts.count == 2)
    }

    @Test func `a delivery the ledger does not know is a dead letter`() async throws {
        let messages = try await sender.request(1)
        try await scene.run("DELETE FROM deliveries")
        try await sender.sending {
            try await broker.publish(messages)
            let dead = try await broker.take(1, from: SendingScene.queue.deadLetterQueue)
            #expect(dead[0].reason?.contains("not in the ledger") == true)
        }
        #expect(channel.attempts.isEmpty)
    }

    @Test func `a message that comes again after the end is taken off the queue without an attempt`() async throws {
        let messages = try await sender.request(3)
        try await sender.sending {
            try await broker.publish(messages)
            try await sender.waitForEnds(3)
            try await broker.publish(messages + messages)
            // One more, so that the repeated ones have been looked at when it has ended.
            try await broker.publish(sender.request(1, for: "2"))
            try await sender.waitForEnds(4)
        }
        try await broker.waitUntilEmpty(SendingScene.queue)
        #expect(channel.attempts.count == 4)
        #expect(try await broker.count(SendingScene.queue.deadLetterQueue) == 0)
    }

    @Test func `what is refused, or cannot be rendered, ends with its reason`() async throws {
        channel.script(.user("1"), .rejected(reply: "550 no such user"))
        try await broker.publish(sender.request(1))
        try await broker.publish(sender.request(1, for: "2", title: "unrenderable"))
        try await sender.sending { try await sender.waitForEnds(2) }
        #expect(
            Set(try await sender.ends()) == ["1 rejected 1 550 no such user", "1 rejected 1 title: cannot be rendered"])
        #expect(try await broker.count(SendingScene.queue.deadLetterQueue) == 0)
    }

    @Test func `after the last attempt the message is a dead letter with the last reply`() async throws {
        channel.script(.user("1"), .deferred(after: nil, reply: "451 still not"))
        let messages = try await sender.request(1)
        try await scene.run("UPDATE deliveries SET attempts = \(RetryLadder.standard.maximumAttempts - 1)")
        try await sender.sending {
            try await broker.publish(messages)
            let dead = try await broker.take(1, from: SendingScene.queue.deadLetterQueue)
            #expect(dead[0].reason == "451 still not")
            #expect(dead[0].body == messages[0].body)
        }
        #expect(
            try await sender.ends() == [
                "1 dead \(RetryLadder.standard.maximumAttempts) the last attempt failed 451 still not"
            ])
        try await broker.waitUntilEmpty(SendingScene.queue)
    }

    @Test func `a dry run attempts nothing and keeps the message in the log`() async throws {
        try await broker.publish(sender.request(1, title: "Følg op"))
        try await sender.sending(dryRun: true) { try await sender.waitForEnds(1) }
        #expect(channel.attempts.isEmpty)
        #expect(try await sender.ends() == ["1 dry_run 1"])
        let logged = try await scene.texts("SELECT details ->> 'content' FROM sag_reminder_logs")
        #expect(logged == ["Følg op"])
    }

    @Test func `what senders died with more than once is attempted, one after the other`() async throws {
        let messages = try await sender.request(3)
        // Left behind by a sender of which nothing is to be seen any more.
        try await scene.run(
            "UPDATE deliveries SET state = 'sending', attempts = 2, owner = 99, lease_until = now() + interval '1 hour'"
        )
        channel.close()
        try await sender.sending {
            try await broker.publish(messages)
            try await eventually("the first suspect") { channel.attempts.count == 1 }
            // Others go past them.
            channel.script(.user("2"), .rejected(reply: "550"))
            try await broker.publish(sender.request(1, for: "2"))
            try await eventually("somebody else's attempt") { channel.attempts.last == "1 2" }
            #expect(channel.attempts.count == 2)
            channel.open()
            try await sender.waitForEnds(4)
        }
        #expect(
            Set(try await sender.ends()) == [
                "1 sent 3 250 OK", "2 sent 3 250 OK", "3 sent 3 250 OK", "1 rejected 1 550",
            ])
        try await broker.waitUntilEmpty(SendingScene.queue)
    }

    @Test func `a sender that is stopped finishes what it has begun and gives back the rest`() async throws {
        channel.close()
        try await broker.publish(sender.request(150))
        try await sender.sending {
            // The prefetch is 100, and no more are claimed than the channel attempts at once.
            try await eventually("eight attempts") { channel.attempts.count == channel.attemptsAtOnce }
        } whenStopped: {
            channel.open()
        }
        #expect(channel.attempts.count == 8)
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 8)
        #expect(
            try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'requested' AND attempts = 0") == 142)
        try await sender.sending { try await sender.waitForEnds(150) }
        #expect(channel.attempts.count == 150)
        try await broker.waitUntilEmpty(SendingScene.queue)
    }
}
