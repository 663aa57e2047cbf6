import Foundation
import RemindersDomain
import RemindersPostgres
import SeededRandom
import TestSupport
import Testing

@testable import RemindersStore

/// One rule says when nobody wants a delivery any more; the database asks the same one everywhere.
@Suite(.timeLimit(.minutes(2))) struct WithdrawalRuleTests {
    @Test func `the function's file is what the rule generates`() throws {
        let file = Repository.root.appendingPathComponent("migrations/functions/withdrawals.sql")
        if ProcessInfo.processInfo.environment["REMINDERS_WRITE_GENERATED"] != nil {
            try SQL.withdrawalsFunction.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == SQL.withdrawalsFunction)
    }

    /// What is refused by the rule in Swift, on the facts of the decision, is found by every query, and nothing else:
    /// by the senders' last look, by the triggers that let what waits be decided about again, and by those that take
    /// pop-ups from the screens.
    @Test(arguments: UInt64(1)...4)
    func `what the rule refuses every query finds, and nothing else`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        var reasons: Set<String> = []
        var wanted = 0
        for number in 0..<40 {
            let state = RandomState(number: number, &random)
            try await scene.run(state.before)
            let keys = state.occurrences.flatMap { id in
                ["1", "2"].map { OccurrenceRecipient(occurrenceID: id, recipient: .user($0)) }
            }
            var before = names(try await refused(keys, scene))
            var ever = before
            for change in state.changes {
                try await scene.run(change)
                let refused = try await refused(keys, scene)
                let now = names(refused)
                ever.formUnion(now)
                #expect(try await found(keys, scene) == refused, "\(state)")
                // What was refused from the beginning nobody noticed by a change.
                let withdrawn = try await withdrawnPopups(of: state, scene)
                #expect(now.subtracting(before).isSubset(of: withdrawn) && withdrawn.isSubset(of: ever), "\(state)")
                let again = try await toBeDecidedAgain(of: state, scene)
                #expect(now.subtracting(before).isSubset(of: again), "\(change) of \(state): \(again) of \(now)")
                before = now
                reasons.formUnion(refused.values)
            }
            wanted += keys.count - before.count
        }
        // Both answers occur, and so does every reason over the seeds.
        #expect(wanted > 12 && reasons.count >= 6, "\(wanted) \(reasons)")
    }

    private func names(_ refused: [OccurrenceRecipient: String]) -> Set<String> {
        Set(refused.keys.map { "\($0.occurrenceID) \($0.recipient.key)" })
    }

    /// By the rule, on the facts as a decision reads them.
    private func refused(_ keys: [OccurrenceRecipient], _ scene: Scene) async throws -> [OccurrenceRecipient: String] {
        let switches = DecisionFacts.Switches(channels: .all, limit: nil)
        let batch = try await scene.store.facts(ofOccurrences: Array(Set(keys.map(\.occurrenceID))), switches: switches)
        var refused: [OccurrenceRecipient: String] = [:]
        for facts in batch.facts {
            let key = OccurrenceRecipient(occurrenceID: facts.due.occurrenceID, recipient: facts.person.recipient)
            let reason = Decision.withdrawal(DecisionFacts(facts, now: batch.now, switches: switches).wanted)
            refused[key] = reason?.rawValue
        }
        #expect(batch.facts.count == keys.count)
        return refused
    }

    /// By the senders' last look.
    private func found(_ keys: [OccurrenceRecipient], _ scene: Scene) async throws -> [OccurrenceRecipient: String] {
        let rows = try await scene.pool(as: .sender, size: 1).query(SQL.withdrawals(keys))
        return try Dictionary(
            uniqueKeysWithValues: rows.read { (try OccurrenceRecipient(row: &$0), try $0.text("reason")) })
    }

    private func withdrawnPopups(of state: RandomState, _ scene: Scene) async throws -> Set<String> {
        Set(
            try await scene.texts(
                """
                SELECT occurrence_id || ' ' || user_id FROM popups
                WHERE reminder_id = \(state.reminder) AND settled_how = 'withdrawn'
                """))
    }

    private func toBeDecidedAgain(of state: RandomState, _ scene: Scene) async throws -> Set<String> {
        Set(
            try await scene.texts(
                """
                SELECT occurrence_id || ' ' || recipient FROM deliveries
                WHERE reminder_id = \(state.reminder) AND state = 'held' AND release_at <= clock_timestamp()
                """))
    }
}

/// A reminder for users 1 and 2 of which two occurrences wait and are on the screens, and what happens then.
private struct RandomState: CustomStringConvertible {
    let reminder: Int
    let occurrences: [Int64]
    let before: String
    let changes: [String]

    var description: String { "\(before)\n\(changes.joined(separator: "\n"))" }

    init(number: Int, _ random: inout SeededGenerator) {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        reminder = 1_000 + number
        occurrences = [Int64(number * 2 + 1_000_000), Int64(number * 2 + 1_000_001)]
        let trigger = ["time_based", "status_change", "deadline_approaching"][number % 3]
        let (id, case1, case2) = (reminder, "'a\(number)'", "'b\(number)'")
        let statuses = ["'open'", "'done'", "NULL"]
        func status() -> String { statuses.randomElement(using: &random) ?? "NULL" }
        let deadline = "'2030-01-01 12:00Z'"
        let knowsCase = chance(80)
        before = """
            BEGIN;
            \(knowsCase
                ? "INSERT INTO cases (entity_type, id, status, deadline) VALUES ('case', \(case1), \(status()), \(chance(80) ? deadline : "NULL"));"
                : "")
            INSERT INTO cases (entity_type, id, status, deadline, closed_at)
            VALUES ('case', \(case2), \(status()), NULL, \(chance(50) ? "now()" : "NULL"));
            INSERT INTO sag_reminders (id, sag_id, title, recipient_user_ids, scheduled_at, trigger_type, trigger_config)
            VALUES (\(id), \(case1), 'Follow up', '{1,2}', '2031-01-01Z', '\(trigger)', '{}');
            INSERT INTO sag_reminder_queue (id, reminder_id, trigger_type, due_at, old_status, new_status, deadline, published_at)
            OVERRIDING SYSTEM VALUE
            SELECT id, \(id), '\(trigger)', now() + (id % 2) * interval '1 second', NULL,
                \(trigger == "status_change" ? status() : "NULL"),
                \(trigger == "deadline_approaching" && chance(85) ? deadline : "NULL")::timestamptz, now()
            FROM unnest('{\(occurrences[0]),\(occurrences[1])}'::bigint[]) id;
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, release_at)
            SELECT id, person, 'email', gen_random_uuid(), \(id), 'held', 'quiet_hours', now(), now() + interval '1 day'
            FROM unnest('{\(occurrences[0]),\(occurrences[1])}'::bigint[]) id, unnest('{1,2}'::text[]) person;
            INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id, trigger_type, due_at)
            SELECT person, id, gen_random_uuid(), \(id), 'Follow up', 'case', \(case1), '\(trigger)', now()
            FROM unnest('{\(occurrences[0]),\(occurrences[1])}'::bigint[]) id, unnest('{1,2}'::text[]) person;
            COMMIT;
            """
        let person = chance(50) ? "1" : "2"
        let response = """
            INSERT INTO sag_reminder_responses (reminder_id, user_id, dismissed_at, snoozed_until)
            VALUES (\(id), '\(person)', \(chance(40) ? "now()" : "NULL"),
                \(chance(60) ? "now() + interval '\(chance(60) ? 1 : -1) hour'" : "NULL"))
            """
        let all = [
            "UPDATE sag_reminders SET is_active = false WHERE id = \(id)",
            "UPDATE sag_reminders SET deleted_at = now() WHERE id = \(id)",
            "UPDATE sag_reminders SET recipient_user_ids = '{\(person)}' WHERE id = \(id)",
            "UPDATE sag_reminders SET title = 'Another' WHERE id = \(id)",
            "UPDATE sag_reminders SET sag_id = \(case2) WHERE id = \(id)", response, response,
            """
            INSERT INTO cases (entity_type, id, status, deadline, closed_at, deleted_at)
            VALUES ('case', \(case1), \(status()), \(chance(50) ? "NULL" : "now()"), \(chance(50) ? "now()" : "NULL"), NULL)
            ON CONFLICT (entity_type, id) DO UPDATE
            SET status = EXCLUDED.status, deadline = EXCLUDED.deadline, closed_at = EXCLUDED.closed_at
            """,
            "UPDATE cases SET closed_at = now() WHERE id = \(case1)",
            "UPDATE cases SET deleted_at = now() WHERE id = \(case1)",
            "UPDATE cases SET status = \(status()) WHERE id = \(case1)",
            "UPDATE cases SET deadline = \(chance(50) ? "NULL" : "'2030-01-02Z'") WHERE id = \(case1)",
        ]
        changes =
            (0..<Int.random(in: 1...4, using: &random)).compactMap { _ in all.randomElement(using: &random) }
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
