import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersScheduling
@testable import RemindersSending
@testable import RemindersStore

/// One row that the database refuses, in each step: it is set aside with its reason, and holds up nothing else.
@Suite(.serialized, .timeLimit(.minutes(1))) struct PoisonTests {
    private static let broker = Task { try await BrokerScene(listening: true) }
    private let broker: BrokerScene

    init() async throws {
        broker = try await PoisonTests.broker.value
    }

    private func deadLetters(_ scene: Scene) async throws -> [String] {
        try await scene.texts("SELECT concat_ws('|', queue, message_id, reason) FROM dead_letters ORDER BY id")
    }

    // MARK: Case events

    @Test func `a case event that the database refuses is a dead letter, and the others are taken in`() async throws {
        let scene = try await Scene.make()
        try await broker.forget(
            RemindersContracts.Queue.caseEvents.rawValue, RemindersContracts.Queue.caseEvents.deadLetterQueue)
        try await scene.run("ALTER TABLE cases ADD CONSTRAINT nobody_likes CHECK (id <> '13')")
        try await broker.publish(
            (1...40).map { number in
                let event = CaseEvent(
                    id: "e\(number)", source: "/cases", kind: .changed,
                    data: CaseData(reference: .init(entityType: "case", id: "\(number)"), title: "Leak"))
                return Message(caseEvent: event)
            })
        try await broker.takingInCaseEvents(of: scene) {
            try await eventually("39 cases") { try await scene.number("SELECT count(*) FROM cases") == 39 }
            try await eventually("a dead letter") { try await deadLetters(scene).count == 1 }
        }
        let letter = try await deadLetters(scene)[0]
        #expect(letter.hasPrefix("scheduler.case-events|e13|") && letter.contains("nobody_likes"))
        try await broker.waitUntilEmpty(.caseEvents)
    }

    @Test func `a case event of the future is a dead letter that says so, and the others are taken in`() async throws {
        let scene = try await Scene.make()
        try await broker.forget(
            RemindersContracts.Queue.caseEvents.rawValue, RemindersContracts.Queue.caseEvents.deadLetterQueue)
        try await broker.publish(
            (1...40).map { number in
                let event = CaseEvent(
                    id: "e\(number)", source: "/cases", kind: .changed,
                    time: Instant(seconds: number == 13 ? 253_402_300_799 : 1_770_000_000 + Int64(number)),
                    data: CaseData(reference: .init(entityType: "case", id: "1"), title: "Leak \(number)"))
                return Message(caseEvent: event)
            })
        try await broker.takingInCaseEvents(of: scene) {
            try await eventually("a dead letter") { try await deadLetters(scene).count == 1 }
            try await eventually("the last title") { try await scene.text("SELECT title FROM cases") == "Leak 40" }
        }
        let letter = try await deadLetters(scene)[0]
        #expect(letter.hasPrefix("scheduler.case-events|e13|case event: /time is 9999-12-31T23:59:59Z"))
        try await broker.waitUntilEmpty(.caseEvents)
    }

    // MARK: Deciding

    /// Runs a rate-limiter while `body` runs.
    private func rateLimiting(_ scene: Scene, _ body: () async throws -> Void) async throws {
        let store = try scene.store(as: .rateLimiter)
        try await broker.withConnections(to: .due) { publisher, consumer in
            let rateLimiter = RateLimiter(
                store: store, consumer: consumer, publisher: publisher,
                deadLetters: DeadLetterOffice(store: store, publisher: publisher, queue: .due, logger: Scene.quiet),
                policy: .init(switches: .init(channels: .all, limit: PermitWindow(limit: 100))), logger: Scene.quiet,
                messagesReady: { _ in 0 })
            let releasing = Task { await rateLimiter.release() }
            await rateLimiter.run()
            releasing.cancel()
            await releasing.value
        } _: {
            try await body()
        }
    }

    @Test func `a due message from before the database was restored is a dead letter, and decides nothing`()
        async throws
    {
        let scene = try await Scene.make()
        try await broker.forget(
            RemindersContracts.Queue.due.rawValue, RemindersContracts.Queue.due.deadLetterQueue,
            RemindersContracts.Queue.deliveries(of: .email).rawValue)
        try await scene.addUsers("1")
        try await scene.addDueReminders(2, for: ["1"])
        let occurrences = try await scene.fire()
        try await broker.publish(
            scene.dueMessages([occurrences[0]], ofReminder: 999) + scene.dueMessages([occurrences[1]]))
        try await rateLimiting(scene) {
            let requested = try await broker.take(1, from: RemindersContracts.Queue.deliveries(of: .email).rawValue)
            #expect(
                try DeliveryRequested(decoding: requested[0].body).reminder.occurrenceID == occurrences[1])
            try await eventually("a dead letter") { try await deadLetters(scene).count == 1 }
        }
        #expect(try await deadLetters(scene)[0].contains("before the database was restored"))
        #expect(try await scene.number("SELECT count(DISTINCT occurrence_id) FROM deliveries") == 1)
        try await broker.waitUntilEmpty(.due)
    }

    @Test func `an occurrence that the database refuses is a dead letter, and the others are decided`() async throws {
        let scene = try await Scene.make()
        try await broker.forget(
            RemindersContracts.Queue.due.rawValue, RemindersContracts.Queue.due.deadLetterQueue,
            RemindersContracts.Queue.deliveries(of: .email).rawValue)
        try await scene.addUsers("1")
        try await scene.addDueReminders(30, for: ["1"])
        let occurrences = try await scene.fire()
        try await scene.run(
            "ALTER TABLE deliveries ADD CONSTRAINT nobody_likes CHECK (occurrence_id <> \(occurrences[7]))")
        try await broker.publish(scene.dueMessages(occurrences))
        try await rateLimiting(scene) {
            let requested = try await broker.take(29, from: RemindersContracts.Queue.deliveries(of: .email).rawValue)
            let ids = try requested.map { try DeliveryRequested(decoding: $0.body).reminder.occurrenceID }
            #expect(Set(ids) == Set(occurrences).subtracting([occurrences[7]]))
            try await eventually("a dead letter") { try await deadLetters(scene).count == 1 }
        }
        let letter = try await deadLetters(scene)[0]
        #expect(letter.hasPrefix("rate-limiter.due|\(occurrences[7])|") && letter.contains("nobody_likes"))
        try await broker.waitUntilEmpty(.due)
    }

    @Test func `a release that the database refuses waits out of the way of the others`() async throws {
        let scene = try await Scene.make()
        try await broker.forget(
            RemindersContracts.Queue.due.rawValue, RemindersContracts.Queue.deliveries(of: .email).rawValue)
        try await scene.addUsers("1")
        try await scene.addDueReminders(10, for: ["1"])
        let occurrences = try await scene.fire()
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, release_at)
            SELECT id, '1', 'email', gen_random_uuid(), reminder_id, 'held', 'quiet_hours', due_at,
                now() - interval '1 minute'
            FROM sag_reminder_queue;
            ALTER TABLE deliveries ADD CONSTRAINT nobody_likes
                CHECK (state = 'held' OR occurrence_id <> \(occurrences[3]));
            """)
        try await rateLimiting(scene) {
            let requested = try await broker.take(9, from: RemindersContracts.Queue.deliveries(of: .email).rawValue)
            let ids = try requested.map { try DeliveryRequested(decoding: $0.body).reminder.occurrenceID }
            #expect(Set(ids) == Set(occurrences).subtracting([occurrences[3]]))
            try await eventually("one that was put off") {
                try await scene.number(
                    "SELECT count(*) FROM deliveries WHERE state = 'held' AND release_at > now() + interval '5 minutes'"
                ) == 1
            }
        }
    }

    // MARK: Sending

    @Test func `a delivery that cannot be claimed is a dead letter, and the others are sent`() async throws {
        let sender = try await SendingScene(broker: broker)
        let scene = sender.scene
        try await scene.run(
            """
            ALTER TABLE deliveries ADD CONSTRAINT nobody_likes CHECK (occurrence_id <> 3 OR state <> 'sending')
            """)
        try await broker.publish(sender.request(20))
        try await sender.sending {
            try await sender.waitForEnds(19)
            try await eventually("a dead letter") { try await deadLetters(scene).count == 1 }
        }
        #expect(sender.channel.attempts.count == 19)
        #expect(try await deadLetters(scene)[0].contains("nobody_likes"))
        try await broker.waitUntilEmpty(SendingScene.queue)
    }

    @Test func `an answer that cannot be recorded is recorded without it, and not sent again`() async throws {
        let sender = try await SendingScene(broker: broker)
        try await sender.scene.run(
            "ALTER TABLE sag_reminder_logs ADD CONSTRAINT nobody_likes CHECK (reply IS DISTINCT FROM '250 poison')")
        sender.channel.script(.user("2"), .delivered(reply: "250 poison"))
        try await broker.publish(sender.request(5) + sender.request(1, for: "2"))
        try await sender.sending { try await sender.waitForEnds(6) }
        #expect(sender.channel.attempts.count == 6)
        let ends = try await sender.ends()
        #expect(ends.filter { $0.hasSuffix("250 OK") }.count == 5)
        #expect(ends.contains { $0.hasPrefix("1 sent 1 the record with its texts was refused") })
        #expect(try await deadLetters(sender.scene).isEmpty)
        try await broker.waitUntilEmpty(SendingScene.queue)
    }

    @Test func `an end that cannot be recorded at all is a dead letter, and not sent again`() async throws {
        let sender = try await SendingScene(broker: broker)
        let scene = sender.scene
        try await scene.run(
            "ALTER TABLE deliveries ADD CONSTRAINT nobody_likes CHECK (occurrence_id <> 3 OR state <> 'sent')")
        try await broker.publish(sender.request(20))
        try await sender.sending {
            try await sender.waitForEnds(19)
            try await eventually("a dead letter") { try await deadLetters(scene).count == 1 }
        }
        #expect(sender.channel.attempts.count == 20)
        let letter = try await deadLetters(scene)[0]
        #expect(letter.contains("attempt 1 came to “delivered”") && letter.contains("nobody_likes"))
        try await broker.waitUntilEmpty(SendingScene.queue)
    }
}
