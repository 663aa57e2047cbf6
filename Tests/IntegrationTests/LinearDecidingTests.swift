import Foundation
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// What a batch of decisions reads grows with the batch, and not with what waits for its people already.
@Suite(.timeLimit(.minutes(3))) struct LinearDecidingTests {
    private let switches = DecisionFacts.Switches(channels: .all, limit: PermitWindow(limit: 5))

    /// User 1, with so much held by the limit, and so many permits of urgent reminders that passed it.
    private func scene(held: Int, permits: Int = 5) async throws -> Scene {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, release_at)
            SELECT 1000000 + n, '1', channel, gen_random_uuid(), 1000000 + n, 'held', 'rate_limited',
                now() - interval '1 minute', now() + interval '1 hour'
            FROM generate_series(1, \(held)) n CROSS JOIN unnest('{email,frontend}'::text[]) channel;
            INSERT INTO permits (recipient, granted_at, occurrence_id)
            SELECT '1', now() - n * interval '1 millisecond', 500000 + n FROM generate_series(1, \(permits)) n;
            ANALYZE;
            """)
        return scene
    }

    /// How many rows the statements of a batch look at, and how many they answer with.
    private func rowsRead(_ ids: [Int64], _ scene: Scene) async throws -> Int {
        let queries =
            [SQL.lockRecipients(ids, OldestOccurrence(of: ids))] + AnsweredFacts.queries(ids)
            + AnsweredPeople.Question(of: [.user("1")], decidedBefore: ids, switches).queries
        return try await scene.pool(as: .rateLimiter).withSession { session in
            var read = 0
            for query in queries {
                let plan = try await session.query(
                    Query("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) \(query.sql)", query.parameters))
                read += try RowsOfPlan.read(inJSON: plan[0].text(0))
            }
            return read
        }
    }

    @Test func `what waits for a person does not change what a batch of theirs reads`() async throws {
        var read: [Int] = []
        for held in [2_000, 4_000] {
            let scene = try await scene(held: held)
            try await scene.addDueReminders(256, for: ["1"])
            read.append(try await rowsRead(try await scene.fire(), scene))
        }
        #expect(read[0] == read[1], "\(read)")
        // The front of the line with two channels each, and some rows for each occurrence.
        #expect(read[0] < 2 * WaitingLine.reach(switches) + 256 * 16, "\(read)")
    }

    @Test func `a batch twice as large reads no more than twice as much`() async throws {
        let scene = try await scene(held: 4_000)
        try await scene.addDueReminders(256, for: ["1"])
        let ids = try await scene.fire()
        let fixed = try await rowsRead(Array(ids.prefix(1)), scene)
        let half = try await rowsRead(Array(ids.prefix(128)), scene)
        let whole = try await rowsRead(ids, scene)
        #expect(whole - fixed <= 2 * (half - fixed) + 64, "\(fixed) \(half) \(whole)")
    }

    @Test func `who holds a permit is known however many there are, and the latest are enough to count`() async throws {
        let scene = try await scene(held: 0, permits: 3_000)
        try await scene.addDueReminders(2, for: ["1"])
        let ids = try await scene.fire()
        try await scene.run(
            """
            INSERT INTO permits (recipient, granted_at, occurrence_id)
            VALUES ('1', now() - interval '50 minutes', \(ids[1]));
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at)
            VALUES (\(ids[1]), '1', 'email', gen_random_uuid(), 1, 'held', now());
            """
        )
        let batch = try await scene.store.facts(ofOccurrences: ids, switches: switches)
        #expect(batch.facts.map(\.holdsPermit) == [false, true])
        #expect(batch.facts[0].person.permits.count == 2 * WaitingLine.reach(switches))
    }

    @Test func `far behind in the line a slot is a lower bound, and the front is called`() async throws {
        let scene = try await scene(held: 3_000)
        try await scene.addDueReminders(3, for: ["1"])
        let ids = try await scene.fire()
        let policy = RateLimiter.Policy(switches: switches)
        let called = try await scene.store(as: .rateLimiter).decide(occurrences: ids, switches: switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: false)
            decision.decide()
            return (decision.writes, decision.writes.calledForward.map(\.occurrenceID))
        }
        #expect(called == [1_000_001, 1_000_002, 1_000_003, 1_000_004, 1_000_005])
        let windows = Int64(WaitingLine.reach(switches) / 5)
        #expect(
            try await scene.number(
                """
                SELECT count(*) FROM deliveries WHERE reason = 'rate_limited' AND occurrence_id IN (\(ids.map(String.init).joined(separator: ", ")))
                    AND release_at BETWEEN now() + (\(windows) - 1) * interval '1 hour'
                        AND now() + (\(windows) + 1) * interval '1 hour'
                """) == 3)
    }

    @Test func `a change that bears on all that waits for a person is worked off in slices`() async throws {
        let scene = try await scene(held: 600)
        func again() async throws -> Int64 {
            try await scene.number("SELECT count(*) FROM deliveries WHERE release_at <= clock_timestamp()")
        }
        try await scene.run("UPDATE user_notification_preferences SET notify_mattermost = true WHERE user_id = '1'")
        #expect(try await again() == 500)
        let store = try scene.store(as: .rateLimiter)
        #expect(try await store.goOnDecidingAgain())
        #expect(try await again() == 1_000)
        #expect(try await store.goOnDecidingAgain())
        #expect(try await again() == 1_200)
        #expect(try await !store.goOnDecidingAgain())
        // What is about one reminder finds no more than that.
        try await scene.run(
            """
            UPDATE deliveries SET release_at = now() + interval '1 hour';
            SELECT decide_held_again('{1}', '{1000007}');
            """)
        #expect(try await again() == 2)
    }

    @Test func `who became a recipient after the locks were taken is not decided about without theirs`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.addDueReminders(1, for: ["1"])
        let ids = try await scene.fire()
        let before = try await scene.pool.query(SQL.lockRecipients(ids, OldestOccurrence(of: ids))).flatMap {
            try $0.textArray(0)
        }
        #expect(before == ["1"])
        try await scene.run("UPDATE sag_reminders SET recipient_user_ids = '{1,2}'")
        let facts = AnsweredFacts(try await scene.pool.pipeline(AnsweredFacts.queries(ids)))
        func batch(ofLocked locked: [Recipient]) async throws -> DecisionBatch {
            let people = AnsweredPeople.Question(of: locked, decidedBefore: [], switches)
            return try DecisionBatch(
                facts, AnsweredPeople(people, await scene.pool.pipeline(people.queries)), isCarriedOut: true)
        }
        await #expect(throws: RecipientsChanged.self) { try await batch(ofLocked: [.user("1")]) }
        #expect(try await batch(ofLocked: [.user("1"), .user("2")]).facts.count == 2)
    }
}

/// What a plan that was run looked at.
private enum RowsOfPlan {
    private struct Explanation: Decodable {
        let plan: Node

        enum CodingKeys: String, CodingKey { case plan = "Plan" }
    }

    private struct Node: Decodable {
        let relation: String?
        let kind: String
        let rows: Double
        let removed: Double?
        let loops: Double
        let children: [Node]?

        enum CodingKeys: String, CodingKey {
            case relation = "Relation Name"
            case kind = "Node Type"
            case rows = "Actual Rows"
            case removed = "Rows Removed by Filter"
            case loops = "Actual Loops"
            case children = "Plans"
        }

        var read: Double {
            let own = kind.contains("Scan") && kind != "Subquery Scan" ? (rows + (removed ?? 0)) * loops : 0
            return (children ?? []).reduce(own) { $0 + $1.read }
        }
    }

    static func read(inJSON text: String) throws -> Int {
        Int(try JSONDecoder().decode([Explanation].self, from: Data(text.utf8)).reduce(0) { $0 + $1.plan.read })
    }
}
