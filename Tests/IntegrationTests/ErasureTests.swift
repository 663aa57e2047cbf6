import Foundation
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// Of a person who was erased nothing is left but what they count for.
@Suite(.timeLimit(.minutes(2))) struct ErasureTests {
    @Test func `nothing personal is left in a dump, and the audit trail adds up`() async throws {
        let scene = try await Scene.make()
        let rosi = try await ErasurePerson.live(in: scene)

        for column in PersonalColumns.all.filter({ $0.value == .personal }).keys.sorted() {
            let isFilled = try await rosi.isNamed(in: column, scene)
            #expect(isFilled, "\(column) does not say who they are: nothing is shown about it")
        }
        let before = try await rosi.dump(of: scene)
        #expect(rosi.strings.allSatisfy { before.contains($0.lowercased()) })
        let trail = try await rosi.trail(of: scene)
        let open = try await scene.number(
            "SELECT count(*) FROM deliveries WHERE recipient = ANY ($1) AND finished_at IS NULL",
            [.textArray(rosi.keys)])
        #expect(open > 2)

        let promised = try await scene.store.personalRows(of: Erasable(rosi.id))
        let id = try await scene.store(as: .api).beginErasure(of: Erasable(rosi.id), by: "gdpr")
        let erasure = try await scene.store(as: .scheduler).goOnErasing(id, for: .seconds(30))
        #expect(erasure.finishedAt != nil, "\(erasure)")

        let after = try await rosi.dump(of: scene)
        for text in rosi.strings + rosi.encoded {
            let isGone = !after.contains(text.lowercased())
            #expect(isGone, "\(text) is still there")
        }
        // What it said it would change is what it changed, and what is gone at once.
        let gone = ["users", "user_notification_preferences", "user_addresses"]
        var counted = Dictionary(
            uniqueKeysWithValues: promised.filter { !gone.contains($0.table) }.map { ($0.table, $0.rows) })
        // The one that would have woken them from the snooze went with it.
        counted["sag_reminder_queue", default: 0] -= 1
        #expect(counted == erasure.counts.filter { $0.value > 0 })

        // Everything is still counted, with the same outcome, time and channel; what waited has its one final record.
        let trailNow = try await rosi.trail(of: scene)
        #expect(trailNow.filter { $0.hasSuffix("person_erased") }.count == Int(open))
        #expect(trailNow.filter { !$0.hasSuffix("person_erased") } == trail)
        #expect(
            try await scene.texts(
                """
                SELECT d.occurrence_id || d.channel FROM deliveries d LEFT JOIN sag_reminder_logs l
                    ON l.kind = 'delivery' AND (l.occurrence_id, l.user_id, l.channel, l.generation)
                        = (d.occurrence_id, d.recipient, d.channel, d.generation)
                WHERE starts_with(d.recipient, 'erased:') AND l.outcome IS DISTINCT FROM d.state
                """) == [])
        let names = try await scene.texts(
            """
            SELECT recipient FROM deliveries WHERE starts_with(recipient, 'erased:') UNION
            SELECT user_id FROM sag_reminder_logs WHERE starts_with(user_id, 'erased:') UNION
            SELECT user_id FROM popups WHERE starts_with(user_id, 'erased:') UNION
            SELECT created_by FROM sag_reminders WHERE starts_with(created_by, 'erased:') ORDER BY 1
            """)
        #expect(names == [erasure.pseudonym, erasure.pseudonym + ".3"])

        // Others keep theirs.
        #expect(
            try await scene.texts(
                "SELECT title || ' ' || array_to_string(recipients, ' ') FROM sag_reminders ORDER BY id")
                == [
                    "(erased) \(erasure.pseudonym)", "For both 2", "Made for 2 2", "(erased) \(erasure.pseudonym).3",
                    "(erased) \(erasure.pseudonym)",
                ])
        #expect(try await scene.number("SELECT count(*) FROM dead_letters WHERE body <> ''") == 1)
        #expect(try await scene.texts("SELECT id FROM users") == ["2"])
        #expect(
            try await scene.texts("SELECT convert_from(response, 'UTF8') FROM idempotency_keys WHERE user_id = '2'")
                == ["{\"id\":2}"])
        #expect(try await scene.number("SELECT count(*) FROM erased_names") == 0)
    }

    @Test func `every column of text is said to be personal or not`() async throws {
        let scene = try await Scene.make()
        let columns = try await scene.texts(
            """
            SELECT table_name || '.' || column_name FROM information_schema.columns
                JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                AND (data_type IN ('text', 'jsonb', 'bytea', 'character varying', 'json', 'character')
                     OR data_type = 'ARRAY' AND udt_name IN ('_text', '_varchar', '_jsonb'))
                AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = (quote_ident(table_name))::regclass)
            ORDER BY 1
            """)
        for column in columns where PersonalColumns.all[column] == nil {
            Issue.record(
                """
                \(column): say in PersonalColumns whether it can tell who a person is, and if so have \
                migrations/functions/erase_slice.sql replace it
                """)
        }
        #expect(Set(PersonalColumns.all.keys).isSubset(of: columns))
    }
}
