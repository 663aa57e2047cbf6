import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// From a reminder added on the command line to the mailbox, the channel and the log.
    @Suite struct Delivering {
        @Test func aReminderReachesMailboxChannelAndLogWithinASecondOfItsTime() async throws {
            try await Scene.play { scene in
                try scene.startAll()
                try await scene.reminders(
                    "user", "put", "1", "--name", "Anna Sørensen", "--email", "anna@example.org", "--mattermost",
                    "anna", "--locale", "da", "--zone", "Europe/Copenhagen")
                try await scene.reminders(
                    "add", "--user", "1", "--case", "123", "--title", "Follow up", "--in", "2s", "--channel", "email",
                    "--channel", "mattermost")
                try await scene.wait(for: "(SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery') = 2")

                let rows = try await scene.log()
                #expect(rows.map(\.channel).sorted() == ["email", "mattermost"])
                for row in rows {
                    #expect(row.kind == "delivery")
                    #expect(row.outcome == "sent")
                    #expect(row.caseID == "123")
                    #expect(row.recipient == "1")
                    #expect(row.title == "Follow up")
                    #expect(row.attempt == 1)
                }
                let lateness = try await scene.number(
                    """
                    SELECT (1000 * max(extract(epoch FROM created_at - due_at)))::bigint FROM sag_reminder_logs
                    WHERE kind = 'delivery'
                    """)
                #expect((0...1000).contains(lateness))
                try await expectMail(scene)
                try await expectPost(scene)
            }
        }

        private func expectMail(_ scene: Scene) async throws {
            let mails = try await scene.catcher.mail()
            #expect(mails.count == 1)
            let mail = try #require(mails.first)
            let delivery = try await scene.text(
                "SELECT delivery_id::text FROM sag_reminder_logs WHERE channel = 'email' AND kind = 'delivery'")
            #expect(mail.to == ["anna@example.org"])
            #expect(mail.headers["Message-ID"] == "<\(delivery)@localhost.localdomain>")
            #expect(mail.headers["X-Reminders-Delivery"] == delivery)
            #expect(mail.headers["Auto-Submitted"] == "auto-generated")
            #expect(mail.headers["To"] == "Anna Sørensen <anna@example.org>")
            #expect(mail.headers["Content-Language"] == "da")
            #expect(mail.headers["Date"] != nil)
            #expect(mail.headers["MIME-Version"] == "1.0")
            #expect(mail.subject.contains("Follow up"))
            #expect(try #require(mail.text).contains("Follow up"))
            #expect(try #require(mail.html).contains("Follow up"))
        }

        private func expectPost(_ scene: Scene) async throws {
            let posts = try await scene.catcher.posts()
            #expect(posts.count == 1)
            let post = try #require(posts.first)
            #expect(post.path == "/hooks/test")
            #expect(post.status == 200)
            let body = try #require(JSONSerialization.jsonObject(with: Data(post.body.utf8)) as? [String: Any])
            #expect(body["channel"] as? String == "@anna")
            #expect(post.body.contains("Follow up"))
        }

        @Test func aDryRunRecordsTheWholeMessageAndOpensNoConnection() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                let connections = try await scene.catcher.counts().smtpConnections
                try scene.startAll(["REMINDERS_DRY_RUN": "true"])
                try await scene.reminders(
                    "add", "--user", "1", "--case", "7", "--title", "Only tried", "--in", "1ms", "--channel", "email",
                    "--channel", "mattermost")
                try await scene.waitUntilAllHaveEnded()
                try await scene.wait(for: "(SELECT count(*) FROM sag_reminder_logs) = 2")
                let outcomes = try await scene.texts("SELECT outcome FROM sag_reminder_logs WHERE kind = 'delivery'")
                #expect(outcomes == ["dry_run", "dry_run"])
                let contents = try await scene.texts(
                    "SELECT details ->> 'content' FROM sag_reminder_logs ORDER BY channel")
                #expect(contents[0].contains("Message-ID: <"))
                #expect(contents[0].contains("Only tried"))
                #expect(contents[1].hasPrefix("{"))
                #expect(contents[1].contains("Only tried"))
                let counts = try await scene.catcher.counts()
                #expect(counts.smtpConnections == connections)
                #expect(counts.mail == 0)
                #expect(counts.posts == 0)
            }
        }

        @Test func whatIsSwitchedOffIsHeldAndSentOnceItIsSwitchedOn() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                try scene.start("scheduler")
                let limiter = try scene.start("rate-limiter", ["REMINDERS_EMAIL_ENABLED": "false"])
                try await scene.addReminders(3, users: 1)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'held') = 3")
                #expect(try await scene.texts("SELECT DISTINCT reason FROM deliveries") == ["switched_off"])
                #expect(
                    try await scene.texts("SELECT DISTINCT kind || ' ' || reason FROM sag_reminder_logs")
                        == ["held switched_off"])
                #expect(try await limiter.terminate() == .exited(0))
                try scene.start("rate-limiter")
                try scene.start("email-sender")
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(3)
            }
        }
    }
}

/// A line of `reminders log --json`.
struct LogRow: Decodable {
    let kind: String
    let outcome: String
    let channel: String
    let recipient: String
    let attempt: Int
    let title: String
    let caseID: String

    private enum CodingKeys: String, CodingKey {
        case kind, outcome, channel, recipient, attempt, title
        case caseID = "case_id"
    }
}

extension Scene {
    /// What `reminders log --json` shows.
    func log() async throws -> [LogRow] {
        try await reminders("log", "--json").split(separator: "\n").map {
            try JSONDecoder().decode(LogRow.self, from: Data($0.utf8))
        }
    }
}
