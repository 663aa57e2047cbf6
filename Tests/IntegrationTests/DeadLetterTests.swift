import RemindersPostgres
import Testing

@testable import RemindersStore

@Suite struct DeadLetterTests {
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
}
