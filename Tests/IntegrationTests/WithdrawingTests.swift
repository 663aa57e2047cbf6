import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersSending
@testable import RemindersStore

/// What changed between the decision and the sending, and what a message carries together.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WithdrawingTests: SenderSuite {
    let sender: SendingScene

    init() async throws {
        sender = try await .ofTest(in: Self.self)
        try await scene.addUsers("1")
        try await scene.run("INSERT INTO cases (entity_type, id, status) VALUES ('case', '123', 'ny')")
    }

    /// Occurrences of as many reminders of user 1.
    private func occurrences(_ count: Int) async throws -> [Int64] {
        try await scene.addDueReminders(count, for: ["1"])
        return try await scene.fire()
    }

    private func change(_ occurrence: Int64, _ sql: String) async throws {
        let reminder = try await scene.number(
            "SELECT reminder_id FROM sag_reminder_queue WHERE id = $1", [.int8(occurrence)])
        try await scene.run(
            sql.replacing("$reminder", with: "\(reminder)").replacing("$occurrence", with: "\(occurrence)"))
    }

    /// What happens after the decision, and the reason that is recorded.
    private static let changes: [(sql: String, reason: String?)] = [
        ("UPDATE sag_reminders SET deleted_at = now() WHERE id = $reminder", "reminder_deleted"),
        ("UPDATE sag_reminders SET is_active = false WHERE id = $reminder", "deactivated"),
        (
            "INSERT INTO sag_reminder_responses (reminder_id, user_id, dismissed_at) VALUES ($reminder, '1', now())",
            "dismissed"
        ),
        (
            """
            INSERT INTO sag_reminder_responses (reminder_id, user_id, snoozed_until)
            VALUES ($reminder, '1', now() + interval '1 hour')
            """, "snoozed"
        ),
        (
            """
            UPDATE sag_reminder_queue SET trigger_type = 'status_change', new_status = 'i_gang' WHERE id = $occurrence
            """, "case_status_changed"
        ),
        (
            """
            UPDATE sag_reminder_queue SET trigger_type = 'deadline_approaching', deadline = now() WHERE id = $occurrence
            """, "deadline_removed"
        ),
        // What does not concern this person, or is over, changes nothing.
        (
            "INSERT INTO sag_reminder_responses (reminder_id, user_id, dismissed_at) VALUES ($reminder, '2', now())",
            nil
        ),
        (
            """
            INSERT INTO sag_reminder_responses (reminder_id, user_id, snoozed_until)
            VALUES ($reminder, '1', now() - interval '1 second')
            """, nil
        ),
        (
            "UPDATE sag_reminder_queue SET trigger_type = 'status_change', new_status = 'ny' WHERE id = $occurrence",
            nil
        ),
    ]

    @Test func `what is not wanted any more when it is sent is withdrawn with the reason, the rest is sent`()
        async throws
    {
        let ids = try await occurrences(WithdrawingTests.changes.count)
        let messages = try await sender.request(of: ids)
        for (id, change) in zip(ids, WithdrawingTests.changes) { try await self.change(id, change.sql) }
        try await sender.sending {
            try await broker.publish(messages)
            try await sender.waitForEnds(ids.count)
            let logged = try await broker.take(ids.count, from: BrokerScene.listener)
                .map { try DeliveryLogged(decoding: $0.body) }
            #expect(logged.filter { $0.outcome == .withdrawn }.allSatisfy { $0.attempts == 0 && $0.reason != nil })
            #expect(logged.count { $0.outcome == .sent } == 3)
        }
        #expect(
            try await sender.ends()
                == zip(ids, WithdrawingTests.changes).map { id, change in
                    change.reason.map { "\(id) withdrawn \($0)" } ?? "\(id) sent 1 250 OK"
                })
        #expect(channel.attempts.count == 3)
        // Nobody has attempted what was withdrawn.
        #expect(
            try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'withdrawn' AND attempts = 0") == 6)
        try await broker.waitUntilEmpty(SendingScene.queue)
    }

    @Test func `a case that was closed, deleted or given another deadline meanwhile withdraws all about it`()
        async throws
    {
        for (sql, reason) in [
            ("closed_at = now()", "case_closed"), ("deleted_at = now()", "case_deleted"),
            ("closed_at = NULL, deleted_at = NULL, deadline = now() + interval '2 hours'", "deadline_moved"),
        ] {
            let id = try await occurrences(1)[0]
            let messages = try await sender.request(of: [id])
            if reason == "deadline_moved" {
                try await change(
                    id,
                    "UPDATE sag_reminder_queue SET trigger_type = 'deadline_approaching', deadline = now() WHERE id = $occurrence"
                )
            }
            try await scene.run("UPDATE cases SET \(sql)")
            try await sender.sending {
                try await broker.publish(messages)
                try await eventually("an end of \(id)") {
                    try await sender.ends().contains("\(id) withdrawn \(reason)")
                }
            }
        }
        #expect(channel.attempts.isEmpty)
    }

    @Test func `what is withdrawn between two attempts says how many there were`() async throws {
        channel.script(.user("1"), .deferred(after: nil, reply: "451 later"))
        let ids = try await occurrences(1)
        let messages = try await sender.request(of: ids)
        try await sender.sending {
            try await broker.publish(messages)
            try await eventually("a message in the retry queue") { try await broker.count(retries) == 1 }
            try await change(ids[0], "UPDATE sag_reminders SET is_active = false WHERE id = $reminder")
            try await sender.waitForEnds(1, within: .seconds(15))
        }
        #expect(channel.attempts.count == 1)
        #expect(try await sender.ends() == ["\(ids[0]) withdrawn 1 deactivated"])
        #expect(try await scene.number("SELECT attempts FROM deliveries") == 1)
    }

    // MARK: Digests

    @Test func `what a message carries ends with it, each with its own record`() async throws {
        let ids = try await occurrences(3)
        let messages = try await sender.request(of: ids, asDigest: true)
        try await sender.sending {
            try await broker.publish(messages)
            try await sender.waitForEnds(3)
            let logged = try await broker.take(3, from: BrokerScene.listener)
            #expect(Set(try logged.map { try DeliveryLogged(decoding: $0.body).occurrenceID }) == Set(ids))
            // It comes again after the end.
            try await broker.publish(messages)
            try await broker.waitUntilEmpty(SendingScene.queue)
        }
        #expect(channel.shown == [ids.map { "Nr. \($0)" }.joined(separator: ", ")])
        #expect(try await sender.ends() == ids.map { "\($0) sent 1 250 OK" })
        // All in one transaction.
        #expect(try await scene.number("SELECT count(DISTINCT xmin::text) FROM sag_reminder_logs") == 1)
        #expect(
            try await scene.texts(
                "SELECT coalesce(details ->> 'carrier_occurrence_id', '') FROM sag_reminder_logs ORDER BY occurrence_id"
            )
                == ["", "\(ids[0])", "\(ids[0])"])
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'sent' AND attempts = 1") == 3)
    }

    @Test func `what is not wanted of a digest is left out, its own delivery too, and nothing is lost`() async throws {
        let ids = try await occurrences(3)
        let messages = try await sender.request(of: ids, asDigest: true)
        try await change(ids[0], "UPDATE sag_reminders SET is_active = false WHERE id = $reminder")
        try await change(ids[2], "UPDATE sag_reminders SET deleted_at = now() WHERE id = $reminder")
        try await sender.sending {
            try await broker.publish(messages)
            try await sender.waitForEnds(3)
        }
        #expect(channel.shown == ["Nr. \(ids[1])"])
        #expect(
            try await sender.ends() == [
                "\(ids[0]) withdrawn deactivated", "\(ids[1]) sent 1 250 OK", "\(ids[2]) withdrawn reminder_deleted",
            ])
    }

    @Test func `a digest that is tried again is tried again whole, and what is unwanted by then is left out`()
        async throws
    {
        channel.script(.user("1"), .deferred(after: nil, reply: "451 later"))
        let ids = try await occurrences(3)
        let messages = try await sender.request(of: ids, asDigest: true)
        try await change(ids[1], "UPDATE sag_reminders SET is_active = false WHERE id = $reminder")
        try await sender.sending {
            try await broker.publish(messages)
            try await eventually("a message in the retry queue") { try await broker.count(retries) == 1 }
            #expect(try await sender.ends().isEmpty)
            // Wanted again, and another not any more.
            try await change(ids[1], "UPDATE sag_reminders SET is_active = true WHERE id = $reminder")
            try await change(ids[0], "UPDATE sag_reminders SET is_active = false WHERE id = $reminder")
            try await sender.waitForEnds(3, within: .seconds(15))
        }
        #expect(channel.shown == ["Nr. \(ids[0]), Nr. \(ids[2])", "Nr. \(ids[1]), Nr. \(ids[2])"])
        #expect(
            try await sender.ends() == [
                "\(ids[0]) withdrawn 1 deactivated", "\(ids[1]) sent 2 250 OK", "\(ids[2]) sent 2 250 OK",
            ])
    }

    @Test func `a digest that is given up is dead with all it carries, and one dead letter`() async throws {
        channel.script(.user("1"), .deferred(after: nil, reply: "451 still not"))
        let ids = try await occurrences(2)
        let messages = try await sender.request(of: ids, asDigest: true)
        try await scene.run(
            "UPDATE deliveries SET attempts = \(RetryLadder.standard.maximumAttempts - 1) WHERE occurrence_id = \(ids[0])"
        )
        try await sender.sending {
            try await broker.publish(messages)
            let dead = try await broker.take(1, from: SendingScene.queue.deadLetterQueue)
            #expect(try DeliveryRequested(decoding: dead[0].body).digest.count == 1)
        }
        #expect(
            try await sender.ends()
                == ids.map {
                    "\($0) dead \(RetryLadder.standard.maximumAttempts) the last attempt failed 451 still not"
                })
    }

    @Test func `a sender that died with a digest leaves all of it to the next`() async throws {
        let ids = try await occurrences(2)
        let messages = try await sender.request(of: ids, asDigest: true)
        try await scene.run(
            """
            UPDATE deliveries SET state = 'sending', attempts = 1, owner = 99, lease_until = now() + interval '1 hour'
            WHERE occurrence_id = \(ids[0])
            """)
        try await sender.sending {
            try await broker.publish(messages)
            try await sender.waitForEnds(2)
        }
        #expect(try await sender.attempts() == ["\(ids[0]) unknown 1"])
        #expect(try await sender.ends() == ids.map { "\($0) sent 2 250 OK" })
    }
}
