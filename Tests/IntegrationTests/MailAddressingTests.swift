import RemindersContracts
import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Where mail goes, and to whom once.
@Suite(.timeLimit(.minutes(1))) struct MailAddressingTests {
    /// Decides about what is due and returns what is asked for, as `address zone`, and the ledger.
    private func decide(_ scene: Scene) async throws -> (sent: [String], ledger: [String]) {
        let ids = try await scene.fire()
        let policy = RateLimiter.Policy(switches: .init(channels: .all, limit: nil))
        let sent = try await scene.store(as: .rateLimiter).decide(occurrences: ids, switches: policy.switches) {
            batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: false)
            decision.decide()
            return (decision.writes, decision.outgoing.map { "\($0.request.address ?? "-") \($0.request.timeZone)" })
        }
        return (sent.sorted(), try await scene.ledger())
    }

    private func remind(
        _ scene: Scene, users: String = "{}", mails: String = "{}", channels: String = "NULL, NULL, NULL, false",
        zone: String = "UTC"
    ) async throws {
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, recipient_emails, notify_email, notify_mattermost,
                notify_frontend, override_user_preferences, scheduled_at, time_zone)
            VALUES ('1', 'x', '\(users)', '\(mails)', \(channels), clock_timestamp() - interval '1 second', '\(zone)')
            """)
    }

    @Test func `a raw address is compared in lower case, sent as written, and told the time of the reminder's zone`()
        async throws
    {
        let scene = try await Scene.make()
        try await remind(scene, mails: "{Anna.Jensen@Example.ORG,anna.jensen@example.org}", zone: "Europe/Copenhagen")
        let (sent, ledger) = try await decide(scene)
        #expect(sent == ["Anna.Jensen@Example.ORG Europe/Copenhagen"])
        #expect(ledger == ["mailto:anna.jensen@example.org requested"])
    }

    @Test func `a person's address is sent as written too, and their zone is theirs`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.run(
            """
            UPDATE users SET time_zone = 'Asia/Tokyo';
            UPDATE user_notification_preferences SET email_override = 'Override@Example.ORG'
            """)
        try await remind(scene, users: "{1}", zone: "Europe/Copenhagen")
        #expect(try await decide(scene).sent == ["Override@Example.ORG Asia/Tokyo"])
    }

    @Test func `who is reminded as a user and by address gets one mail, the user's`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2", "3")
        try await scene.run(
            "UPDATE user_notification_preferences SET email_override = 'Other@Example.com' WHERE user_id = '2'")
        try await remind(
            scene, users: "{1,2}", mails: "{USER1@example.com,other@EXAMPLE.com,user2@example.com,user3@example.com}")
        let (sent, ledger) = try await decide(scene)
        // User 3 is not reminded, and user 2 has another address.
        #expect(
            sent == [
                "Other@Example.com UTC", "user1@example.com UTC", "user2@example.com UTC", "user3@example.com UTC",
            ])
        #expect(
            ledger == [
                "1 requested", "2 requested", "mailto:other@example.com rejected told_as_user",
                "mailto:user1@example.com rejected told_as_user", "mailto:user2@example.com requested",
                "mailto:user3@example.com requested",
            ])
        #expect(try await scene.text("SELECT status FROM sag_reminder_queue") == "sent")
    }

    @Test func `whether the user gets a mail is asked as the decision asks it`() async throws {
        for reminder in ["NULL", "true", "false"] {
            for preference in ["none", "true", "false"] {
                for overrides in ["false", "true"] {
                    let scene = try await Scene.make()
                    try await scene.addUsers("1")
                    try await scene.run(
                        preference == "none"
                            ? "DELETE FROM user_notification_preferences"
                            : "UPDATE user_notification_preferences SET notify_email = \(preference)")
                    try await remind(
                        scene, users: "{1}", mails: "{user1@example.com}",
                        channels: "\(reminder), NULL, true, \(overrides)")
                    let (sent, ledger) = try await decide(scene)
                    #expect(
                        sent.filter { $0.hasPrefix("user1@") }.count == 1,
                        "\(reminder) \(preference) \(overrides): \(ledger)")
                }
            }
        }
    }

    @Test func `what stands for an address and is none is its own reason`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.run(
            "UPDATE users SET email = CASE id WHEN '1' THEN 'not an address' END")
        try await remind(scene, users: "{1,2}", mails: "{anna@,\"\\\"a b\\\"@example.org\"}")
        let (sent, ledger) = try await decide(scene)
        #expect(sent == [])
        #expect(
            ledger == [
                "1 rejected bad_address", "2 rejected no_address", "mailto:\"a b\"@example.org rejected bad_address",
                "mailto:anna@ rejected bad_address",
            ])
    }

    @Test(arguments: [
        "INSERT INTO users (id, email) VALUES ('1', 'a@blåbærgrød.dk')",
        "INSERT INTO users (id) VALUES ('1'); INSERT INTO user_notification_preferences (user_id, email_override) VALUES ('1', 'a@bø.dk')",
        "INSERT INTO sag_reminders (sag_id, title, recipient_emails, scheduled_at) VALUES ('1', 'x', '{a@b.dk,c@bø.dk}', now())",
    ])
    func `a domain in other letters is refused, and what to write instead is said`(_ sql: String) async throws {
        let scene = try await Scene.make()
        let error = try await postgresError { try await scene.run(sql) }
        #expect(error?.sqlState == "23514")
        #expect(error.map { "\($0)" }?.contains("ASCII") == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        "INSERT INTO users (id) VALUES ('mailto:anna@example.org')",
        "INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at) VALUES ('1', 'x', '{mailto:a@b.dk}', now())",
    ])
    func `no user's id begins as the keys of addresses do`(_ sql: String) async throws {
        let scene = try await Scene.make()
        #expect(try await postgresError { try await scene.run(sql) }?.sqlState == "23514")
    }
}
