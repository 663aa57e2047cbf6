import RemindersAMQP
import RemindersBroker
import RemindersContracts
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
    /// Whether services declare what they need of the broker's topology. If not, they look whether it is there, so that their
    /// users need no right to configure; `reminders topology apply` has declared it.
    public var declaresTopology = true

    /// Reads the URLs.
    ///
    /// - Parameters:
    ///   - databaseURL: `postgresql://user:password@host:5432/reminders`.
    ///   - brokerURL: `amqp://user:password@host:5672/vhost`.
    ///   - poolSize: the most connections to the database at a time, 1 or more.
    ///   - allowsClearText: whether passwords and messages may go to another machine for everybody to read on their way.
    /// - Throws: `PostgresError` or `AMQPError` for a URL that is none, and `ClearTextRefusal`; none repeats the password.
    public init(databaseURL: String, brokerURL: String, poolSize: Int = 4, allowsClearText: Bool = false) throws {
        database = try PostgresConfiguration(url: databaseURL)
        database.poolSize = poolSize
        broker = try AMQPConfiguration(url: brokerURL)
        let hosts = database.clearTextHosts + broker.clearTextHosts
        if !allowsClearText, !hosts.isEmpty { throw ClearTextRefusal(hosts: hosts) }
    }

    /// A URL leads in clear text to another machine.
    public struct ClearTextRefusal: Error, Hashable, CustomStringConvertible {
        /// Where it leads.
        public let hosts: [String]
        /// Where, and what to do.
        public var description: String {
            "clear text to \(hosts.joined(separator: ", ")), which is not this machine: use amqps:// and TLS for PostgreSQL, "
                + "or pass allowsClearText: true"
        }
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

    /// What a user declares, or looks for, whenever it connects.
    func topology(of user: BrokerUser) -> Topology {
        .reminders(for: user, passive: !declaresTopology)
    }
}
