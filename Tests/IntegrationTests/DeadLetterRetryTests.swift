import Foundation
import RemindersAMQP
import RemindersContracts
import RemindersDomain
import RemindersGround
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersBroker
@testable import RemindersStore

/// An operator sends dead letters round once more, over a real broker.
@Suite(.serialized) struct DeadLetterRetryTests {
    private func lay(_ scene: Scene, _ letter: DeadLetter, queue: RemindersContracts.Queue) async throws -> Int64 {
        try await scene.store.rememberDeadLetters([letter], queue: queue.rawValue)
        return try await scene.number("SELECT max(id) FROM dead_letters")
    }

    private func settlement(_ scene: Scene) async throws -> [String] {
        try await scene.texts("SELECT coalesce(settled_how, 'open') FROM dead_letters ORDER BY id")
    }

    /// The body of a delivery's message.
    private func request(_ channel: ChannelKind) -> [UInt8] {
        DeliveryRequested(
            ShownReminder(
                deliveryID: DeliveryID(high: 0x018f_2b6e_0c1d_7a3b, low: 0x9e52_5b1f_6a0c_9d21), occurrenceID: 7,
                reminderID: 1, title: "Follow up",
                about: CaseSummary(reference: CaseReference(entityType: "case", id: "1")),
                dueAt: Instant(seconds: 1_770_000_000)),
            to: .user("1"), through: channel, address: "a@example.org", locale: "en", timeZone: "UTC",
            requestedAt: Instant(seconds: 1_770_000_000)
        ).encode()
    }

    @Test func `what the office laid down goes back as it came, with its headers`() async throws {
        let scene = try await Scene.make()
        let broker = try await BrokerScene()
        let queue = RemindersContracts.Queue.caseEvents
        // A CloudEvent in binary mode: all it is lies in its headers.
        var headers = FieldTable()
        headers["cloudEvents_id"] = .string("e-1")
        headers["cloudEvents_type"] = .string("case.nonsense.v1")
        try await broker.publish(
            Message(
                exchange: "", routingKey: queue.rawValue, body: Array("{}".utf8),
                properties: MessageProperties(
                    contentType: "application/json", headers: headers, messageID: "m-1", type: "t")))
        try await broker.withConnections(to: queue) { publisher, consumer in
            let office = DeadLetterOffice(
                store: scene.store, publisher: publisher, queue: queue, logger: Scene.quiet)
            while let batch = await consumer.nextBatch(upTo: 10) {
                await office.take(batch.map { RefusedDelivery(delivery: $0, reason: "nonsense") }, from: consumer)
            }
        } _: {
            try await eventually("a dead letter") { try await broker.count(queue.deadLetterQueue) == 1 }
        }

        let retry = DeadLetterRetry(store: scene.store, broker: broker.configuration, logger: Scene.quiet)
        let letter = try await retry(1)
        #expect(letter.summary.settledHow == .retried)
        let again = try #require(try await broker.take(1, from: queue.rawValue).first)
        #expect(again.body == Array("{}".utf8))
        #expect(again.properties.contentType == "application/json")
        #expect(again.properties.messageID == "m-1" && again.properties.type == "t")
        #expect(again.properties.headers["cloudEvents_id"]?.string == "e-1")
        #expect(again.properties.headers["cloudEvents_type"]?.string == "case.nonsense.v1")
        // The copy stays for whoever looks there.
        #expect(try await broker.count(queue.deadLetterQueue) == 1)
        try await broker.forget(queue.deadLetterQueue)
    }

    @Test func `what is refused again before the operator hears of it leaves a letter of its own`() async throws {
        let scene = try await Scene.make()
        let letter = DeadLetter(reason: "r", messageID: "a", type: nil, body: [1])
        let id = try await lay(scene, letter, queue: .due)
        let refusedAgain = Locked<Task<Void, any Error>?>(nil)
        let store = scene.store
        let retry = DeadLetterRetry(store: store) { _ in
            // The consumer is quicker than the broker's confirm: its letter comes while this one is being settled.
            let consumer = Task {
                try await store.rememberDeadLetters([letter], queue: RemindersContracts.Queue.due.rawValue)
            }
            refusedAgain.withLock { $0 = consumer }
            try? await eventually("the consumer waits for the end of this") {
                try await scene.number("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
                    > 0
            }
            return .confirmed
        }
        _ = try await retry(id)
        try await refusedAgain.withLock { $0 }?.value
        #expect(try await settlement(scene) == ["retried", "open"])
    }

    @Test func `a letter is retried once, and what the broker does not take stays as it is`() async throws {
        let scene = try await Scene.make()
        let id = try await lay(
            scene, DeadLetter(reason: "r", messageID: "a", type: nil, body: [1]), queue: .due)
        let refused = DeadLetterRetry(store: scene.store) { _ in .failed(.nacked) }
        await #expect(throws: DeadLetterRefusal.notPublished(reason: "nacked")) { _ = try await refused(id) }
        #expect(try await settlement(scene) == ["open"])

        let taken = DeadLetterRetry(store: scene.store) { _ in .confirmed }
        _ = try await taken(id)
        #expect(try await settlement(scene) == ["retried"])
        await #expect(throws: DeadLetterRefusal.self) { _ = try await taken(id) }
        await #expect(throws: DeadLetterRefusal.notFound) { _ = try await taken(id + 1) }
    }

    @Test(arguments: [
        (DeliveryState.dead, false), (.sent, false), (.withdrawn, false), (.requested, true), (.held, true),
    ])
    func `a delivery that has ended cannot be sent again`(state: DeliveryState, isSent: Bool) async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at)
            VALUES (7, '1', 'email', gen_random_uuid(), 1, '\(state.rawValue)', now())
            """)
        let id = try await lay(
            scene, DeadLetter(reason: "r", messageID: "a", type: "delivery.requested.v1", body: request(.email)),
            queue: .deliveries(of: .email))
        let retry = DeadLetterRetry(store: scene.store) { message in
            #expect(message.exchange.isEmpty && message.routingKey == "email-sender.deliveries")
            return .confirmed
        }
        if isSent {
            _ = try await retry(id)
            #expect(try await settlement(scene) == ["retried"])
        } else {
            await #expect(throws: DeadLetterRefusal.deliveryEnded(state)) { _ = try await retry(id) }
            #expect(try await settlement(scene) == ["open"])
        }
    }

    @Test func `without a body or a queue of ours there is nothing to send`() async throws {
        let scene = try await Scene.make()
        let retry = DeadLetterRetry(store: scene.store) { _ in .confirmed }
        let empty = try await lay(scene, DeadLetter(reason: "r", messageID: nil, type: nil, body: []), queue: .due)
        await #expect(throws: DeadLetterRefusal.withoutBody) { _ = try await retry(empty) }
        try await scene.store.rememberDeadLetters(
            [DeadLetter(reason: "r", messageID: nil, type: nil, body: [1])], queue: "an.old.queue")
        await #expect(throws: DeadLetterRefusal.unknownQueue("an.old.queue")) { _ = try await retry(empty + 1) }
    }

    @Test func `with the rights of the API`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .api)
        let id = try await lay(scene, DeadLetter(reason: "r", messageID: nil, type: nil, body: [1]), queue: .due)
        _ = try await DeadLetterRetry(store: store) { _ in .confirmed }(id)
        _ = try await store.discardDeadLetter(
            try await lay(scene, DeadLetter(reason: "r", messageID: nil, type: nil, body: [2]), queue: .due))
        #expect(try await settlement(scene) == ["retried", "discarded"])
    }
}
