import Logging
import RemindersAMQP
import RemindersGround
import RemindersPostgres

/// The settings that every service has.
public struct CommonSettings: Sendable {
    /// Where the database is, with user and password; empty if the service has none.
    public let databaseURL: Secret
    /// The most connections to the database at a time.
    public let databasePoolSize: Int
    /// Where the broker is, with user and password; empty if the service has none.
    public let brokerURL: Secret
    /// Lines below this level are not written.
    public let logLevel: Logger.Level
    /// How lines are written.
    public let logFormat: LogFormat
    /// The address of the admin server.
    public let adminHost: String
    /// The port of the admin server; nil when there is to be none.
    public let adminPort: Int?
    /// How long the service may take to stop after it was asked to.
    public let shutdownDeadline: Duration

    /// Reads them.
    ///
    /// - Parameters:
    ///   - settings: the reader of the service.
    ///   - usesDatabase: whether the service needs PostgreSQL; if so its URL is required.
    ///   - usesBroker: whether the service needs RabbitMQ; if so its URL is required.
    ///   - poolSize: the default number of connections to the database.
    public init(
        reading settings: inout SettingsReader, usesDatabase: Bool = true, usesBroker: Bool = true, poolSize: Int = 4
    ) {
        databaseURL =
            usesDatabase
            ? settings.secretURL(
                "REMINDERS_DATABASE_URL", default: nil, schemes: ["postgresql", "postgres"],
                doc: "The PostgreSQL database, such as postgresql://user:password@host:5432/reminders.")
            : Secret("")
        databasePoolSize =
            usesDatabase
            ? settings.integer(
                "REMINDERS_DATABASE_POOL_SIZE", default: poolSize, in: 1...100,
                doc: "The most connections to PostgreSQL at a time.")
            : poolSize
        brokerURL =
            usesBroker
            ? settings.secretURL(
                "REMINDERS_AMQP_URL", default: nil, schemes: ["amqp", "amqps"],
                doc: "The RabbitMQ broker, such as amqp://user:password@host:5672/vhost.")
            : Secret("")
        // What the drivers would refuse when they start is a wrong setting.
        if !databaseURL.isEmpty {
            do {
                _ = try PostgresConfiguration(url: databaseURL.reveal())
            } catch {
                settings.refuse("REMINDERS_DATABASE_URL", "\(error)")
            }
        }
        if !brokerURL.isEmpty {
            do {
                _ = try AMQPConfiguration(url: brokerURL.reveal())
            } catch {
                settings.refuse("REMINDERS_AMQP_URL", "\(error)")
            }
        }
        logLevel = settings.choice(
            "REMINDERS_LOG_LEVEL", default: Logger.Level.info, doc: "Lines below this level are not written.")
        logFormat = settings.choice(
            "REMINDERS_LOG_FORMAT", default: LogFormat.forStandardError,
            doc: "json for machines, text for people. The default is text on a terminal, else json.")
        adminHost = settings.string(
            "REMINDERS_ADMIN_HOST", default: "127.0.0.1",
            doc: "The address for /livez, /readyz and /metrics. They ask for no password: keep it a private one.")
        let port = settings.integer(
            "REMINDERS_ADMIN_PORT", default: 0, in: 0...65535,
            doc: "The port for /livez, /readyz and /metrics. 0 turns them off.")
        adminPort = port == 0 ? nil : port
        shutdownDeadline = settings.duration(
            "REMINDERS_SHUTDOWN_DEADLINE", default: .seconds(20), in: .seconds(1)...(.seconds(600)),
            doc: "How long work in hand may take after SIGTERM. What is left then is delivered again later.")
    }
}
