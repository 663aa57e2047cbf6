import TestSupport
import Testing

extension EndToEnd {
    /// Tables of the user's own, on the command line and in the whole walk.
    @Suite struct Attaching {
        private let attach = ["attach", "sager", "--id", "id", "--status", "status", "--title", "titel"]

        @Test func aTableOfTheirOwnSetsRemindersOff() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                try await scene.run(
                    """
                    CREATE TABLE sager (id integer PRIMARY KEY, status text, titel text, frist timestamptz);
                    INSERT INTO sager VALUES (7, 'ny', 'Printeren brænder', now() + interval '1 hour');
                    INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email, notify_frontend,
                        override_user_preferences, trigger_type, trigger_config)
                    VALUES ('7', 'It began', '{1}', true, false, true, 'status_change', '{"target_status": "i_gang"}'),
                        ('7', 'It ends soon', '{1}', true, false, true, 'deadline_approaching', '{}')
                    """)
                try await scene.reminders(attach + ["--deadline", "frist", "--closed-status", "lukket"])
                for name in ["scheduler", "rate-limiter", "email-sender"] { try scene.start(name) }
                try await scene.run("UPDATE sager SET status = 'i_gang'")
                try await scene.wait(for: "(SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery') = 2")
                #expect(
                    try await scene.texts(
                        """
                        SELECT r.title || ' ' || l.outcome FROM sag_reminder_logs l
                        JOIN sag_reminders r ON r.id = l.reminder_id WHERE l.kind = 'delivery' ORDER BY 1
                        """) == ["It began sent", "It ends soon sent"])
                #expect(try await scene.reminders(["attach", "--list"]).contains("sager  case  id=id"))
                try await scene.reminders(["detach", "sager"])
                #expect(try await scene.reminders(["attach", "--list"]).isEmpty)
            }
        }

        @Test func whatIsMissingIsNamedWithWhatIsNear() async throws {
            try await Scene.play { scene in
                try await scene.run("CREATE SCHEMA crm; CREATE TABLE crm.sager (id integer, status text, titel text)")
                for (arguments, words) in [
                    (attach, "did you mean crm.sager?"),
                    (["attach", "crm.sager", "--id", "id", "--status", "stauts", "--title", "title"], "status?"),
                    (["attach", "crm.sager", "--id", "id", "--status", "stauts", "--title", "title"], "titel?"),
                    (["attach", "crm.sager", "--id", "id"], "--status and --title"),
                ] {
                    let failure = await #expect(throws: CommandFailed.self) { try await scene.reminders(arguments) }
                    #expect("\(failure as Any)".contains(words))
                }
            }
        }
    }
}
