import RemindersAMQP
import RemindersContracts
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersBroker
@testable import RemindersStore

extension DeadLetter {
    /// That of a message with these parts and no others.
    init(reason: String, messageID: String?, type: String?, body: [UInt8], details: String? = nil) {
        let properties = MessageProperties(messageID: messageID, type: type)
        self.init(
            reason: reason, messageID: messageID, type: type, body: body, details: details,
            fingerprint: Delivery(body: body, properties: properties).fingerprint)
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct DeadLetterTests {
    @Test func `a message that can never succeed is remembered once, with its reason and its bytes`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .sender)
        let letter = DeadLetter(reason: "/title is missing", messageID: "a", type: "x.v1", body: [0, 255, 10])
        try await store.rememberDeadLetters([letter, letter], queue: "email-sender.deliveries")
        try await store.rememberDeadLetters([letter], queue: "email-sender.deliveries")
        #expect(
            try await scene.texts("SELECT concat_ws('|', queue, reason, message_id, type, body) FROM dead_letters")
                == [#"email-sender.deliveries|/title is missing|a|x.v1|\x00ff0a"#])
    }

    @Test func `other bodies, ids and queues are other messages`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let letters = [
            DeadLetter(reason: "r", messageID: "a", type: nil, body: [1]),
            DeadLetter(reason: "r", messageID: "a", type: nil, body: [2]),
            DeadLetter(reason: "r", messageID: "b", type: nil, body: [1]),
            DeadLetter(reason: "r", messageID: nil, type: nil, body: [1]),
            DeadLetter(reason: "another reason for the same message", messageID: nil, type: nil, body: [1]),
        ]
        try await store.rememberDeadLetters(letters, queue: "one")
        try await store.rememberDeadLetters(letters, queue: "two")
        #expect(try await scene.number("SELECT count(*) FROM dead_letters") == 8)
    }

    @Test func `one that was settled and comes back is remembered again`() async throws {
        let scene = try await Scene.make()
        let letter = DeadLetter(reason: "r", messageID: "a", type: nil, body: [1])
        try await scene.store.rememberDeadLetters([letter], queue: "one")
        try await scene.run("UPDATE dead_letters SET settled_at = now(), settled_how = 'retried'")
        try await scene.store.rememberDeadLetters([letter], queue: "one")
        #expect(try await scene.number("SELECT count(*) FROM dead_letters WHERE settled_at IS NULL") == 1)
    }

    @Test func `text that PostgreSQL cannot hold does not keep a message from being remembered`() async throws {
        // AMQP short strings may hold NUL; refused here, the message would come back for ever.
        let scene = try await Scene.make()
        let letter = DeadLetter(reason: "a\0b", messageID: "\0id", type: "ty\0pe", body: [0])
        try await scene.store.rememberDeadLetters([letter], queue: "one")
        #expect(
            try await scene.texts("SELECT concat_ws('|', reason, message_id, type) FROM dead_letters") == [
                "a\u{FFFD}b|\u{FFFD}id|ty\u{FFFD}pe"
            ])
    }

    @Test func `of bodies that are empty or too large each is remembered, and none twice when it comes again`()
        async throws
    {
        let scene = try await Scene.make()
        let broker = try await BrokerScene()
        let queue = RemindersContracts.Queue.caseEvents
        let large = (1...5).map { number in
            Message(
                exchange: "", routingKey: queue.rawValue,
                body: Array(repeating: UInt8(number), count: Limits.bodyBytes + 1))
        }
        let empty = (1...5).map { number in
            Message(
                exchange: "", routingKey: queue.rawValue, body: [],
                properties: MessageProperties(headers: ["number": .int64(Int64(number))]))
        }
        try await broker.publish(large + empty)
        // Whoever wrote the rows is gone before it could acknowledge: the broker counts that and hands them out again.
        try await broker.withConnections(to: queue) { _, consumer in
            while let batch = await consumer.nextBatch(upTo: 10) {
                let letters = batch.map { DeadLetter(RefusedDelivery(delivery: $0, reason: "nonsense")) }
                try? await scene.store.rememberDeadLetters(letters, queue: queue.rawValue)
                guard batch.allSatisfy({ $0.deliveryCount == nil }) else { continue }
                consumer.reject(batch, requeue: true)
            }
        } _: {
            try await eventually("a row for each") {
                try await scene.number("SELECT count(*) FROM dead_letters") == 10
            }
        }
        try await broker.withConnections(to: queue) { publisher, consumer in
            let office = DeadLetterOffice(store: scene.store, publisher: publisher, queue: queue, logger: Scene.quiet)
            while let batch = await consumer.nextBatch(upTo: 10) {
                await office.take(batch.map { RefusedDelivery(delivery: $0, reason: "nonsense") }, from: consumer)
            }
        } _: {
            try await eventually("the copies") { try await broker.count(queue.deadLetterQueue) == 10 }
        }
        #expect(try await scene.number("SELECT count(*) FROM dead_letters") == 10)
        try await broker.waitUntilEmpty(queue)
    }
}
