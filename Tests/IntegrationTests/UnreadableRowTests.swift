import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// Rows that a newer version wrote, or a hand: the others of their batch, and of their list, are read all the same.
@Suite struct UnreadableRowTests {
    private let scene: Scene
    /// Those of reminders 1 to 5, in their order.
    private let occurrences: [Int64]

    /// Five reminders of one person that have fired, in a schema that takes words this version does not know.
    init() async throws {
        scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.addDueReminders(5, for: ["1"])
        try await scene.run(
            """
            ALTER TABLE sag_reminders DROP CONSTRAINT sag_reminders_priority_check,
                DROP CONSTRAINT sag_reminders_month_end_check, ALTER month_end DROP NOT NULL;
            ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check;
            ALTER TABLE popups DROP CONSTRAINT popups_priority_check, ALTER recurring DROP NOT NULL;
            ALTER TABLE user_notification_preferences ALTER quiet_hours_start DROP NOT NULL;
            """)
        occurrences = try await scene.fire().sorted()
    }

    private func makeDueAgain() async throws {
        try await scene.run("UPDATE sag_reminder_times SET next_check_at = now() - interval '1 second'")
    }

    @Test(arguments: ["priority = 'dire'", "month_end = NULL"])
    func `due reminders that can be read are, and the other is named with its reason`(change: String) async throws {
        try await makeDueAgain()
        try await scene.run(
            """
            ALTER TABLE sag_reminders DISABLE TRIGGER USER;
            UPDATE sag_reminders SET \(change) WHERE id = 3;
            """)
        for batch in [
            try await scene.store.dueReminders(limit: 10),
            try await scene.store.dueReminders(ofEach: [OpaqueID("1")], limit: 10),
        ] {
            #expect(batch.reminders.map(\.id).sorted() == [1, 2, 4, 5])
            #expect(batch.unreadable.map(\.id) == [3])
            #expect(batch.unreadable.first?.reason.contains(change.prefix { $0 != " " }) == true)
        }
    }

    @Test func `occurrences that can be read are claimed, and the other is named with its reason`() async throws {
        try await scene.run(
            """
            UPDATE sag_reminders SET priority = 'dire' WHERE id = 3;
            UPDATE sag_reminder_queue SET published_at = NULL, available_at = now() - interval '1 second'
            """)
        let claimed = try await scene.store.claimUnpublished(limit: 10, owner: 2, lease: .seconds(60))
        #expect(claimed.rows.map(\.reminderID).sorted() == [1, 2, 4, 5])
        #expect(claimed.unreadable.map(\.id) == [occurrences[2]])
        #expect(claimed.unreadable.first?.reason.contains("“dire”") == true)
    }

    @Test func `an occurrence of which anything can't be read is not decided, and the others are`() async throws {
        try await scene.run(
            """
            UPDATE sag_reminders SET priority = 'dire' WHERE id = 3;
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at)
            VALUES (\(occurrences[3]), '1', 'email', gen_random_uuid(), 4, 'pondered', now());
            UPDATE sag_reminders SET recipient_user_ids = '{1,2}' WHERE id = 5;
            INSERT INTO user_notification_preferences (user_id, quiet_hours_enabled, quiet_hours_start)
            VALUES ('2', true, NULL) ON CONFLICT (user_id) DO UPDATE
                SET quiet_hours_enabled = excluded.quiet_hours_enabled, quiet_hours_start = excluded.quiet_hours_start;
            """)
        let switches = DecisionFacts.Switches(channels: .all, limit: nil)
        let batch = try await scene.store.facts(ofOccurrences: occurrences, switches: switches)
        #expect(Set(batch.facts.map(\.due.occurrenceID)) == Set(occurrences.prefix(2)))
        #expect(batch.deliveries.isEmpty)
        #expect(Set(batch.unreadable.keys) == Set(occurrences.dropFirst(2)))
        #expect(batch.unreadable[occurrences[4]]?.reason.contains("quiet_hours_start") == true)
        try await scene.decide(occurrences)
        #expect(
            try await scene.texts(
                "SELECT DISTINCT occurrence_id::text FROM deliveries WHERE state <> 'pondered' ORDER BY 1")
                == occurrences.prefix(2).map(String.init))
    }

    @Test func `a delivery in a state nobody knows is not claimed, and the others are`() async throws {
        try await scene.decide(occurrences)
        try await scene.run(
            """
            DELETE FROM deliveries WHERE channel <> 'email';
            UPDATE deliveries SET state = 'pondered' WHERE occurrence_id = \(occurrences[1])
            """)
        let keys = occurrences.map { DeliveryKey(occurrenceID: $0, recipient: .user("1"), channel: .email) }
        let (claims, _) = try await scene.store.claim(keys, owner: 7, lease: .seconds(60)) { _ in false }
        for (place, claim) in claims.enumerated() {
            switch claim {
            case .claimed: #expect(place != 1)
            case .unreadable(let reason): #expect(place == 1 && reason.contains("“pondered”"))
            default: Issue.record("\(claim)")
            }
        }
    }

    @Test(arguments: ["priority = 'dire'", "recurring = NULL"])
    func `pop-ups that can be read are shown, and pages have as many as there are`(change: String) async throws {
        try await scene.run(
            """
            INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id,
                trigger_type, due_at)
            SELECT '1', number, gen_random_uuid(), 1, 'Nr. ' || number, 'case', '1', 'time_based', now()
            FROM generate_series(1, 6) number;
            UPDATE popups SET \(change) WHERE occurrence_id IN (3, 4, 5);
            """)
        let store = scene.store
        #expect(
            try await store.pendingPopups(of: "1", before: nil, limit: 2).map(\.reminder.occurrenceID) == [6, 2])
        #expect(
            try await store.pendingPopups(of: "1", before: nil, limit: 10).map(\.reminder.occurrenceID) == [6, 2, 1])
        let streamed = try await store.pendingPopups(ofUsers: [OpaqueID("1")], limit: 10)
        #expect(streamed[OpaqueID("1")]?.map(\.reminder.occurrenceID) == [1, 2, 6])
    }

    @Test func `lists of reminders leave out what can't be read, and pages have as many as there are`() async throws {
        try await makeDueAgain()
        try await scene.run(
            """
            UPDATE sag_reminders SET sag_id = '1';
            UPDATE sag_reminders SET priority = 'dire' WHERE id IN (2, 3)
            """)
        let store = scene.store
        let ofCase = CaseReminders(about: CaseReference(entityType: "case", id: "1"), limit: 2)
        #expect(try await store.reminders(ofCase).map(\.id) == [1, 4])
        var list = SimpleReminderList(limit: 3)
        #expect(try await store.reminders(list).map(\.id) == [5, 4, 1])
        list.userID = "1"
        list.dueBefore = .distantFuture
        #expect(try await store.reminders(list).map(\.id).count == 3)
        #expect(try await store.markAsSent([1, 2, 4], by: "1").map(\.id).sorted() == [1, 4])
    }

    @Test func `what waits and what ended is listed without what can't be read`() async throws {
        try await scene.decide(occurrences)
        try await scene.run(
            """
            DELETE FROM deliveries WHERE channel <> 'email';
            ALTER TABLE deliveries ALTER requested_at DROP NOT NULL;
            UPDATE deliveries SET requested_at = NULL WHERE occurrence_id IN (\(occurrences[3]), \(occurrences[4]));
            """)
        let store = scene.store
        var waiting = WaitingFilter(from: .distantPast)
        waiting.limit = 3
        #expect(Set(try await store.waiting(waiting).map(\.occurrenceID)) == Set(occurrences.prefix(3)))
        try await scene.run(
            "UPDATE deliveries SET state = 'held', reason = 'rate_limited', release_at = now() + interval '1 hour'")
        #expect(Set(try await store.waiting(waiting).map(\.occurrenceID)) == Set(occurrences.prefix(3)))

        try await scene.run(
            """
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel, due_at,
                week)
            SELECT 'delivery', 'dead', occurrence_id, id, reminder_id, recipient, channel, due_at,
                week_of_id(occurrence_id) FROM deliveries;
            UPDATE deliveries SET state = 'dead', release_at = NULL;
            UPDATE deliveries SET state = 'pondered' WHERE occurrence_id IN (\(occurrences[3]), \(occurrences[4]));
            UPDATE sag_reminder_logs SET due_at = NULL WHERE occurrence_id IN (\(occurrences[2]), \(occurrences[4]));
            """)
        var ended = EndedFilter(outcomes: [.dead], since: .distantPast)
        ended.limit = 3
        #expect(try await store.endedDeliveries(ended).count == 3)
        var records = FinalRecordFilter()
        records.limit = 3
        #expect(
            Set(try await store.finalRecords(records).map(\.occurrenceID))
                == [occurrences[0], occurrences[1], occurrences[3]])
    }

    @Test func `what is overdue is listed without what can't be read`() async throws {
        try await makeDueAgain()
        try await scene.run(
            """
            UPDATE sag_reminder_times SET next_check_at = now() - interval '1 hour' - reminder_id * interval '1 second';
            ALTER TABLE sag_reminders ALTER sag_id DROP NOT NULL, DISABLE TRIGGER USER;
            UPDATE sag_reminders SET sag_id = NULL WHERE id IN (4, 5);
            """)
        var waiting = WaitingFilter(from: .distantPast)
        waiting.limit = 3
        #expect(try await scene.store.overdue(waiting).map(\.reminderID) == [3, 2, 1])
    }
}
