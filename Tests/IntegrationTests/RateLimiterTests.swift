import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// The rate-limiter between a real broker and a real database.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RateLimiterTests {
    private static let broker = Task { try await BrokerScene(listening: true) }
    private static let queue = RemindersContracts.Queue.due
    private static let requests = RemindersContracts.Queue.deliveries(of: .email)

    private let scene: Scene
    private let broker: BrokerScene

    init() async throws {
        broker = try await RateLimiterTests.broker.value
        scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await broker.forget(
            RateLimiterTests.requests.rawValue, RateLimiterTests.queue.deadLetterQueue, BrokerScene.listener)
    }

    /// Runs a rate-limiter with this limit while `body` runs, and waits until its queue is empty.
    private func rateLimiting(
        limit: Int, overflow: OverflowPolicy = .defer, _ body: () async throws -> Void
    ) async throws {
        try await rateLimitingOnce(limit: limit, overflow: overflow, body)
        try await broker.waitUntilEmpty(RateLimiterTests.queue)
    }

    /// The same, whatever it leaves in its queue.
    private func rateLimitingOnce(
        limit: Int, overflow: OverflowPolicy = .defer, _ body: () async throws -> Void
    ) async throws {
        let window = PermitWindow(limit: limit)
        let store = try scene.store(as: .rateLimiter)
        try await broker.withConnections(to: RateLimiterTests.queue) { publisher, consumer in
            let rateLimiter = RateLimiter(
                store: store, consumer: consumer, publisher: publisher,
                deadLetters: DeadLetterOffice(
                    store: store, publisher: publisher, queue: RateLimiterTests.queue, logger: Scene.quiet),
                policy: .init(switches: .init(channels: .all, limit: window, overflow: overflow)), logger: Scene.quiet,
                messagesReady: { _ in 0 })
            let releasing = Task { await rateLimiter.release() }
            await rateLimiter.run()
            releasing.cancel()
            await releasing.value
        } _: {
            try await body()
        }
    }

    @Test func `what is due is requested from the channel's sender, and the ledger has it`() async throws {
        try await scene.addDueReminders(20, for: ["1", "2"])
        let occurrences = try await scene.fire()
        try await broker.publish(scene.dueMessages(occurrences))
        try await rateLimiting(limit: 100) {
            let requested = try await broker.take(40, from: RateLimiterTests.requests.rawValue)
            let requests = try requested.map { try DeliveryRequested(decoding: $0.body) }
            #expect(Set(requests.map { "\($0.reminder.occurrenceID) \($0.recipient.key)" }).count == 40)
            let rows = try await scene.texts("SELECT concat_ws(' ', id, occurrence_id, recipient) FROM deliveries")
            #expect(
                Set(rows)
                    == Set(requests.map { "\($0.reminder.deliveryID) \($0.reminder.occurrenceID) \($0.recipient.key)" })
            )
            #expect(requested.allSatisfy { $0.properties.type == "delivery.requested.v1" && $0.traceparent != nil })
            #expect(requests.allSatisfy { $0.address == "user\($0.recipient.key)@example.com" })
        }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE status = 'sent'") == 20)
        #expect(try await scene.number("SELECT count(*) FROM permits") == 40)
    }

    @Test func `what is over the limit waits in the database, and is requested when its time has come`() async throws {
        try await scene.addDueReminders(3, for: ["1"])
        let occurrences = try await scene.fire()
        try await broker.publish(scene.dueMessages(occurrences))
        try await rateLimiting(limit: 2) {
            let first = try await broker.take(2, from: RateLimiterTests.requests.rawValue)
            #expect(
                try first.map { try DeliveryRequested(decoding: $0.body).reminder.occurrenceID }
                    == Array(occurrences.prefix(2)))
            #expect(
                try await scene.text("SELECT status FROM sag_reminder_queue WHERE id = $1", [.int8(occurrences[2])])
                    == "rate_limited")

            // An hour later.
            try await scene.run(
                "UPDATE permits SET granted_at = granted_at - interval '1 hour'; UPDATE deliveries SET release_at = now() WHERE state = 'held'"
            )
            let last = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            #expect(try DeliveryRequested(decoding: last[0].body).reminder.occurrenceID == occurrences[2])
            try await eventually("a release that is over") {
                try await scene.number("SELECT count(*) FROM deliveries WHERE release_at IS NOT NULL") == 0
            }
        }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE status = 'sent'") == 3)
    }

    @Test func `what is held to be tried anew is requested with its generation, and what ended stays`() async throws {
        try await scene.addDueReminders(1, for: ["1"])
        let due = try await scene.dueMessages(try await scene.fire())
        try await rateLimiting(limit: 5) {
            try await broker.publish(due)
            let first = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            try await scene.run(
                """
                UPDATE deliveries SET state = 'dead', finished_at = now();
                INSERT INTO deliveries (occurrence_id, recipient, channel, generation, id, reminder_id, state, due_at,
                    release_at)
                SELECT occurrence_id, recipient, channel, 1, id, reminder_id, 'held', due_at, now() FROM deliveries
                """)
            let again = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            let requests = try (first + again).map { try DeliveryRequested(decoding: $0.body) }
            #expect(requests.map(\.reminder.generation) == [0, 1])
            #expect(Set(requests.map(\.reminder.deliveryID)).count == 1)
            try await eventually("a release that is over") {
                try await scene.number("SELECT count(*) FROM deliveries WHERE release_at IS NOT NULL") == 0
            }
            // The due message once more asks for the newest.
            try await broker.publish(due)
            let third = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            #expect(try DeliveryRequested(decoding: third[0].body).reminder.generation == 1)
        }
        #expect(
            try await scene.texts("SELECT generation || ' ' || state FROM deliveries ORDER BY 1")
                == ["0 dead", "1 requested"])
    }

    @Test func `what ended is asked for again as a next generation under its id, and decided about anew`() async throws
    {
        try await scene.addDueReminders(3, for: ["1"])
        let occurrences = try await scene.fire()
        try await broker.publish(scene.dueMessages(occurrences))
        try await rateLimiting(limit: 4) {
            let first = try await broker.take(3, from: RateLimiterTests.requests.rawValue)
                .map { try DeliveryRequested(decoding: $0.body).reminder }
            // Two were given up, one is on its way; of the two, one reminder was deleted meanwhile.
            try await scene.run(
                """
                UPDATE deliveries SET state = 'dead', finished_at = now(), release_at = NULL
                WHERE occurrence_id <> \(occurrences[2]);
                INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel,
                    due_at, week)
                SELECT 'delivery', 'dead', occurrence_id, id, reminder_id, recipient, channel, due_at,
                    week_of_id(occurrence_id)
                FROM deliveries WHERE state = 'dead';
                UPDATE sag_reminders SET deleted_at = now() WHERE id = (
                    SELECT reminder_id FROM sag_reminder_queue WHERE id = \(occurrences[1]));
                """)
            let found = try await scene.store.endedDeliveries(
                EndedFilter(outcomes: [.dead, .unknown], since: .distantPast))
            #expect(Set(found.map(\.id)) == Set(first.prefix(2).map(\.deliveryID)))
            // Everybody asks at once.
            let asked = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await scene.store.askAgain(for: first.map(\.deliveryID), by: "operator").count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(asked == 2)
            let again = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
                .map { try DeliveryRequested(decoding: $0.body).reminder }
            #expect(again.map(\.generation) == [1])
            #expect(again.map(\.deliveryID) == [first[0].deliveryID])
            try await eventually("the deleted one's end") {
                try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'withdrawn' AND generation = 1")
                    == 1
            }
            #expect(
                try await scene.texts(
                    "SELECT concat_ws(' ', outcome, generation, details ->> 'by') FROM sag_reminder_logs WHERE kind = 'retry'"
                )
                    == ["dead 1 operator", "dead 1 operator"])
            #expect(try await scene.store.endedDeliveries(EndedFilter(outcomes: [.dead], since: .distantPast)).isEmpty)
        }
    }

    @Test func `many that are asked for again for one person keep to the limit`() async throws {
        try await scene.addDueReminders(6, for: ["1"])
        let occurrences = try await scene.fire()
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, finished_at)
            SELECT id, '1', 'email', gen_random_uuid(), reminder_id, 'dead', due_at, now() FROM sag_reminder_queue;
            """)
        let ids = try await scene.texts("SELECT id::text FROM deliveries").compactMap(DeliveryID.init)
        #expect(ids.count == occurrences.count)
        #expect(try await scene.store.askAgain(for: ids, by: "operator").count == 6)
        try await rateLimiting(limit: 2) {
            _ = try await broker.take(2, from: RateLimiterTests.requests.rawValue)
            try await eventually("four that wait for the limit") {
                try await scene.number(
                    "SELECT count(*) FROM deliveries WHERE state = 'held' AND reason = 'rate_limited' AND generation = 1"
                )
                    == 4
            }
        }
        #expect(try await scene.number("SELECT count(*) FROM permits") == 2)
    }

    @Test func `a due message that comes again is requested again under the same id, and nothing else`() async throws {
        try await scene.addDueReminders(1, for: ["1"])
        let due = try await scene.dueMessages(try await scene.fire())
        try await rateLimiting(limit: 5) {
            try await broker.publish(due)
            let first = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            try await broker.publish(due + due)
            let again = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            let ids = try (first + again).map { try DeliveryRequested(decoding: $0.body).reminder.deliveryID }
            #expect(Set(ids).count == 1)
        }
        #expect(try await scene.number("SELECT count(*) FROM deliveries") == 1)
        #expect(try await scene.number("SELECT count(*) FROM permits") == 1)
    }

    @Test func `a message that cannot be read ends as a dead letter with its reason, and the others go on`()
        async throws
    {
        try await scene.addDueReminders(1, for: ["1"])
        let good = try await scene.dueMessages(try await scene.fire())
        var garbage = good[0]
        garbage.body = Array("{\"occurrence_id\": \"seven\"}".utf8)
        garbage.properties.messageID = "garbage"
        var foreign = good[0]
        foreign.properties.type = "invoice.paid.v1"
        try await rateLimiting(limit: 5) {
            try await broker.publish([garbage, foreign] + good)
            _ = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            let dead = try await broker.take(2, from: RateLimiterTests.queue.deadLetterQueue)
            let reasons = Dictionary(uniqueKeysWithValues: dead.map { ($0.body, $0.reason ?? "") })
            #expect(reasons[garbage.body]?.contains("/occurrence_id") == true)
            #expect(reasons[foreign.body]?.contains("invoice.paid.v1") == true)
        }
        let rows = try await scene.texts(
            "SELECT concat_ws('|', queue, message_id, reason) FROM dead_letters ORDER BY id")
        #expect(rows.count == 2)
        #expect(rows.contains { $0.hasPrefix("rate-limiter.due|garbage|") && $0.contains("/occurrence_id") })
    }

    @Test func `a due message comes back when what followed was not published, whatever its message id says`()
        async throws
    {
        try await scene.addDueReminders(2, for: ["1"])
        var due = try await scene.dueMessages(try await scene.fire())
        due[0].properties.messageID = nil
        due[1].properties.messageID = "of somebody else"
        let server = try await RabbitMQServer.shared()
        try await server.rabbitmqctl(
            "delete_queue", "-p", broker.configuration.virtualHost, RateLimiterTests.requests.rawValue)
        try await broker.publish(due)
        try await rateLimitingOnce(limit: 5) {
            try await eventually("two decisions") { try await scene.number("SELECT count(*) FROM deliveries") == 2 }
        }
        try await eventually("two due messages that came back") {
            try await broker.count(RateLimiterTests.queue.rawValue) == 2
        }

        try await declareTopology(configuration: broker.configuration, topology: .reminders())
        try await rateLimiting(limit: 5) {
            let requested = try await broker.take(2, from: RateLimiterTests.requests.rawValue)
            #expect(
                Set(try requested.map { try DeliveryRequested(decoding: $0.body).reminder.occurrenceID }).count == 2)
        }
        #expect(try await scene.number("SELECT count(*) FROM permits") == 2)
    }

    @Test func `what ends without an attempt is announced`() async throws {
        try await scene.addDueReminders(1, for: ["404"])
        let due = try await scene.dueMessages(try await scene.fire())
        try await rateLimiting(limit: 5) {
            try await broker.publish(due)
            let logged = try await broker.take(1, from: BrokerScene.listener)
            #expect(logged[0].routingKey == "email.rejected")
            #expect(try DeliveryLogged(decoding: logged[0].body).reason == "unknown_user")
        }
    }

    @Test func `what another rate-limiter released but did not publish is published when its lease is over`()
        async throws
    {
        try await scene.addDueReminders(1, for: ["1"])
        let occurrence = try await scene.fire()[0]
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, release_at)
            SELECT id, '1', 'email', gen_random_uuid(), reminder_id, 'requested', due_at, now() + interval '300 milliseconds'
            FROM sag_reminder_queue
            """)
        try await rateLimiting(limit: 5) {
            let requested = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            #expect(try DeliveryRequested(decoding: requested[0].body).reminder.occurrenceID == occurrence)
        }
        #expect(try await scene.number("SELECT count(*) FROM permits") == 0)
    }

    @Test func `what waited leaves as one message in digests, and its rows are left alone from then on`() async throws {
        try await scene.addDueReminders(4, for: ["1"])
        let occurrences = try await scene.fire()
        try await broker.publish(scene.dueMessages(occurrences))
        try await rateLimiting(limit: 1, overflow: .digest) {
            _ = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            try await eventually("three that wait") {
                try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'held'") == 3
            }
            try await scene.run(
                "UPDATE permits SET granted_at = granted_at - interval '1 hour'; UPDATE deliveries SET release_at = now() WHERE state = 'held'"
            )
            let digest = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            let request = try DeliveryRequested(decoding: digest[0].body)
            #expect(request.reminders.map(\.occurrenceID) == Array(occurrences[1...]))
            #expect(request.digest.map(\.title) == ["Follow up 3", "Follow up 4"])
            try await eventually("a release that is over") {
                try await scene.number("SELECT count(*) FROM deliveries WHERE release_at IS NOT NULL") == 0
            }
        }
        #expect(try await broker.count(RateLimiterTests.requests.rawValue) == 0)
    }

    @Test func `a digest that was committed when its process died is published whole by another`() async throws {
        try await scene.addDueReminders(3, for: ["1"])
        let occurrences = try await scene.fire()
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, release_at,
                carrier_occurrence_id)
            SELECT id, '1', 'email', gen_random_uuid(), reminder_id, 'requested', due_at,
                now() + interval '300 milliseconds', \(occurrences[0])
            FROM sag_reminder_queue
            """)
        // Also their due messages come again: nobody acknowledged them either.
        try await broker.publish(scene.dueMessages(occurrences))
        try await rateLimiting(limit: 5) {
            let requested = try await broker.take(1, from: RateLimiterTests.requests.rawValue)
            let request = try DeliveryRequested(decoding: requested[0].body)
            #expect(request.reminders.map(\.occurrenceID) == occurrences)
            try await eventually("a release that is over") {
                try await scene.number("SELECT count(*) FROM deliveries WHERE release_at IS NOT NULL") == 0
            }
        }
        #expect(try await broker.count(RateLimiterTests.requests.rawValue) == 0)
        #expect(try await scene.number("SELECT count(*) FROM permits") == 0)
    }

    // MARK: - what this version can't read

    @Test func `a row that a newer version wrote is set aside with its reason, and holds nobody up`() async throws {
        let reminders = try await scene.addDueReminders(5, for: ["1"])
        let occurrences = try await scene.fire()
        try await scene.run(
            """
            ALTER TABLE sag_reminders DROP CONSTRAINT sag_reminders_priority_check;
            UPDATE sag_reminders SET priority = 'critical' WHERE id = \(reminders[2]);
            """)
        try await broker.publish(scene.dueMessages(occurrences))
        try await rateLimiting(limit: 100) {
            let requested = try await broker.take(4, from: RateLimiterTests.requests.rawValue)
            #expect(
                Set(try requested.map { try DeliveryRequested(decoding: $0.body).reminder.occurrenceID })
                    == Set(occurrences).subtracting([occurrences[2]]))
            let dead = try await broker.take(1, from: RateLimiterTests.queue.deadLetterQueue)
            #expect(try ReminderDue(decoding: dead[0].body).occurrenceID == occurrences[2])
        }
        #expect(
            try await scene.text("SELECT reason FROM dead_letters")
                == "column priority holds “critical”, which this version does not know")
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE occurrence_id = \(occurrences[2])") == 0)
    }

    @Test func `what is held and can't be read when its time comes waits on, and the rest is released`() async throws {
        let reminders = try await scene.addDueReminders(3, for: ["1"])
        let occurrences = try await scene.fire()
        try await broker.publish(scene.dueMessages(occurrences))
        try await rateLimiting(limit: 1) {
            try await eventually("two held") {
                try await scene.number(
                    "SELECT count(DISTINCT occurrence_id) FROM deliveries WHERE state = 'held'") == 2
            }
        }
        try await scene.run(
            """
            ALTER TABLE sag_reminders DROP CONSTRAINT sag_reminders_priority_check;
            UPDATE sag_reminders SET priority = 'critical' WHERE id = \(reminders[1]);
            UPDATE deliveries SET release_at = now() - interval '1 second' WHERE state = 'held';
            """)
        try await rateLimiting(limit: 100) {
            try await eventually("the other one released") {
                try await scene.number(
                    "SELECT count(*) FROM deliveries WHERE occurrence_id = \(occurrences[2]) AND state = 'requested'")
                    == 1
            }
            try await eventually("the unreadable one put off") {
                try await scene.number(
                    """
                    SELECT count(*) FROM deliveries WHERE occurrence_id = \(occurrences[1]) AND state = 'held'
                        AND release_at > now() + interval '30 seconds'
                    """) == 1
            }
        }
    }
}

extension Sequence where Element: Sendable {
    /// `map` for what has to be waited for.
    func asyncMap<Value>(
        isolation: isolated (any Actor)? = #isolation, _ transform: (Element) async throws -> Value
    ) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
