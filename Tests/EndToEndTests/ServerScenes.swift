import TestSupport
import Testing

extension EndToEnd {
    /// Servers that fail while services work.
    @Suite struct LosingServers {
        private let count = 300

        @Test func aKilledBrokerCostsTimeOnly() async throws {
            let rabbitMQ = try await RabbitMQServer.start()
            try await Scene.play(rabbitMQ: rabbitMQ) { scene in
                try await load(scene)
                try await scene.waitForEnded(50)
                try await rabbitMQ.kill()
                try await rabbitMQ.restart()
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(count)
            }
            try await rabbitMQ.remove()
        }

        @Test func sessionsThatTheDatabaseEndsCostNoCopies() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(count)
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                try await scene.addReminders(count, users: count)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = \(count)")
                for _ in 1...2 { try scene.start("email-sender") }
                for part in 1...4 {
                    try await scene.waitForEnded(50 * part)
                    try await scene.run(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND usename = 'reminders_sender'
                        """)
                }
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(count)
            }
        }

        /// What the broker had is lost wherever it was: due messages that nobody had decided about, requests that nobody had
        /// taken, requests that waited for their next attempt, and those of a sender that was killed with them in hand.
        @Test func aBrokerThatComesBackEmptyCostsTimeOnly() async throws {
            let rabbitMQ = try await RabbitMQServer.start()
            try await Scene.play(rabbitMQ: rabbitMQ) { scene in
                try await scene.addUsers(60)
                try await scene.catcher.script(mailTo: "u7@example.org", replies: ["451 4.7.1 not now"])
                try scene.start("scheduler")
                try await scene.addReminders(count, users: 60, spacing: .milliseconds(1))
                try await scene.wait(for: "(SELECT count(published_at) FROM sag_reminder_queue) = \(count)")
                try await scene.forgetEverything(rabbitMQ)

                try scene.start("rate-limiter", ["REMINDERS_LOST_AFTER": "2"])
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = \(count)")
                try await scene.forgetEverything(rabbitMQ)

                let sender = try scene.start("email-sender")
                try await scene.waitForEnded(count / 3)
                try await sender.kill()
                try await scene.forgetEverything(rabbitMQ)

                try scene.start("email-sender")
                try await scene.waitUntilAllHaveEnded()
                let inHand = try await scene.number(
                    "SELECT count(*) FROM sag_reminder_logs WHERE kind = 'attempt' AND reason = 'sender_died'")
                try await scene.expectEachSentOnce(count, copies: 0...Int(inHand))
            }
            try await rabbitMQ.remove()
        }

        @Test func aRestartedDatabaseCostsTimeOnly() async throws {
            let postgres = try await PostgresServer.start()
            try await Scene.play(postgres: postgres) { scene in
                try await load(scene)
                try await scene.waitForEnded(50)
                try await postgres.stop()
                try await postgres.restart()
                try await scene.waitForEnded(100)
                try await postgres.kill()
                try await postgres.restart()
                try await scene.waitUntilAllHaveEnded(within: .seconds(30))
                try await scene.expectEachSentOnce(count)
            }
            try await postgres.remove()
        }

        /// Often enough that some answer to a COMMIT, which takes long here, is lost. What it left claimed must not wait for its
        /// lease to run out, a minute later; and what is claimed anew meanwhile is not sent twice.
        @Test func linesThatBreakAgainAndAgainCostSecondsOnly() async throws {
            try await Scene.play { scene in
                let (broker, brokerURL) = try scene.proxiedBroker()
                let (database, databasePort) = try scene.proxiedDatabase()
                try await scene.run(
                    """
                    DO $$ BEGIN
                        EXECUTE format('ALTER DATABASE %I SET commit_delay = 50000', current_database());
                        EXECUTE format('ALTER DATABASE %I SET commit_siblings = 0', current_database());
                    END $$
                    """)
                try await load(scene, brokerURL: brokerURL, databasePort: databasePort)
                for round in 1...30 {
                    try await scene.waitForEnded(8 * round)
                    if round.isMultiple(of: 3) { broker.reset() } else { database.reset() }
                }
                try await scene.waitUntilAllHaveEnded(within: .seconds(30))
                try await scene.expectEachSentOnce(count)
            }
        }

        private func load(_ scene: Scene, brokerURL: String? = nil, databasePort: UInt16? = nil) async throws {
            try await scene.addUsers(60)
            for name in ["scheduler", "rate-limiter", "email-sender"] {
                try scene.start(
                    name,
                    [
                        "REMINDERS_AMQP_URL": brokerURL ?? scene.broker,
                        "REMINDERS_DATABASE_URL": try scene.database(for: name, port: databasePort),
                    ])
            }
            try await scene.addReminders(count, users: 60, spacing: .milliseconds(15))
        }
    }
}
