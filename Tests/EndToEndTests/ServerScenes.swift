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

        /// Often enough that some answer to a COMMIT is lost. What it left claimed must not wait for its lease to run
        /// out, a minute later.
        @Test func linesThatBreakAgainAndAgainCostSecondsOnly() async throws {
            try await Scene.play { scene in
                let (broker, brokerURL) = try scene.proxiedBroker()
                let (database, databasePort) = try scene.proxiedDatabase()
                try await load(scene, brokerURL: brokerURL, databasePort: databasePort)
                for round in 1...12 {
                    try await scene.waitForEnded(20 * round)
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

extension Scene {
    /// Waits until so many deliveries have ended.
    func waitForEnded(_ count: Int) async throws {
        try await wait(
            for: "(SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery') >= \(count)", within: .seconds(30))
    }
}
