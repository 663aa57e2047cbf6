import RemindersAMQP
import RemindersGround
import RemindersPostgres

/// What a service does about the broker's exchanges and queues.
public enum TopologyMode: String, CaseIterable, Sendable {
    /// It declares those it needs.
    case declare
    /// It looks whether they are there, and says what is missing.
    case passive
}

extension SettingsReader {
    /// Where the database is, with user and password. What its driver would refuse when it starts is a wrong setting, and so is
    /// clear text to another machine that nobody has allowed.
    public mutating func databaseURL() -> Secret {
        let url = secretURL(
            "REMINDERS_DATABASE_URL", default: nil, schemes: ["postgresql", "postgres"],
            doc: "The PostgreSQL database, such as postgresql://user:password@host:5432/reminders.")
        let allowsClearText = bool(
            "REMINDERS_DATABASE_ALLOW_CLEAR_TEXT", default: false,
            doc:
                "Whether sslmode=disable, allow or prefer may go to another machine, with all that is read and written."
        )
        guard !url.isEmpty else { return url }
        do {
            let hosts = try PostgresConfiguration(url: url.reveal()).clearTextHosts
            if !allowsClearText, !hosts.isEmpty {
                refuse(
                    "REMINDERS_DATABASE_URL",
                    ClearText.refusal(
                        of: hosts, mend: "leave sslmode out of the URL, so that TLS is required and verified",
                        setting: "REMINDERS_DATABASE_ALLOW_CLEAR_TEXT"))
            }
        } catch {
            refuse("REMINDERS_DATABASE_URL", "\(error)")
        }
        return url
    }

    /// Where the broker is, with user and password. The same is refused as for a database.
    public mutating func brokerURL() -> Secret {
        let url = secretURL(
            "REMINDERS_AMQP_URL", default: nil, schemes: ["amqp", "amqps"],
            doc: "The RabbitMQ broker, such as amqps://user:password@host:5671/vhost.")
        let allowsClearText = bool(
            "REMINDERS_AMQP_ALLOW_CLEAR_TEXT", default: false,
            doc: "Whether amqp:// may go to another machine, password and messages in clear text.")
        guard !url.isEmpty else { return url }
        do {
            let hosts = try AMQPConfiguration(url: url.reveal()).clearTextHosts
            if !allowsClearText, !hosts.isEmpty {
                refuse(
                    "REMINDERS_AMQP_URL",
                    ClearText.refusal(of: hosts, mend: "use amqps://", setting: "REMINDERS_AMQP_ALLOW_CLEAR_TEXT"))
            }
        } catch {
            refuse("REMINDERS_AMQP_URL", "\(error)")
        }
        return url
    }
}

/// Why a setting is refused that sends passwords and people's names through a network for everybody to read.
public enum ClearText {
    /// - Parameters:
    ///   - hosts: where it would go.
    ///   - mend: what to do, such as "use amqps://".
    ///   - setting: the setting that allows it.
    public static func refusal(of hosts: [String], mend: String, setting: String) -> String {
        let names = hosts.map(SettingsText.quoted).joined(separator: ", ")
        return "goes in clear text to \(names), which is not this machine: \(mend), or set \(setting)=true"
    }
}
