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
                try await postgres.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename LIKE 'reminders_%'"
                )
                try await scene.waitForEnded(100)
                try await postgres.stop()
                try await postgres.restart()
                try await scene.waitForEnded(150)
                try await postgres.kill()
                try await postgres.restart()
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(count)
            }
            try await postgres.remove()
        }

        private func load(_ scene: Scene) async throws {
            try await scene.addUsers(60)
            for name in ["scheduler", "rate-limiter", "email-sender"] { try scene.start(name) }
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
