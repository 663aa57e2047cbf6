import Logging
import RemindersPostgres
import TestSupport
import Testing

extension EndToEnd {
    /// Roles of the database. Every service of every scene works as its own; here is what each may not do.
    @Suite struct Roles {
        @Test func aRoleMayDoNoMoreThanItNeeds() async throws {
            try await Scene.play { scene in
                for sender in ["email-sender", "mattermost-sender"] {
                    try await expectRefused(
                        scene, sender,
                        [
                            "DELETE FROM sag_reminder_logs", "UPDATE sag_reminder_logs SET outcome = 'sent'",
                            "SELECT email FROM users", "DELETE FROM deliveries",
                            "UPDATE deliveries SET recipient = 'x'",
                            "INSERT INTO deliveries DEFAULT VALUES", "SELECT title FROM sag_reminders",
                            "CREATE TABLE mine (id int)", "SELECT email FROM users", "TABLE popups", "TABLE permits",
                            "SELECT name FROM popup_channel",
                        ])
                }
                try await expectRefused(
                    scene, "frontend-push",
                    [
                        "SELECT email FROM users", "SELECT title FROM sag_reminders", "DELETE FROM popups",
                        "DELETE FROM deliveries", "INSERT INTO deliveries DEFAULT VALUES", "TABLE permits",
                        "UPDATE sag_reminder_logs SET outcome = 'sent'", "TABLE idempotency_keys",
                        "CREATE TABLE mine (id int)",
                    ])
                try await expectRefused(
                    scene, "api",
                    [
                        "DELETE FROM sag_reminder_logs", "UPDATE sag_reminder_logs SET outcome = 'sent'",
                        "DELETE FROM deliveries", "UPDATE deliveries SET state = 'sent'", "DELETE FROM permits",
                        "SELECT name FROM popup_channel", "INSERT INTO dead_letters DEFAULT VALUES",
                        "UPDATE deployment SET name = 'x'", "CREATE TABLE mine (id int)",
                    ])
                try await expectRefused(
                    scene, "rate-limiter",
                    [
                        "DELETE FROM deliveries", "UPDATE users SET email = 'x@example.org'",
                        "DELETE FROM sag_reminder_logs",
                        "INSERT INTO sag_reminder_queue DEFAULT VALUES", "UPDATE sag_reminders SET title = 'x'",
                    ])
                try await expectRefused(
                    scene, "scheduler",
                    [
                        "SELECT email FROM users", "UPDATE sag_reminders SET title = 'x'", "SELECT id FROM deliveries",
                        "DELETE FROM sag_reminder_queue",
                    ])
                try await expectRefused(
                    scene, "dashboard",
                    [
                        "SELECT id FROM deliveries", "SELECT id FROM sag_reminder_logs", "SELECT email FROM users",
                        "SELECT pg_advisory_lock(1380273485, hashtext('1'))", "SELECT pg_try_advisory_lock(1380273486)",
                        "SELECT pg_advisory_xact_lock_shared(1380273487)", "SELECT pg_try_advisory_xact_lock(1, 1)",
                        "SELECT name FROM popup_channel", "SELECT reason FROM channel_pauses",
                    ])
                let dashboard = try pool(scene, "dashboard")
                for view in ["delivery_log_v1", "hourly_stats_v1", "waiting_v1", "dead_letters_v1"] {
                    #expect(try await dashboard.query(Query("SELECT * FROM reporting.\(view)")).isEmpty)
                }
                await dashboard.close()
            }
        }

        private func pool(_ scene: Scene, _ service: String) throws -> PostgresPool {
            PostgresPool(
                configuration: try PostgresConfiguration(url: scene.database(for: service)),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        private func expectRefused(_ scene: Scene, _ service: String, _ statements: [String]) async throws {
            let pool = try pool(scene, service)
            for statement in statements {
                let refusal = await #expect(throws: PostgresError.self, "\(service): \(statement)") {
                    try await pool.query(Query(statement))
                }
                #expect(refusal?.sqlState == "42501", "\(service): \(statement)")
            }
            await pool.close()
        }
    }
}
