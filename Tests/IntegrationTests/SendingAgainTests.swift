import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersSending
@testable import RemindersStore

/// Deliveries that are not over with the first try. Each waits for the shortest retry queue, which is five seconds.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SendingAgainTests: SenderSuite {
    let sender: SendingScene

    init() async throws {
        sender = try await .ofTest(in: Self.self)
    }

    @Test func `what was put off, left in doubt or claimed by somebody else goes round the retry queue`() async throws {
        channel.script(.user("1"), .deferred(after: nil, reply: "451 later"))
        channel.script(.user("2"), .unknown(reply: "lost after DATA"))
        let somebody = Presence(store: scene.store, logger: Scene.quiet)
        let showing = Task { await somebody.run() }
        defer { showing.cancel() }
        await somebody.certain()
        let messages = try await sender.request(1) + sender.request(1, for: "2") + sender.request(1, for: "3")
        let busy = DeliveryKey(occurrenceID: 1, recipient: .user("3"), channel: .email)
        _ = try await scene.store.claim([busy], owner: somebody.instance, lease: .seconds(60)) { _ in
            false
        }

        try await sender.sending {
            try await broker.publish(messages)
            try await eventually("three messages in the retry queue") { try await broker.count(retries) == 3 }
            #expect(Set(try await sender.attempts()) == ["1 deferred 1", "1 unknown 1"])
            #expect(try await sender.ends().isEmpty)
            // Somebody else has ended it before it comes back.
            let end = AttemptRecord(
                delivery: busy, attempt: 1, state: .sent, outcome: "delivered", reason: nil, reply: "250 elsewhere")
            _ = try await scene.store.recordAttemptsIfOwned([end], owner: somebody.instance)
            try await sender.waitForEnds(3, within: .seconds(15))
            try await eventually("an empty retry queue") { try await broker.count(retries) == 0 }
        }
        try await broker.waitUntilEmpty(SendingScene.queue)
        #expect(Set(try await sender.ends()) == ["1 sent 2 250 OK", "1 sent 1 250 elsewhere"])
        #expect(channel.attempts.sorted() == ["1 1", "1 1", "1 2", "1 2"])
        #expect(try await broker.count(SendingScene.queue.deadLetterQueue) == 0)
    }

    @Test func `when a sender dies in the middle, another one takes its deliveries over`() async throws {
        let doomedChannel = ScriptedChannel()
        doomedChannel.close()
        let doomed = Presence(store: scene.store, logger: Scene.quiet)
        let showing = Task { await doomed.run() }
        await doomed.certain()
        let store = try scene.store(as: .sender)
        var live = Sending.Configuration()
        live.isDryRun = false
        let consumer = Consumer(
            configuration: broker.configuration, queue: SendingScene.queue.rawValue, prefetch: 10, logger: Scene.quiet)
        let consuming = Task { await consumer.run() }
        let dying = Sending(
            channel: doomedChannel, store: store, consumer: consumer, publisher: broker.publisher,
            deadLetters: DeadLetterOffice(
                store: store, publisher: broker.publisher, queue: SendingScene.queue, logger: Scene.quiet),
            presence: doomed, configuration: live, logger: Scene.quiet)
        let working = Task { await dying.run() }
        try await broker.publish(sender.request(5))
        try await eventually("five attempts") { doomedChannel.attempts.count == 5 }

        // The end of a process, seen from outside: its connections are gone, and its attempts say nothing any more.
        consuming.cancel()
        showing.cancel()
        await consuming.value
        await showing.value
        try await sender.sending { try await sender.waitForEnds(5, within: .seconds(15)) }
        #expect(channel.attempts.count == 5)
        #expect(try await sender.attempts() == (1...5).map { "\($0) unknown 1" })
        #expect(try await sender.ends() == (1...5).map { "\($0) sent 2 250 OK" })

        // Even if it says something after all, it is too late.
        doomedChannel.open()
        await working.value
        #expect(try await sender.ends() == (1...5).map { "\($0) sent 2 250 OK" })
        try await broker.waitUntilEmpty(SendingScene.queue)
    }
}
