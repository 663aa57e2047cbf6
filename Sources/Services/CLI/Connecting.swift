import ArgumentParser
import Foundation
import Logging
import RemindersAMQP
import RemindersDomain
import RemindersPostgres
import RemindersServiceKit
import RemindersSettingsKit
import RemindersStore

/// The version of this program.
enum Version {
    static let text = BuildInformation.version
}

/// What a command needs to reach database and broker, from the environment, `_FILE`s or `.env`.
enum Connecting {
    /// Runs `body` with the store of REMINDERS_DATABASE_URL.
    ///
    /// - Parameters:
    ///   - statementTimeout: how long one statement may take.
    ///   - isPlannedByKey: whether statements are planned as services have them.
    static func withStore<Result: Sendable>(
        statementTimeout: Duration = .seconds(30), isPlannedByKey: Bool = false,
        _ body: (ReminderStore) async throws -> Result
    ) async throws -> Result {
        var settings = SettingsReader(service: "reminders", arguments: ["reminders"])
        let url = settings.databaseURL()
        settings.validateOrExit()
        var configuration = try PostgresConfiguration(url: url.reveal())
        configuration.applicationName = "reminders command line"
        configuration.poolSize = 2
        configuration.statementTimeout = statementTimeout
        if isPlannedByKey { configuration.planByKey() }
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
        let url = settings.brokerURL()
        settings.validateOrExit()
        var configuration = try AMQPConfiguration(url: url.reveal())
        configuration.connectionName = "reminders command line"
        return configuration
    }

    /// The name of REMINDERS_DEPLOYMENT; nil where none is set.
    static func deployment() -> DeploymentName? {
        var settings = SettingsReader(service: "reminders", arguments: ["reminders"])
        let name = CommonSettings.deployment(reading: &settings)
        settings.validateOrExit()
        return name.flatMap { DeploymentName($0) }
    }

    /// The channels of REMINDERS_CHANNELS, also those that this program knows by their names alone.
    static func channels() -> ChannelRegistry {
        var settings = SettingsReader(service: "reminders", arguments: ["reminders"])
        let channels = ChannelRegistry.standard.installedWithOthers(reading: &settings)
        settings.validateOrExit()
        return channels
    }

    private static var quietLogger: Logger {
        var logger = Logger(label: "reminders") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        return logger
    }
}

extension ChannelRegistry {
    /// These and those of this build: what went through a channel before it was taken out is still there.
    var withEarlier: ChannelRegistry { ChannelRegistry(channels + ChannelRegistry.standard.channels) }

    /// - Throws: `ValidationError` for a channel that is none of these.
    func check(_ option: String, _ kinds: some Sequence<ChannelKind>) throws {
        for kind in kinds where self[kind] == nil {
            let names = self.kinds.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(option) \(kind): give one of \(names); REMINDERS_CHANNELS says which there are")
        }
    }
}

extension ChannelKind: ExpressibleByArgument {
    /// One of this name; `ChannelRegistry.check` tells whether the installation has it.
    public init?(argument: String) {
        self.init(rawValue: argument)
    }
}

/// Data goes to standard output, everything else to standard error.
func note(_ text: String, terminator: String = "\n") {
    let shown = VisibleText.escaped(text, keepingLineFeeds: true)
    FileHandle.standardError.write(Data((shown + terminator).utf8))
}

/// What the commands print, instead of Swift's own: nothing that others wrote reaches the terminal as it is. JSON stays the
/// same JSON. A line that is to be one goes through `VisibleText.escaped` before.
func print(_ text: String, terminator: String = "\n") {
    Swift.print(VisibleText.escaped(text, keepingLineFeeds: true), terminator: terminator)
}
