import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What operators have forgotten: people, and what is old.
    @Suite struct Forgetting {
        @Test func aPersonWithMailOnItsWayIsErasedByTheCommand() async throws {
            try await Scene.play { scene in
                try scene.startAll()
                try await scene.reminders(
                    "user", "put", "rosi-7f3c", "--name", "Rosalind Berg", "--email", "rosalind@example.org")
                for title in ["zebra sent", "zebra later"] {
                    try await scene.reminders(
                        "add", "--user", "rosi-7f3c", "--case", "1", "--title", title, "--in",
                        title == "zebra sent" ? "0s" : "1h", "--channel", "email")
                }
                try await scene.wait(
                    for: "(SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery' AND outcome = 'sent') = 1")
                let counted = try await scene.reminders("user", "erase", "rosi-7f3c", "--dry-run")
                #expect(counted.contains("sag_reminders  2") && counted.contains("users  1"), "\(counted)")
                #expect(try await scene.number("SELECT count(*) FROM users WHERE id = 'rosi-7f3c'") == 1)

                let erased = try await scene.reminders("user", "erase", "rosi-7f3c", "--yes")
                #expect(erased.contains("sag_reminders  2"), "\(erased)")
                let dump = try await Command.run("pg_dump", ["--data-only", "--inserts", "--dbname", scene.database])
                for text in ["rosi-7f3c", "Rosalind", "rosalind@example.org", "zebra"] {
                    #expect(!dump.contains(text), "\(text) is still there")
                }
                #expect(try await scene.reminders("log").contains("erased:"))
                let refusal = await #expect(throws: CommandFailed.self) {
                    try await scene.reminders("user", "erase", "erased:1", "--yes")
                }
                #expect(refusal?.output.contains("is what somebody is called who was erased") == true)
            }
        }

        @Test func anOldWeekIsArchivedBeforeItGoes() async throws {
            try await Scene.play { scene in
                try await scene.addOldWeek()
                let keep = [
                    "REMINDERS_KEEP_DELIVERIES": "60d", "REMINDERS_KEEP_LOG": "60d", "REMINDERS_ARCHIVE_FIRST": "true",
                ]
                let waits = try await scene.reminders(["purge", "--dry-run"], keep)
                #expect(waits.contains("deliveries_") && waits.contains("stays: it is not archived yet"), "\(waits)")
                try await scene.reminders(["purge"], keep)
                #expect(try await scene.number("SELECT count(*) FROM deliveries") == 3)

                let folder = Scratch.path("archive")
                // One that was cut off left half a file.
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let name = try await scene.text(
                    "SELECT partition FROM partitions WHERE parent = 'deliveries' ORDER BY ends_at LIMIT 1")
                try Data("half".utf8).write(to: folder.appendingPathComponent("\(name).csv.part"))
                let archived = try await scene.reminders(["archive", folder.path], keep)
                #expect(archived.contains("\(name)  3"), "\(archived)")
                #expect(try await scene.reminders(["archive", folder.path], keep).isEmpty)
                let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                #expect(files.allSatisfy { !$0.hasSuffix(".part") } && files.contains("manifest.json"), "\(files)")

                // Read again it is what it was.
                try await scene.run(
                    """
                    CREATE TABLE again (LIKE deliveries);
                    SELECT set_config('datestyle', 'ISO', false)
                    """)
                try await Command.run(
                    "psql",
                    [
                        "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", scene.database, "--command",
                        "\\copy again FROM '\(folder.path)/\(name).csv' WITH (FORMAT csv, HEADER)",
                    ])
                #expect(
                    try await scene.number("SELECT count(*) FROM (TABLE again EXCEPT TABLE deliveries) different") == 0)
                #expect(
                    try await scene.number(
                        "SELECT count(*) FROM again WHERE reply = E'a \"b\",\\n c' AND decision IS NULL") == 3)

                let gone = try await scene.reminders(["purge"], keep)
                #expect(gone.contains(name), "\(gone)")
                #expect(try await scene.number("SELECT count(*) FROM deliveries") == 0)

                // Who is erased now may still be in the files, and that is said.
                try await scene.reminders("user", "erase", "old-person", "--yes")
                try await scene.reminders(["archive", folder.path], keep)
                let manifest = try String(contentsOf: folder.appendingPathComponent("manifest.json"), encoding: .utf8)
                let erasure = try await scene.text("SELECT id::text FROM erasures")
                #expect(manifest.contains("\"erasures_since\"") && manifest.contains(erasure), "\(manifest)")
            }
        }
    }
}

extension Scene {
    /// Three deliveries of the week 20 weeks ago, that have ended with their records.
    fileprivate func addOldWeek() async throws {
        let statements = try await texts(
            """
            SELECT format('CREATE TABLE %1$I (LIKE %2$I INCLUDING ALL); '
                    'ALTER TABLE %2$I ATTACH PARTITION %1$I FOR VALUES FROM (%3$s) TO (%4$s)',
                parent || to_char(begin_of_week(week) AT TIME ZONE 'UTC', '"_"IYYY"w"IW'), parent,
                first_key_of_week(parent, week), first_key_of_week(parent, week + 1))
            FROM (SELECT DISTINCT parent FROM partitions) tables,
                LATERAL (SELECT week_of_id(first_id_of_day(now())) - 20 AS week) weeks
            """)
        try await run(statements.joined(separator: ";\n"))
        try await run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, finished_at, reply)
            SELECT first_key_of_week('deliveries', week_of_id(first_id_of_day(now())) - 20) + number, 'old-person', 'email',
                gen_random_uuid(), 1, 'sent', now() - interval '140 days', now() - interval '140 days', E'a "b",\\n c'
            FROM generate_series(1, 3) number;
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, week)
            SELECT 'delivery', 'sent', occurrence_id, 1, recipient, channel, week_of_id(occurrence_id) FROM deliveries
            """)
    }
}
