import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// From due reminders to occurrences, and who owns them until they are published.
@Suite(.timeLimit(.minutes(1))) struct FiringTests {
    private let once: @Sendable (DueReminder) -> FiringPlan = { FiringPlan(occurrences: [$0.dueAt], next: nil) }

    @Test func `four schedulers at once fire each reminder once`() async throws {
        let scene = try await Scene.make()
        let reminders = Set(try await scene.addDueReminders(500, for: ["1"]))
        let store = try scene.store(as: .scheduler)
        let fired = try await withThrowingTaskGroup(of: [ClaimedOccurrence].self) { group in
            for owner in Int32(1)...4 {
                group.addTask {
                    var mine: [ClaimedOccurrence] = []
                    while true {
                        let batch = try await store.fireDueReminders(
                            limit: 37, owner: owner, lease: .seconds(60), plan: once)
                        mine += batch.occurrences
                        if batch.reminders == 0 { return mine }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(fired.count == 500)
        #expect(Set(fired.map(\.reminderID)) == reminders)
        #expect(Set(fired.map(\.id)).count == 500)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 500)
        #expect(
            try await scene.number(
                "SELECT count(*) FROM sag_reminder_times WHERE next_check_at IS NULL AND fired_count = 1")
                == 500)
    }

    @Test func `marking, deciding and giving back take rows in one order, whatever order they are named in`()
        async throws
    {
        let scene = try await Scene.make()
        try await scene.addDueReminders(200, for: ["1"])
        let ids = try await scene.fire()
        try #require(ids.count == 200)
        let (scheduler, limiter) = (try scene.store(as: .scheduler), try scene.store(as: .rateLimiter))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...4 {
                group.addTask {
                    for _ in 1...25 {
                        try await scheduler.markPublishedIfOwned(ids.shuffled(), owner: 1)
                        try await scheduler.giveBackAllOccurrences(owner: 1)
                        _ = try await scheduler.freeClaimsOfDeadSchedulers(survivor: 2)
                    }
                }
                group.addTask {
                    for _ in 1...25 {
                        let some = ids.shuffled()
                        _ = try await limiter.pool.query(
                            SQL.markOccurrencesDecided(
                                some, some.map { _ in "sent" }, some.map { _ in nil }))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `what was made weeks ago is claimed when all weeks are looked at`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(2, for: ["1"])
        let old = try await scene.firstID(weeksAgo: 3) + 1
        try await scene.run(
            """
            INSERT INTO sag_reminder_queue (id, reminder_id, trigger_type, due_at, available_at)
            SELECT \(old), min(id), 'time_based', now(), now() FROM sag_reminders
            """)
        let store = try scene.store(as: .scheduler)
        let recent = try await store.claimUnpublished(limit: 9, owner: 1, lease: .seconds(60), ofAllWeeks: false)
        #expect(recent.rows.isEmpty)
        #expect(try await store.claimUnpublished(limit: 9, owner: 1, lease: .seconds(60)).rows.map(\.id) == [old])
    }

    @Test func `a failed plan leaves everything as it was`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(3, for: ["1"])
        // A plan that fires at a time PostgreSQL cannot hold fails in the middle of the transaction.
        await #expect(throws: PostgresError.self) {
            try await scene.store.fireDueReminders(limit: 10, owner: 1, lease: .seconds(60)) { _ in
                FiringPlan(occurrences: [.init(microseconds: .min / 2)], next: nil)
            }
        }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 0)
        #expect(try await scene.number("SELECT count(*) FROM v_pending_reminders") == 3)
    }

    @Test func `the same time of a reminder is one occurrence, however often it fires`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(1, for: ["1"])
        let time = try await scene.text("SELECT next_check_at::text FROM sag_reminder_times")
        #expect(try await scene.fire().count == 1)
        _ = try await scene.pool.query(
            Query("UPDATE sag_reminder_times SET next_check_at = $1::text::timestamptz", [.textOrNil(time)]))
        #expect(try await scene.fire().isEmpty)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 1)
    }

    @Test func `what was skipped is in the log with its number`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(1, for: ["1"])
        let store = try scene.store(as: .scheduler)
        let fired = try await store.fireDueReminders(limit: 10, owner: 1, lease: .seconds(60)) {
            FiringPlan(occurrences: [], skipped: 12, next: $0.now + .seconds(3_600))
        }
        #expect(fired.occurrences.isEmpty && fired.reminders == 1)
        #expect(
            try await scene.texts(
                "SELECT concat_ws(' ', kind, outcome, reason, details ->> 'count') FROM sag_reminder_logs") == [
                    "skipped skipped catch_up 12"
                ])
        let (due, now) = try await store.nextDue()
        #expect(try #require(due) - now > .seconds(3_500))
    }

    @Test func `an occurrence is its claimant's until the lease is over`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(2, for: ["1"])
        let store = try scene.store(as: .scheduler)
        let first = try await store.fireDueReminders(limit: 10, owner: 1, lease: .milliseconds(300), plan: once)
        #expect(try await store.claimUnpublished(limit: 10, owner: 2, lease: .seconds(60)).rows.isEmpty)

        try await eventually {
            let late = try await store.claimUnpublished(limit: 10, owner: 2, lease: .seconds(60)).rows
            return Set(late.map(\.id)) == Set(first.occurrences.map(\.id))
        }
        // The first one's confirms come too late: they are the second one's now.
        try await store.markPublishedIfOwned(first.occurrences.map(\.id), owner: 1)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE published_at IS NULL") == 2)
        try await store.markPublishedIfOwned(first.occurrences.map(\.id), owner: 2)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE published_at IS NULL") == 0)
        #expect(try await store.claimUnpublished(limit: 10, owner: 3, lease: .seconds(60)).rows.isEmpty)
    }

    @Test func `what the broker did not take rests, and is anybody's then`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(1, for: ["1"])
        let store = try scene.store(as: .scheduler)
        let fired = try await store.fireDueReminders(limit: 10, owner: 1, lease: .seconds(60), plan: once)
        try await store.giveBackOccurrences(fired.occurrences.map(\.id), owner: 2, delay: .zero)
        #expect(try await store.claimUnpublished(limit: 10, owner: 2, lease: .seconds(60)).rows.isEmpty)
        try await store.giveBackOccurrences(fired.occurrences.map(\.id), owner: 1, delay: .zero)
        let claimed = try await store.claimUnpublished(limit: 10, owner: 2, lease: .seconds(60)).rows
        #expect(claimed.map(\.id) == fired.occurrences.map(\.id))
        #expect(claimed.first?.about == CaseReference(entityType: "case", id: "123"))
        #expect(claimed.first?.title == "Follow up 1")
    }

    @Test func `four schedulers at once claim what triggers queued once`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type)
            SELECT '1', 'x', '{1}', 'status_change' FROM generate_series(1, 300);
            INSERT INTO cases (entity_type, id, status) VALUES ('case', '1', 'new');
            UPDATE cases SET status = 'open'
            """)
        let store = try scene.store(as: .scheduler)
        let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for owner in Int32(1)...4 {
                group.addTask {
                    var mine: [Int64] = []
                    while true {
                        let batch = try await store.claimUnpublished(limit: 23, owner: owner, lease: .seconds(60))
                            .rows
                        if batch.isEmpty { return mine }
                        mine += batch.map(\.id)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 300)
        #expect(Set(claimed).count == 300)
    }

    @Test func `the claims of a scheduler whose session ended are free at once, those of a living one are not`()
        async throws
    {
        let scene = try await Scene.make()
        try await scene.addDueReminders(2, for: ["1"])
        let store = try scene.store(as: .scheduler)
        let doomed = Presence(store: store, logger: Scene.quiet)
        let living = Presence(store: store, logger: Scene.quiet)
        let doomedRuns = Task { await doomed.run() }
        let livingRuns = Task { await living.run() }
        defer { livingRuns.cancel() }
        await doomed.certain()
        await living.certain()
        #expect(try await scene.text("SELECT is_living_instance($1)::text", [.int4(doomed.instance)]) == "true")

        for presence in [doomed, living] {
            _ = try await store.fireDueReminders(limit: 1, owner: presence.instance, lease: .seconds(600), plan: once)
        }
        let survivor: Int32 = 7
        #expect(try await store.freeClaimsOfDeadSchedulers(survivor: survivor) == 0)

        doomedRuns.cancel()
        await doomedRuns.value
        try await eventually { try await store.freeClaimsOfDeadSchedulers(survivor: survivor) == 1 }
        let claimed = try await store.claimUnpublished(limit: 10, owner: survivor, lease: .seconds(60)).rows
        #expect(claimed.count == 1)
        #expect(
            try await scene.texts(
                "SELECT (owner = $1)::text FROM sag_reminder_queue WHERE owner <> $2",
                [.int4(living.instance), .int4(survivor)])
                == ["true"])
    }

    @Test func `a process shows itself again when its session is lost`() async throws {
        let scene = try await Scene.make()
        let presence = Presence(store: scene.store, logger: Scene.quiet)
        let running = Task { await presence.run() }
        defer { running.cancel() }
        await presence.certain()
        let lock = "FROM pg_locks WHERE locktype = 'advisory' AND objid = \(presence.instance)"
        let before = try await scene.number("SELECT pid::bigint \(lock)")
        try await scene.run("SELECT pg_terminate_backend(\(before))")
        try await eventually { try await scene.number("SELECT pid::bigint \(lock)") != before }
        #expect(try await scene.text("SELECT is_living_instance($1)::text", [.int4(presence.instance)]) == "true")
    }
}
