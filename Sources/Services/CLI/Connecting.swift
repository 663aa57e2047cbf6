import ArgumentParser
import Foundation
import Logging
import RemindersAMQP
import RemindersPostgres
import RemindersServiceKit
import RemindersStore

/// The version of this program.
enum Version {
    static let text = BuildInformation.version
}

/// What a command needs to reach database and broker, from the environment, `_FILE`s or `.env`.
enum Connecting {
    /// Runs `body` with the store of REMINDERS_DATABASE_URL.
    ///
    /// - Parameter statementTimeout: how long one statement may take.
    static func withStore<Result: Sendable>(
        statementTimeout: Duration = .seconds(30), _ body: (ReminderStore) async throws -> Result
    ) async throws -> Result {
        var settings = SettingsReader(service: "reminders", arguments: ["reminders"])
        let url = settings.secretURL(
            "REMINDERS_DATABASE_URL", default: nil, schemes: ["postgresql", "postgres"],
            doc: "The PostgreSQL database.")
        settings.validateOrExit()
        var configuration = try PostgresConfiguration(url: url.reveal())
        configuration.applicationName = "reminders command line"
        configuration.poolSize = 2
        configuration.statementTimeout = statementTimeout
        let pool = PostgresPool(configuration: configuration, logger: quietLogger)
        do {
            let result = try await body(ReminderStore(pool: pool))
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }

    /// The broker of REMINDERS_AMQP_URL.
    static func broker() throws -> AMQPConfiguration {
        var settings = SettingsReader(service: "reminders", arguments: ["reminders"])
        let url = settings.secretURL(
            "REMINDERS_AMQP_URL", default: nil, schemes: ["amqp", "amqps"], doc: "The RabbitMQ broker.")
        settings.validateOrExit()
        var configuration = try AMQPConfiguration(url: url.reveal())
        configuration.connectionName = "reminders command line"
        return configuration
    }

    private static var quietLogger: Logger {
        var logger = Logger(label: "reminders") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        return logger
    }
}

/// Data goes to standard output, everything else to standard error.
func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
