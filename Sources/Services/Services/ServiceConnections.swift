import RemindersAMQP
import RemindersDomain
import RemindersPostgres

/// Where a service finds its database and its broker. Both are shared by all services of an installation.
public struct ServiceConnections: Sendable {
    /// Where PostgreSQL is, and how many connections there may be.
    public var database: PostgresConfiguration
    /// Where RabbitMQ is.
    public var broker: AMQPConfiguration
    /// Whose the database has to be, before anything is sent from it; nil for a deployment without a name.
    public var deployment: DeploymentName?

    /// Reads the URLs.
    ///
    /// - Parameters:
    ///   - databaseURL: `postgresql://user:password@host:5432/reminders`.
    ///   - brokerURL: `amqp://user:password@host:5672/vhost`.
    ///   - poolSize: the most connections to the database at a time, 1 or more.
    /// - Throws: `PostgresError` or `AMQPURLError` for a URL that is none; neither repeats the password.
    public init(databaseURL: String, brokerURL: String, poolSize: Int = 4) throws {
        database = try PostgresConfiguration(url: databaseURL)
        database.poolSize = poolSize
        broker = try AMQPConfiguration(url: brokerURL)
    }

    /// The database for one service, whose name is shown in `pg_stat_activity`.
    func database(of service: String) -> PostgresConfiguration {
        var configuration = database
        configuration.applicationName = service
        return configuration
    }

    /// The broker for one purpose of a service; both are shown in the broker's list of connections.
    func broker(of service: String, for purpose: String) -> AMQPConfiguration {
        var configuration = broker
        configuration.connectionName = "\(service) \(purpose)"
        return configuration
    }
}
