import RemindersAMQP
import RemindersContracts
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Digests and drops on a real database.
@Suite(.timeLimit(.minutes(1))) struct DigestTests {
    private func policy(
        limit: Int = 1, _ overflow: OverflowPolicy = .digest, quiet: OverflowPolicy = .defer
    ) -> RateLimiter.Policy {
        RateLimiter.Policy(
            switches: .init(
                channels: .all, limit: PermitWindow(limit: limit), overflow: overflow, quietHoursOverflow: quiet))
    }

    /// What is published: the occurrences of each message.
    private func decide(
        _ ids: [Int64], _ store: ReminderStore, _ policy: RateLimiter.Policy, isRelease: Bool = false
    ) async throws -> (messages: [[Int64]], published: [Int64]) {
        try await store.decide(occurrences: ids, switches: policy.switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: isRelease)
            decision.decide()
            return (
                decision.writes,
                (
                    decision.outgoing.map { $0.keys.map(\.occurrenceID) },
                    decision.alreadyPublished.map(\.occurrenceID)
                )
            )
        }
    }

    private func release(
        _ store: ReminderStore, _ policy: RateLimiter.Policy, limit: Int = 64
    ) async throws -> (messages: [[Int64]], published: [Int64]) {
        let ids = try await store.releasableOccurrences(limit: limit, digesting: policy.switches.digestedReasons)
            .occurrences
        return try await decide(ids, store, policy, isRelease: true)
    }

    private func anHourLater(_ scene: Scene) async throws {
        try await scene.run(
            """
            UPDATE permits SET granted_at = granted_at - interval '1 hour';
            UPDATE deliveries SET release_at = release_at - interval '1 hour' WHERE isfinite(release_at)
            """)
    }

    private func carriers(_ scene: Scene) async throws -> [String] {
        try await scene.texts(
            """
            SELECT concat_ws(' ', occurrence_id, state, carrier_occurrence_id, release_at IS NOT NULL) FROM deliveries
            ORDER BY occurrence_id
            """)
    }

    /// One that was sent, and four that wait for the limit.
    private func waiting() async throws -> (Scene, ReminderStore, [Int64]) {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.addDueReminders(5, for: ["1"])
        let occurrences = try await scene.fire()
        let store = try scene.store(as: .rateLimiter)
        #expect(try await decide(occurrences, store, policy()).messages == [[occurrences[0]]])
        // All wait for the same slot.
        #expect(
            try await scene.number("SELECT count(DISTINCT release_at) FROM deliveries WHERE state = 'held'") == 1)
        return (scene, store, Array(occurrences[1...]))
    }

    @Test func `what waits leaves as one message with one permit, also when the batch is small`() async throws {
        let (scene, store, held) = try await waiting()
        #expect(try await release(store, policy()).messages.isEmpty)
        try await anHourLater(scene)
        // The look at the ledger ends after the first row: the rest comes with it.
        #expect(try await release(store, policy(), limit: 1).messages == [held])
        #expect(
            try await scene.number("SELECT count(*) FROM permits WHERE granted_at > now() - interval '1 hour'") == 1)
        #expect(try await carriers(scene).dropFirst() == held.map { "\($0) requested \(held[0]) t" }[...])
        #expect(try await release(store, policy()).messages.isEmpty)
        #expect(
            try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE status = 'sent'") == 5)
    }

    @Test func `a raw address is told the times of its digest in the reminder's zone, and by mail as it was written`()
        async throws
    {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_emails, override_user_preferences, notify_email, scheduled_at,
                time_zone)
            SELECT n, 'x', '{Anna@Example.ORG}', true, true, clock_timestamp() - interval '1 second', 'Asia/Tokyo'
            FROM generate_series(1, 4) n
            """)
        let store = try scene.store(as: .rateLimiter)
        let occurrences = try await scene.fire()
        _ = try await decide(occurrences, store, policy())
        try await anHourLater(scene)
        let ids = try await store.releasableOccurrences(limit: 64, digesting: [.rateLimited]).occurrences
        let policy = policy()
        let messages = try await store.decide(occurrences: ids, switches: policy.switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: true)
            decision.decide()
            return (decision.writes, decision.outgoing.map(\.request))
        }
        #expect(messages.map(\.digest.count) == [2])
        #expect(messages.map(\.timeZone) == ["Asia/Tokyo"] && messages.map(\.address) == ["Anna@Example.ORG"])
    }

    @Test func `those who came to wait for other reasons, and other people, are left where they are`() async throws {
        let (scene, store, held) = try await waiting()
        try await scene.addDueReminders(2, for: ["2"])
        let others = try await scene.fire()
        _ = try await decide(others, store, policy())
        try await anHourLater(scene)
        try await scene.run(
            """
            UPDATE deliveries SET release_at = 'infinity', reason = 'switched_off' WHERE occurrence_id = \(held[3]);
            UPDATE deliveries SET release_at = now() + interval '1 hour' WHERE recipient = '2' AND state = 'held'
            """)
        #expect(try await release(store, policy()).messages == [Array(held.prefix(3))])
    }

    @Test func `a digest that was committed and not published is published whole when its lease is over`() async throws
    {
        let (scene, store, held) = try await waiting()
        try await anHourLater(scene)
        #expect(try await release(store, policy()).messages == [held])
        // The process dies here. Nobody has the message, until the lease is over.
        #expect(try await release(store, policy()).messages.isEmpty)
        try await scene.run("UPDATE deliveries SET release_at = now() WHERE state = 'requested' AND release_at > now()")
        // The policy may have changed since, and the batch be small.
        #expect(try await release(store, policy(limit: 1, .defer), limit: 1).messages == [held])
        #expect(
            try await scene.number("SELECT count(*) FROM permits WHERE granted_at > now() - interval '1 hour'") == 1)
        try await store.clearRelease(
            of: held.map { DeliveryKey(occurrenceID: $0, recipient: .user("1"), channel: .email) })
        #expect(try await release(store, policy()).messages.isEmpty)
        #expect(try await store.nextRelease().release == nil)
    }

    @Test func `a digest that a sender has already is not published again`() async throws {
        let (scene, store, held) = try await waiting()
        try await anHourLater(scene)
        _ = try await release(store, policy())
        // It was published, but nobody noted it; its sender is at it.
        try await scene.run(
            """
            UPDATE deliveries SET release_at = now() WHERE state = 'requested' AND release_at > now();
            UPDATE deliveries SET state = 'sending', owner = 7, lease_until = now() + interval '1 minute'
            WHERE occurrence_id = \(held[0])
            """)
        try await scene.pool.withSession { session in
            _ = try await session.query(SQL.tryInstanceLock(7))
            let again = try await release(store, policy())
            #expect(again.messages.isEmpty)
            #expect(Set(again.published) == Set(held[1...]))
        }
    }

    @Test func `a digest whose sender died, and that the broker has lost, is published again as it was`() async throws {
        let (scene, store, held) = try await waiting()
        try await anHourLater(scene)
        _ = try await release(store, policy())
        try await store.clearRelease(
            of: held.map { DeliveryKey(occurrenceID: $0, recipient: .user("1"), channel: .email) })
        try await scene.run(
            """
            UPDATE deliveries SET requested_at = now() - interval '1 hour', lease_until = now() - interval '1 hour';
            UPDATE deliveries SET state = 'sent', finished_at = now() WHERE carrier_occurrence_id IS NULL;
            UPDATE deliveries SET state = 'sending', owner = 7 WHERE occurrence_id = \(held[0])
            """)
        #expect(
            try await store.handOverLostDeliveriesAgain(
                through: .email, isQueueEmpty: true, after: .seconds(60), limit: 100) == held.count)
        #expect(try await release(store, policy()).messages == [held])
    }

    @Test func `a due message of a digest's part that comes again does nothing`() async throws {
        let (scene, store, held) = try await waiting()
        try await anHourLater(scene)
        _ = try await release(store, policy())
        #expect(try await decide(held, store, policy()).messages.isEmpty)
        #expect(try await carriers(scene).dropFirst() == held.map { "\($0) requested \(held[0]) t" }[...])
    }

    @Test func `what a raised hand takes out of the line is withdrawn, and the rest leaves without it`() async throws {
        let (scene, store, held) = try await waiting()
        try await anHourLater(scene)
        try await scene.run(
            """
            UPDATE sag_reminders SET is_active = false
            WHERE id = (SELECT reminder_id FROM sag_reminder_queue WHERE id = \(held[0]))
            """)
        #expect(try await release(store, policy()).messages == [Array(held[1...])])
        #expect(
            try await scene.text(
                "SELECT concat_ws(' ', state, reason) FROM deliveries WHERE occurrence_id = \(held[0])")
                == "withdrawn deactivated")
    }

    @Test func `what quiet hours held leaves together, and the limit's overflow is dropped`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.run(
            """
            UPDATE user_notification_preferences SET quiet_hours_enabled = true,
                quiet_hours_start = (now() AT TIME ZONE 'UTC' - interval '1 hour')::time,
                quiet_hours_end = (now() AT TIME ZONE 'UTC' + interval '1 hour')::time
            """)
        try await scene.addDueReminders(3, for: ["1"])
        let occurrences = try await scene.fire()
        let store = try scene.store(as: .rateLimiter)
        let policy = policy(limit: 1, .drop, quiet: .digest)
        #expect(try await decide(occurrences, store, policy).messages.isEmpty)
        try await scene.run(
            """
            UPDATE user_notification_preferences SET quiet_hours_enabled = false;
            UPDATE deliveries SET release_at = now()
            """)
        #expect(try await release(store, policy).messages == [occurrences])
        try await scene.addDueReminders(1, for: ["1"])
        let late = try await scene.fire()
        #expect(try await decide(late, store, policy).messages.isEmpty)
        #expect(
            try await scene.texts(
                "SELECT concat_ws(' ', kind, outcome, reason) FROM sag_reminder_logs WHERE occurrence_id = \(late[0])")
                == ["delivery dropped rate_limited"])
        #expect(
            try await scene.text("SELECT concat_ws(' ', status, reason) FROM sag_reminder_queue WHERE id = \(late[0])")
                == "failed rate_limited")
    }

    @Test func `what is read for showing is what is decided about`() async throws {
        let (_, store, held) = try await waiting()
        let batch = try await store.facts(ofOccurrences: held, switches: policy().switches)
        #expect(batch.facts.map(\.due.occurrenceID) == held)
        let last = try #require(batch.facts.last)
        let facts = DecisionFacts(last, now: batch.now, switches: policy().switches)
        #expect(facts.permits.granted.count == 1 && facts.permits.heldAhead == 3)
        #expect(Decision.decide(facts)[.email]?.reason == "rate_limited")
        #expect(batch.deliveries.count == 4)
    }
}
