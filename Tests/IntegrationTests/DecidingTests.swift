import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Decisions on a real database, by several rate-limiters at once.
@Suite(.timeLimit(.minutes(1))) struct DecidingTests {
    private func policy(limit: Int, channels: ChannelSet = .all) throws -> RateLimiter.Policy {
        RateLimiter.Policy(switches: .init(channels: channels, limit: PermitWindow(limit: limit)))
    }

    private func decide(
        _ ids: [Int64], _ store: ReminderStore, _ policy: RateLimiter.Policy, isRelease: Bool = false
    ) async throws -> [String] {
        try await store.decide(occurrences: ids, switches: policy.switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: isRelease)
            decision.decide()
            return (
                decision.writes,
                decision.outgoing.map { "\($0.request.reminder.occurrenceID) \($0.request.recipient.key)" }
            )
        }
    }

    @Test func `eight rate-limiters at once grant exactly the limit, and forget nobody`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2", "3")
        // Each occurrence is for two or three of them, so that the batches lock overlapping sets.
        try await scene.addDueReminders(200, for: ["1", "2", "3"])
        try await scene.addDueReminders(200, for: ["3", "1"])
        let occurrences = try await scene.fire()
        #expect(occurrences.count == 400)
        let store = try ReminderStore(pool: scene.pool(as: .rateLimiter, size: 8))
        let policy = try policy(limit: 5)

        let sent = try await withThrowingTaskGroup(of: [String].self) { group in
            for task in 0..<8 {
                group.addTask {
                    let mine = occurrences.filter { $0 % 8 == Int64(task) }
                    var sent: [String] = []
                    for start in stride(from: 0, to: mine.count, by: 10) {
                        sent += try await decide(Array(mine[start..<min(start + 10, mine.count)]), store, policy)
                    }
                    return sent
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(sent.count == 15)
        #expect(Set(sent).count == 15)
        #expect(
            try await scene.texts("SELECT recipient || ' ' || count(*) FROM permits GROUP BY recipient ORDER BY 1") == [
                "1 5", "2 5", "3 5",
            ])
        #expect(
            try await scene.texts("SELECT state || ' ' || count(*) FROM deliveries GROUP BY state ORDER BY 1")
                == ["held 985", "requested 15"])
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'held'") == 985)
        #expect(
            try await scene.number(
                "SELECT count(*) FROM sag_reminder_queue WHERE status NOT IN ('sent', 'rate_limited')") == 0)
    }

    @Test func `the same messages decided at once by many are decided once`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.addDueReminders(40, for: ["1", "2"])
        let occurrences = try await scene.fire()
        let store = try ReminderStore(pool: scene.pool(as: .rateLimiter, size: 6))
        let policy = try policy(limit: 3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<6 {
                group.addTask {
                    let order = occurrences.sorted { ($0 * 7 + Int64(seed)) % 11 < ($1 * 7 + Int64(seed)) % 11 }
                    for start in stride(from: 0, to: order.count, by: 8) {
                        _ = try await decide(Array(order[start..<start + 8]), store, policy)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await scene.number("SELECT count(*) FROM deliveries") == 80)
        #expect(try await scene.number("SELECT count(*) FROM permits") == 6)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'held'") == 74)
    }

    @Test func `ids that nobody knows are left out`() async throws {
        let scene = try await Scene.make()
        #expect(try await decide([4_711], scene.store(as: .rateLimiter), try policy(limit: 5)).isEmpty)
    }

    @Test func `what the row says is what was decided`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.addDueReminders(2, for: ["1", "404"])
        let occurrences = try await scene.fire()
        _ = try await decide(occurrences, try scene.store(as: .rateLimiter), try policy(limit: 1))
        let rows = """
            SELECT concat_ws('|', recipient, state, reason, release_at IS NOT NULL, decision IS NOT NULL, finished_at IS NOT NULL)
            FROM deliveries ORDER BY occurrence_id, recipient
            """
        #expect(
            try await scene.texts(rows) == [
                "1|requested|f|f|f", "404|rejected|unknown_user|f|t|t", "1|held|rate_limited|t|t|f",
                "404|rejected|unknown_user|f|t|t",
            ])
        #expect(
            try await scene.texts("SELECT concat_ws('|', status, reason) FROM sag_reminder_queue ORDER BY id")
                == ["sent", "rate_limited|rate_limited"])
        #expect(
            try await scene.texts(
                "SELECT concat_ws('|', kind, outcome, reason, user_id) FROM sag_reminder_logs ORDER BY user_id, id")
                == ["held|held|rate_limited|1"] + Array(repeating: "delivery|rejected|unknown_user|404", count: 2))
        #expect(
            try await scene.text("SELECT decision -> 0 ->> 'rule' FROM deliveries WHERE state = 'held'") != nil)
    }

    @Test func `what waited for the limit is released in its turn`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.addDueReminders(3, for: ["1"])
        let occurrences = try await scene.fire()
        let store = try scene.store(as: .rateLimiter)
        let policy = try policy(limit: 1)
        #expect(try await decide(occurrences, store, policy) == ["\(occurrences[0]) 1"])
        #expect(try await store.releasableOccurrences(limit: 10).occurrences.isEmpty)
        let (next, now) = try await store.nextRelease()
        #expect(abs((try #require(next) - now - .seconds(3_600)).components.seconds) < 30)

        // An hour later.
        try await scene.run(
            "UPDATE permits SET granted_at = granted_at - interval '1 hour'; UPDATE deliveries SET release_at = release_at - interval '1 hour'"
        )
        #expect(try await store.releasableOccurrences(limit: 10).occurrences == [occurrences[1]])
        #expect(try await decide([occurrences[1]], store, policy, isRelease: true) == ["\(occurrences[1]) 1"])
        // Until its message is confirmed, it is this process's for a while.
        #expect(try await store.releasableOccurrences(limit: 10).occurrences.isEmpty)
        #expect(
            try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'requested' AND release_at > now()")
                == 1)
        try await store.clearRelease(of: [
            DeliveryKey(occurrenceID: occurrences[1], recipient: .user("1"), channel: .email)
        ])
        #expect(
            try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'requested' AND release_at IS NULL")
                == 2)
    }

    @Test func `when the first in line is no longer wanted, the next one need not wait any longer`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        let reminders = try await scene.addDueReminders(3, for: ["1"])
        let occurrences = try await scene.fire()
        let store = try scene.store(as: .rateLimiter)
        let policy = try policy(limit: 1)
        _ = try await decide(occurrences, store, policy)
        try await scene.run(
            """
            UPDATE permits SET granted_at = granted_at - interval '1 hour';
            UPDATE deliveries SET release_at = release_at - interval '1 hour';
            UPDATE sag_reminders SET is_active = false WHERE id = \(reminders[1])
            """)
        #expect(
            try await decide(store.releasableOccurrences(limit: 10).occurrences, store, policy, isRelease: true).isEmpty
        )
        #expect(
            try await scene.text("SELECT state FROM deliveries WHERE occurrence_id = $1", [.int8(occurrences[1])])
                == "withdrawn")
        #expect(try await store.releasableOccurrences(limit: 10).occurrences == [occurrences[2]])
        #expect(try await decide([occurrences[2]], store, policy, isRelease: true) == ["\(occurrences[2]) 1"])
    }

    @Test func `what was held for somebody who was taken off the reminder ends`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        let reminders = try await scene.addDueReminders(1, for: ["1", "2"])
        let occurrences = try await scene.fire()
        let store = try scene.store(as: .rateLimiter)
        #expect(try await decide(occurrences, store, try policy(limit: 5, channels: .frontend)).isEmpty)
        try await scene.run(
            """
            UPDATE sag_reminders SET recipient_user_ids = '{2}' WHERE id = \(reminders[0]);
            UPDATE deliveries SET release_at = now();
            """)
        #expect(
            try await decide(occurrences, store, try policy(limit: 5), isRelease: true) == ["\(occurrences[0]) 2"])
        #expect(
            try await scene.texts(
                "SELECT recipient || ' ' || state || ' ' || coalesce(reason, '') FROM deliveries ORDER BY 1")
                == ["1 withdrawn recipient_removed", "2 requested "])
        #expect(try await store.releasableOccurrences(limit: 10).occurrences.isEmpty)
    }

    @Test func `what waits for a switch waits for ever, until it is turned on`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.addDueReminders(1, for: ["1"])
        let occurrences = try await scene.fire()
        let store = try scene.store(as: .rateLimiter)
        #expect(try await decide(occurrences, store, try policy(limit: 5, channels: .frontend)).isEmpty)
        #expect(try await scene.text("SELECT release_at::text FROM deliveries") == "infinity")
        #expect(try await store.nextRelease().release == nil)
        #expect(try await store.releaseSwitchedOn(channels: [.frontend]) == 0)
        #expect(try await store.releaseSwitchedOn(channels: [.email]) == 1)
        #expect(try await store.releasableOccurrences(limit: 10).occurrences == occurrences)
        #expect(try await decide(occurrences, store, try policy(limit: 5), isRelease: true).count == 1)
    }

    @Test func `a release time that outlived its delivery is forgotten`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, release_at) VALUES
                (1, '1', 'email', gen_random_uuid(), 1, 'sent', now(), now() - interval '1 second'),
                (2, '1', 'email', gen_random_uuid(), 1, 'held', now(), now() - interval '1 second')
            """)
        let store = try scene.store(as: .rateLimiter)
        #expect(Set(try await store.releasableOccurrences(limit: 10).occurrences) == [1, 2])
        try await store.clearReleaseOfEnded(occurrences: [1, 2])
        #expect(try await store.releasableOccurrences(limit: 10).occurrences == [2])
    }

    @Test func `old permits are purged, those of the window are kept`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            "INSERT INTO permits SELECT '1', now() - hours * interval '1 hour', hours FROM generate_series(0, 5) hours")
        #expect(try await scene.store(as: .scheduler).purgePermits(olderThan: .seconds(7_200)) >= 3)
        #expect(
            try await scene.number(
                "SELECT min(occurrence_id) FROM permits WHERE granted_at > now() - interval '1 hour'") == 0)
        #expect(try await scene.number("SELECT max(occurrence_id) FROM permits") <= 2)
    }
}
