import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// Rows that a newer version wrote: the others of their batch are read all the same.
@Suite struct UnreadableRowTests {
    /// Five reminders of one person that are due, the third of a priority that this version does not know.
    private func scene() async throws -> Scene {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.addDueReminders(5, for: ["1"])
        return scene
    }

    private func forgetVocabularies(_ scene: Scene) async throws {
        try await scene.run(
            """
            ALTER TABLE sag_reminders DROP CONSTRAINT sag_reminders_priority_check;
            ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check;
            """)
    }

    @Test func `due reminders that can be read fire, and the other is named with its reason`() async throws {
        let scene = try await scene()
        try await forgetVocabularies(scene)
        try await scene.run("UPDATE sag_reminders SET priority = 'dire' WHERE id = 3")
        let fired = try await scene.store.fireDueReminders(limit: 10, owner: 1, lease: .seconds(60)) {
            FiringPlan(occurrences: [$0.dueAt], next: nil)
        }
        #expect(fired.occurrences.rows.map(\.reminderID).sorted() == [1, 2, 4, 5])
        #expect(fired.occurrences.unreadable.map(\.id) == [3])
        #expect(fired.occurrences.unreadable.first?.reason.contains("“dire”") == true)
        #expect(try await scene.texts("SELECT id::text FROM v_pending_reminders") == ["3"])
    }

    @Test func `occurrences that can be read are claimed, and the other is named with its reason`() async throws {
        let scene = try await scene()
        _ = try await scene.fire()
        try await forgetVocabularies(scene)
        try await scene.run(
            """
            UPDATE sag_reminders SET priority = 'dire' WHERE id = 3;
            UPDATE sag_reminder_queue SET published_at = NULL, available_at = now() - interval '1 second'
            """)
        let claimed = try await scene.store.claimUnpublished(limit: 10, owner: 2, lease: .seconds(60))
        #expect(claimed.rows.map(\.reminderID).sorted() == [1, 2, 4, 5])
        #expect(claimed.unreadable.count == 1)
    }

    @Test func `an occurrence of which anything can't be read is not decided, and the others are`() async throws {
        let scene = try await scene()
        let occurrences = try await scene.fire()
        let third = try await scene.number("SELECT id FROM sag_reminder_queue WHERE reminder_id = 3")
        let fourth = try await scene.number("SELECT id FROM sag_reminder_queue WHERE reminder_id = 4")
        try await forgetVocabularies(scene)
        try await scene.run(
            """
            UPDATE sag_reminders SET priority = 'dire' WHERE id = 3;
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at)
            VALUES (\(fourth), '1', 'email', gen_random_uuid(), 4, 'pondered', now())
            """)
        let batch = try await scene.store.facts(ofOccurrences: occurrences, window: .seconds(3_600))
        #expect(Set(batch.facts.map(\.occurrenceID)) == Set(occurrences).subtracting([third, fourth]))
        #expect(batch.deliveries.isEmpty)
        #expect(Set(batch.unreadable.map(\.id)) == [third, fourth])
        try await scene.decide(occurrences)
        #expect(
            try await scene.number("SELECT count(DISTINCT occurrence_id) FROM deliveries WHERE state = 'requested'")
                == 3)
    }

    @Test func `a delivery in a state nobody knows is not claimed, and the others are`() async throws {
        let scene = try await scene()
        let occurrences = try await scene.fire()
        try await scene.decide(occurrences)
        try await forgetVocabularies(scene)
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
}
