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
