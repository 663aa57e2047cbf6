import RemindersDomain
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// What others cause has permits of its own, exactly, for any number of rate-limiters.
@Suite(.timeLimit(.minutes(1))) struct PermitKindTests {
    private let policy = RateLimiter.Policy(switches: .init(channels: .all, limit: PermitWindow(limit: 5)))

    private func decide(_ ids: [Int64], _ store: ReminderStore, isRelease: Bool = false) async throws -> [Int64] {
        try await store.decide(occurrences: ids, switches: policy.switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: isRelease)
            decision.decide()
            return (decision.writes, decision.outgoing.map(\.request.reminder.occurrenceID))
        }
    }

    @Test func `eight rate-limiters at once grant exactly the limit of each kind`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, created_by)
            SELECT '123', 'T', '{1,2}', clock_timestamp() - interval '1 second', (ARRAY['1', '2', 'x', NULL])[n % 4 + 1]
            FROM generate_series(1, 200) n
            """)
        let occurrences = try await scene.fire()
        let store = try ReminderStore(pool: scene.pool(as: .rateLimiter, size: 8))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let mine = occurrences.filter { $0 % 8 == Int64(task) }
                    for start in stride(from: 0, to: mine.count, by: 10) {
                        _ = try await decide(Array(mine[start..<min(start + 10, mine.count)]), store)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(
            try await scene.texts(
                "SELECT concat_ws(' ', recipient, of_others, count(*)) FROM permits GROUP BY recipient, of_others ORDER BY 1"
            )
                == ["1 f 5", "1 t 5", "2 f 5", "2 t 5"])
        #expect(
            try await scene.texts(
                "SELECT concat_ws(' ', recipient, reason, count(*)) FROM deliveries WHERE state = 'held' GROUP BY recipient, reason ORDER BY 1"
            ) == ["1 rate_limited 95", "1 rate_limited_others 95", "2 rate_limited 95", "2 rate_limited_others 95"])
        #expect(try await scene.texts("SELECT check_reminder_rate_limit('1')::text") == ["false"])
    }

    @Test func `what waits for the limit of others goes in its turn when that has a slot`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, created_by)
            SELECT '123', 'T', '{1}', clock_timestamp() - interval '1 second', '2' FROM generate_series(1, 7) n;
            """)
        let store = try scene.store(as: .rateLimiter)
        let occurrences = try await scene.fire()
        #expect(try await decide(occurrences, store).sorted() == Array(occurrences.sorted().prefix(5)))
        // One's own is not kept back by that.
        try await scene.addDueReminders(1, for: ["1"])
        #expect(try await decide(scene.fire(), store).count == 1)
        try await scene.run(
            """
            UPDATE permits SET granted_at = granted_at - interval '1 hour' WHERE of_others;
            UPDATE deliveries SET release_at = now() WHERE state = 'held'
            """)
        let held = try await store.releasableOccurrences(limit: 64).occurrences
        #expect(try await decide(held, store, isRelease: true).sorted() == Array(occurrences.sorted().suffix(2)))
    }
}
