import ArgumentParser
import Foundation
import RemindersContracts
import RemindersDomain

/// A broker as `rabbitmqctl import_definitions` and `export_definitions` have it
/// (https://www.rabbitmq.com/docs/definitions), as far as it concerns us.
struct BrokerDefinitions: Encodable {
    struct VirtualHost: Codable {
        let name: String
    }

    struct User: Encodable {
        let name: String
        let passwordHash: String?
        let hashingAlgorithm: String?
        let tags: [String]
    }

    struct Permission: Encodable {
        let user: String
        let vhost: String
        let configure: String
        let write: String
        let read: String
    }

    struct Exchange: Codable {
        let name: String
        let vhost: String
        let type: String
        let durable: Bool
        let autoDelete: Bool
        /// Exports leave it out.
        let `internal`: Bool?
        let arguments: [String: Argument]
    }

    struct Queue: Codable {
        let name: String
        let vhost: String
        let durable: Bool
        let autoDelete: Bool
        let arguments: [String: Argument]
    }

    struct Binding: Codable, Hashable {
        let source: String
        let vhost: String
        let destination: String
        let destinationType: String
        let routingKey: String
        let arguments: [String: Argument]
    }

    /// The value of an argument.
    enum Argument: Codable, Hashable, CustomStringConvertible {
        case text(String)
        case number(Int64)
        /// Something that no queue of ours has.
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int64.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .other
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .other: try container.encodeNil()
            }
        }

        var description: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            case .other: "something else"
            }
        }
    }

    /// What `./run`, the containers and the documents call the virtual host.
    static let usualVirtualHost = "reminders"

    private(set) var vhosts: [VirtualHost]
    private(set) var users: [User]?
    private(set) var permissions: [Permission]?
    private(set) var exchanges: [Exchange]
    private(set) var queues: [Queue]
    private(set) var bindings: [Binding]

    /// What should be there, without users.
    init(of channels: ChannelRegistry, virtualHost: String) {
        vhosts = [VirtualHost(name: virtualHost)]
        exchanges = RemindersContracts.Exchange.allCases.map { exchange in
            Exchange(
                name: exchange.rawValue, vhost: virtualHost, type: exchange.type, durable: true, autoDelete: false,
                internal: false, arguments: [:])
        }
        let declarations = BrokerTopology.allQueues(of: channels)
        queues = declarations.map { queue in
            let arguments = queue.arguments.map { ($0.name, Argument($0.value)) }
            return Queue(
                name: queue.name, vhost: virtualHost, durable: true, autoDelete: false,
                arguments: Dictionary(uniqueKeysWithValues: arguments))
        }
        bindings = declarations.map { queue in
            Binding(
                source: queue.binding.exchange.rawValue, vhost: virtualHost, destination: queue.name,
                destinationType: "queue", routingKey: queue.binding.routingKey, arguments: [:])
        }
    }

    /// - Throws: what keeps the file from being read.
    init(readingFile path: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let exported = try decoder.decode(Exported.self, from: try Self.content(of: path, "--definitions"))
        vhosts = exported.vhosts
        exchanges = exported.exchanges
        queues = exported.queues
        bindings = exported.bindings
    }

    /// What is compared of an export, and no more: users are nobody's business here.
    private struct Exported: Decodable {
        let vhosts: [VirtualHost]
        let exchanges: [Exchange]
        let queues: [Queue]
        let bindings: [Binding]
    }

    /// What of these is in a virtual host.
    ///
    /// - Throws: when there is no such virtual host.
    func of(_ virtualHost: String) throws -> BrokerDefinitions {
        guard vhosts.contains(where: { $0.name == virtualHost }) else {
            throw ValidationError("--vhost \(virtualHost): the definitions have no such virtual host")
        }
        var part = self
        part.exchanges.removeAll { $0.vhost != virtualHost }
        part.queues.removeAll { $0.vhost != virtualHost }
        part.bindings.removeAll { $0.vhost != virtualHost }
        return part
    }

    /// Adds the users of all services with the least each needs.
    ///
    /// - Parameter passwordHashes: salted hashes of their passwords, as RabbitMQ makes them, by user.
    /// - Throws: for a hash of nobody.
    mutating func addUsers(of channels: ChannelRegistry, passwordHashes: [String: String]) throws {
        let all = BrokerUser.all(of: channels)
        if let stranger = passwordHashes.keys.sorted().first(where: { name in !all.contains { $0.name == name } }) {
            throw ValidationError("--password-hashes: there is no user \(stranger)")
        }
        users = all.map { user in
            let hash = passwordHashes[user.name]
            return User(
                name: user.name, passwordHash: hash,
                hashingAlgorithm: hash.map { _ in "rabbit_password_hashing_sha256" }, tags: [])
        }
        permissions = all.map {
            Permission($0.permissions(of: channels), of: $0.name, virtualHost: vhosts[0].name)
        }
    }

    /// - Throws: what keeps the file from being read.
    static func passwordHashes(readingFile path: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: try content(of: path, "--password-hashes"))
    }

    private static func content(of path: String, _ option: String) throws -> Data {
        if path == "-" { return FileHandle.standardInput.readDataToEndOfFile() }
        guard let content = FileManager.default.contents(atPath: path) else {
            throw ValidationError("\(option) \(path): it cannot be read")
        }
        return content
    }
}

extension BrokerDefinitions.Permission {
    init(_ permissions: BrokerPermissions, of user: String, virtualHost: String) {
        self.init(
            user: user, vhost: virtualHost, configure: permissions.configure, write: permissions.write,
            read: permissions.read)
    }
}

extension BrokerDefinitions.Argument {
    fileprivate init(_ value: BrokerTopology.Argument.Value) {
        switch value {
        case .text(let text): self = .text(text)
        case .integer(let number): self = .number(number)
        }
    }
}

extension BrokerDefinitions {
    /// How what a broker has differs from this, one line each. What it has beside this is nobody's business here, but for
    /// bindings that lead other messages into these queues.
    func differences(in found: BrokerDefinitions) -> [String] {
        var lines: [String] = []
        for exchange in exchanges {
            guard let other = found.exchanges.first(where: { $0.name == exchange.name }) else {
                lines.append("missing  exchange \(exchange.name)")
                continue
            }
            if other.type != exchange.type {
                lines.append("differs  exchange \(exchange.name)  it is \(other.type), and should be \(exchange.type)")
            }
            if !other.durable || other.autoDelete || other.internal == true {
                lines.append(
                    "differs  exchange \(exchange.name)  it should be durable, not deleted by itself and not internal")
            }
        }
        for queue in queues {
            guard let other = found.queues.first(where: { $0.name == queue.name }) else {
                lines.append("missing  queue \(queue.name)")
                continue
            }
            for name in Set(queue.arguments.keys).union(other.arguments.keys).sorted()
            where queue.arguments[name] != other.arguments[name] {
                let (given, wanted) = (other.arguments[name], queue.arguments[name])
                lines.append(
                    "differs  queue \(queue.name)  \(name) is \(given.map { "\($0)" } ?? "not set"), "
                        + "and should be \(wanted.map { "\($0)" } ?? "left out")")
            }
        }
        let ours = Set(queues.map(\.name))
        let found = Set(found.bindings.filter { ours.contains($0.destination) && $0.destinationType == "queue" })
        let wanted = Set(bindings)
        // Every queue is bound to the default exchange by its name; brokers may list that or not.
        lines += bindings.filter { !found.contains($0) }.map { "missing  \($0)" }
        lines += found.subtracting(wanted).filter { !$0.source.isEmpty }.map { "surplus  \($0)" }.sorted()
        return lines
    }
}

extension BrokerDefinitions.Binding: CustomStringConvertible {
    var description: String { "binding of \(destination) to \(source), key \(routingKey)" }
}
