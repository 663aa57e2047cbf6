import TestSupport
import Testing

extension EndToEnd {
    /// What the other side refuses, puts off, or leaves open.
    @Suite struct Retrying {
        @Test func whatIsPutOffIsTriedAgainAndWhatIsRefusedIsNot() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(3)
                try await scene.run("UPDATE users SET email = 'reject550@example.org' WHERE id = '2'")
                try await scene.catcher.script(mailTo: "u1@example.org", replies: ["451 4.7.0 later"])
                try await scene.catcher.script(mailTo: "u3@example.org", replies: ["drop"])
                try await scene.catcher.script(postsTo: "/hooks/test", statuses: [503])
                try scene.startAll()
                try await scene.addReminders(3, users: 3)
                try await scene.run(
                    """
                    INSERT INTO sag_reminders (sag_id, title, recipient_emails, notify_email, notify_mattermost,
                        override_user_preferences, scheduled_at)
                    VALUES ('4', 'To nowhere', '{no address}', true, false, true, now());
                    INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email, notify_mattermost,
                        notify_frontend, override_user_preferences, scheduled_at)
                    VALUES ('5', 'Posted', '{3}', false, true, false, true, now());
                    """)
                try await scene.waitUntilAllHaveEnded()

                #expect(try await scene.course(of: 1) == ["attempt deferred 1", "delivery sent 2"])
                #expect(try await scene.course(of: 2) == ["delivery rejected 1"])
                #expect(try await scene.course(of: 3) == ["attempt unknown 1", "delivery sent 2"])
                #expect(try await scene.course(of: 5) == ["attempt deferred 1", "delivery sent 2"])
                let nowhere = try await scene.course(of: 4)
                #expect(nowhere.count == 1)
                #expect(nowhere.first?.hasPrefix("delivery rejected") == true)

                let replies = try await scene.texts(
                    "SELECT reply FROM sag_reminder_logs WHERE reminder_id IN (1, 2) AND outcome <> 'sent' ORDER BY reminder_id"
                )
                #expect(replies.first?.hasPrefix("451 4.7.0 later") == true)
                #expect(replies.last?.hasPrefix("550") == true)
                let pause = try await scene.number(
                    """
                    SELECT (1000 * extract(epoch FROM max(created_at) - min(created_at)))::bigint
                    FROM sag_reminder_logs WHERE reminder_id = 1
                    """)
                #expect((5000...6500).contains(pause), "five seconds between the attempts")

                let mails = try await scene.catcher.mail()
                #expect(mails.filter { $0.to == ["u1@example.org"] }.count == 1)
                let copies = mails.filter { $0.to == ["u3@example.org"] }
                #expect(copies.count == 2)
                #expect(Set(copies.map { $0.headers["Message-ID"] }).count == 1)
                #expect(mails.count == 3)
                #expect(try await scene.catcher.posts().map(\.status) == [503, 200])
            }
        }
    }
}

extension Scene {
    /// The log of a reminder with one recipient and channel: kind, outcome and number of the attempt.
    fileprivate func course(of reminder: Int) async throws -> [String] {
        try await texts(
            """
            SELECT concat_ws(' ', kind, outcome, attempt) FROM sag_reminder_logs
            WHERE reminder_id = \(reminder) ORDER BY id
            """)
    }
}
