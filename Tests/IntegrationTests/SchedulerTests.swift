import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersScheduling
@testable import RemindersStore

/// The scheduler between a real database and a real broker.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SchedulerTests {
    private static let broker = Task { try await BrokerScene() }
    let scene: Scene
    let broker: BrokerScene

    init() async throws {
        broker = try await SchedulerTests.broker.value
        scene = try await Scene.make()
        try await broker.forget(
            RemindersContracts.Queue.due.rawValue, RemindersContracts.Queue.caseEvents.deadLetterQueue)
    }

    /// Runs that many schedulers while `body` runs.
    func scheduling(
        _ schedulers: Int = 1, batchSize: Int = 50, _ body: () async throws -> Void
    ) async throws {
        let store = try scene.store(as: .scheduler)
        let publisher = Publisher(configuration: broker.configuration, logger: Scene.quiet)
        let publishing = Task { await publisher.run() }
        var configuration = Scheduler.Configuration()
        configuration.batchSize = batchSize
        let presences = (1...schedulers).map { _ in Presence(store: store, logger: Scene.quiet) }
        let showing = presences.map { presence in Task { await presence.run() } }
        defer { for task in showing { task.cancel() } }
        let all = presences.map { presence in
            Scheduler(
                store: store, publisher: publisher, presence: presence, configuration: configuration,
                logger: Scene.quiet)
        }
        let tasks = all.flatMap { scheduler in
            [Task { await scheduler.run() }, Task { await scheduler.listen() }]
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for scheduler in all { scheduler.stop() }
        for (number, task) in tasks.enumerated() {
            if number % 2 == 1 { task.cancel() }
            await task.value
        }
        await publisher.stop()
        await publishing.value
        try result.get()
    }

    func take(_ count: Int) async throws -> [ReminderDue] {
        try await broker.take(count, from: RemindersContracts.Queue.due.rawValue).map {
            try ReminderDue(decoding: $0.body)
        }
    }

    @Test func `three schedulers publish what is due, each occurrence once, and mark it`() async throws {
        let reminders = try await scene.addDueReminders(400, for: ["1"])
        try await scheduling(3) {
            let due = try await take(400)
            #expect(Set(due.map(\.reminderID)) == Set(reminders))
            #expect(Set(due.map(\.occurrenceID)).count == 400)
            try await eventually("all marked as published") {
                try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE published_at IS NULL") == 0
            }
        }
        #expect(try await broker.count(RemindersContracts.Queue.due.rawValue) == 0)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE status = 'processing'") == 400)
    }

    @Test func `a sleeping scheduler is woken by what is due sooner`() async throws {
        try await scheduling {
            // It sleeps for five minutes now.
            try await eventually("a listener") {
                try await scene.number(
                    "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND datname = current_database()"
                ) == 1
            }
            let begin = ContinuousClock.now
            try await scene.run(
                "INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at) VALUES ('1', 'soon', '{1}', now() + interval '400 milliseconds')"
            )
            #expect(try await take(1).map(\.title) == ["soon"])
            #expect(ContinuousClock.now - begin < .seconds(5))
        }
    }

    @Test func `a recurring reminder is moved on, from its time and not from now`() async throws {
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_local, time_zone, recurrence_type, planned_for)
            VALUES ('1', 'daily', '{1}', '2026-01-01T09:00', 'Europe/Copenhagen', 'daily', now() - interval '3 days')
            """)
        try await scheduling { _ = try await take(1) }
        #expect(
            try await scene.text(
                "SELECT to_char(next_check_at AT TIME ZONE 'Europe/Copenhagen', 'HH24:MI:SS') FROM sag_reminder_times WHERE next_check_at > now()"
            )
                == "09:00:00")
        #expect(try await scene.texts("SELECT kind FROM sag_reminder_logs") == ["skipped"])
    }

    @Test func `a case event changes its case once, and what waits for its status is due`() async throws {
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
            VALUES ('7', 'done!', '{1}', 'status_change', '{"target_status": "done"}')
            """)
        let events = ["open", "done"].enumerated().map { number, status in
            event("e\(number)", .statusChanged, CaseData(reference: .init(entityType: "case", id: "7"), status: status))
        }
        try await broker.takingInCaseEvents(of: scene) {
            try await scheduling {
                try await broker.publish(events.map(Message.init(caseEvent:)))
                #expect(try await take(1).map(\.title) == ["done!"])
                try await broker.publish(events.map(Message.init(caseEvent:)))
                try await broker.publish(
                    Message(
                        caseEvent: event(
                            "last", .changed, CaseData(reference: .init(entityType: "case", id: "7"), title: "Leak")))
                )
                try await eventually { try await scene.text("SELECT title FROM cases") == "Leak" }
            }
        }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 1)
        #expect(try await scene.number("SELECT count(*) FROM case_events") == 3)
        try await broker.waitUntilEmpty(.caseEvents)
    }

    @Test func `a case event that cannot be read, or is too large, is a dead letter, and nothing else is disturbed`()
        async throws
    {
        let good = Message(
            caseEvent: event("good", .created, CaseData(reference: .init(entityType: "case", id: "8"), title: "Leak")))
        var malformed = good
        malformed.body = Array(
            String(decoding: good.body, as: UTF8.self).replacing("\"id\":\"8\"", with: "\"id\":true").utf8)
        var large = good
        large.body = Array(repeating: UInt8(ascii: "x"), count: 300_000)
        var configuration = broker.configuration
        configuration.maximumBodyBytes = 1_000_000
        let careless = Publisher(configuration: configuration, logger: Scene.quiet)
        let publishing = Task { await careless.run() }
        defer { publishing.cancel() }
        try await eventually { careless.isReady }
        try await broker.takingInCaseEvents(of: scene) {
            #expect(await careless.publish([malformed, large, good]).allSatisfy { $0 == .confirmed })
            try await eventually { try await scene.text("SELECT count(*)::text FROM cases WHERE id = '8'") == "1" }
            let dead = try await broker.take(
                2, from: RemindersContracts.Queue.caseEvents.deadLetterQueue, upTo: 1_000_000)
            // The large one too, whole.
            #expect(Set(dead.map(\.body)) == [malformed.body, large.body])
        }
        let reasons = try await scene.texts("SELECT reason FROM dead_letters ORDER BY id")
        #expect(reasons.contains { $0.contains("/data/id") })
        #expect(reasons.contains { $0.contains("300000") })
        try await broker.waitUntilEmpty(.caseEvents)
    }

    @Test func `the time of a binary event comes as AMQP's timestamp too, and a form that is not read is refused`()
        async throws
    {
        func binary(_ id: String, time: FieldValue) -> Message {
            var message = Message(
                caseEvent: event(id, .changed, CaseData(reference: .init(entityType: "case", id: "9"))))
            message.body = [0xEF, 0xBB, 0xBF] + Array("{\"id\":\"9\",\"title\":\"\(id)\"}".utf8)
            message.properties.contentType = "application/json"
            message.properties.headers = [
                "cloudEvents:specversion": .string("1.0"), "cloudEvents:id": .string(id),
                "cloudEvents:source": .string("/x"),
                "cloudEvents:type": .string(CaseEvent.Kind.changed.rawValue), "cloudEvents:time": time,
            ]
            return message
        }
        try await broker.takingInCaseEvents(of: scene) {
            // Of those that come together the newest speaks last, whatever their order: so one comes before.
            try await broker.publish(binary("timestamp", time: .timestamp(1_770_733_799)))
            try await eventually { try await scene.number("SELECT count(*) FROM case_events") == 1 }
            try await broker.publish(
                binary("wrong", time: .bool(true)), binary("late", time: .int64(1_770_733_798_999)),
                binary("integer", time: .int32(1_770_733_800)))
            try await eventually { try await scene.number("SELECT count(*) FROM case_events") == 3 }
            _ = try await broker.take(1, from: RemindersContracts.Queue.caseEvents.deadLetterQueue)
        }
        #expect(try await scene.text("SELECT title FROM cases WHERE id = '9'") == "integer")
        #expect(
            try await scene.texts(
                "SELECT event_id || ' ' || outcome || ' ' || extract(epoch FROM event_time)::bigint FROM case_events ORDER BY 1"
            ) == ["integer applied 1770733800", "late stale 1770733799", "timestamp applied 1770733799"])
        #expect(
            try await scene.texts("SELECT reason FROM dead_letters").contains { $0.contains("/time is true or false") })
        try await broker.waitUntilEmpty(.caseEvents)
    }

    private func event(_ id: String, _ kind: CaseEvent.Kind, _ data: CaseData) -> CaseEvent {
        CaseEvent(id: id, source: "/cases", kind: kind, data: data)
    }
}
