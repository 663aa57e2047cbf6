import RemindersContracts
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Who caused a message is named in it, but for those who caused their own.
@Suite(.timeLimit(.minutes(1))) struct CreatorTests {
    private let policy = RateLimiter.Policy(switches: .init(channels: .all, limit: nil))

    /// What each recipient is shown of who created it, in messages as they are made now.
    private func creators(_ ids: [Int64], _ store: ReminderStore) async throws -> [String: String?] {
        try await store.decide(occurrences: ids, switches: policy.switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: false)
            decision.decide()
            return (
                decision.writes,
                Dictionary(
                    decision.outgoing.map { ($0.request.recipient.key, $0.request.reminder.creator) },
                    uniquingKeysWith: { first, _ in first })
            )
        }
    }

    private func add(_ scene: Scene, by creator: String, for users: [String], addresses: [String] = []) async throws {
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, recipient_emails, scheduled_at, created_by)
            VALUES ('123', 'T', '{\(users.joined(separator: ","))}', '{\(addresses.joined(separator: ","))}',
                clock_timestamp() - interval '1 second', \(creator))
            """)
    }

    @Test func `others are told who has them reminded, and whoever did it is not`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2", "3")
        let store = try scene.store(as: .rateLimiter)
        try await add(scene, by: "'1'", for: ["1", "2"], addresses: ["x@example.org"])
        #expect(
            try await creators(scene.fire(), store) == ["1": nil, "2": "User 1", "mailto:x@example.org": "User 1"])

        // By one who is none of those who are told, and whom nobody named.
        try await add(scene, by: "'case-service'", for: ["1"])
        #expect(try await creators(scene.fire(), store) == ["1": "case-service"])
        // Nobody knows who, and somebody who was erased.
        try await add(scene, by: "NULL", for: ["1"])
        #expect(try await creators(scene.fire(), store) == ["1": nil])
        try await add(scene, by: "'erased:7'", for: ["1"])
        #expect(try await creators(scene.fire(), store) == ["1": nil])
        try await add(scene, by: "'1'", for: ["1"])
        #expect(try await creators(scene.fire(), store) == ["1": nil])
    }

    @Test func `a list of pop-ups names the same as the message that it came from`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2", "3")
        try await scene.run("UPDATE users SET display_name = '' WHERE id = '3'; DELETE FROM users WHERE id = '2'")
        try await scene.run("INSERT INTO users (id, display_name, deleted_at) VALUES ('4', 'Gone', now())")
        let store = try scene.store(as: .rateLimiter)
        for creator in ["'1'", "'2'", "'3'", "'4'", "'9'", "NULL", "'erased:7'"] {
            try await add(scene, by: creator, for: ["1", "3"])
            let told = try await creators(scene.fire(), store)
            let reminder = try await scene.number("SELECT max(id) FROM sag_reminders")
            for user in ["1", "3"] {
                let shown = try await scene.texts("SELECT coalesce(shown_creator(\(reminder), '\(user)'), 'nobody')")
                #expect(shown == [(told[user] ?? nil) ?? "nobody"], "created by \(creator), for \(user)")
            }
        }
    }
}
