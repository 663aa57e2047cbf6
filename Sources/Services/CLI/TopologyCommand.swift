import ArgumentParser
import Foundation
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain

/// `reminders topology`
struct Topology: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Declares, compares or prints the exchanges and queues.",
        discussion: "Which there are for deliveries follows from the channels that REMINDERS_CHANNELS names.",
        subcommands: [Apply.self, Check.self, Print.self])

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Declares them on the broker. What is there already stays.",
            discussion: """
                The user of REMINDERS_AMQP_URL has to be one who may configure them: \
                see `reminders topology print --permissions deploy`.
                """, aliases: ["declare"])

        func run() async throws {
            let topology = RemindersAMQP.Topology.reminders(of: Connecting.channels())
            try await declareTopology(configuration: try Connecting.broker(), topology: topology)
            note("declared")
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares the broker with what should be there, and changes nothing.",
            discussion: """
                Exchanges and queues are compared with their kinds and arguments, which needs a user who may configure them. \
                A broker tells nobody over AMQP of its bindings: for those, and for all of it, give what \
                `rabbitmqctl export_definitions FILE` wrote.

                Exits with 0 when nothing differs, with 1 when something does, and with 2 when it could not look.

                Examples:
                  reminders topology check
                  rabbitmqctl export_definitions - | reminders topology check --definitions - --vhost reminders
                """)
        @Option(help: "What rabbitmqctl export_definitions wrote, instead of the broker itself; - is standard input.")
        var definitions: String?
        @Option(help: "The virtual host to look at in it.") var vhost = BrokerDefinitions.usualVirtualHost

        func run() async throws {
            let found: (differences: [String], hidden: [String])
            do {
                found = try await look()
            } catch {
                note("could not look: \(error)")
                throw ExitCode(2)
            }
            for line in found.differences { print(VisibleText.escaped(line)) }
            for line in found.hidden { note("could not look: \(line)") }
            guard found.differences.isEmpty else { throw ExitCode(1) }
            guard found.hidden.isEmpty else { throw ExitCode(2) }
            note(definitions == nil ? "nothing differs; bindings were not looked at" : "nothing differs")
        }

        private func look() async throws -> (differences: [String], hidden: [String]) {
            let channels = Connecting.channels()
            if let definitions {
                let found = try BrokerDefinitions(readingFile: definitions).of(vhost)
                return (BrokerDefinitions(of: channels, virtualHost: vhost).differences(in: found), [])
            }
            var (differences, hidden): ([String], [String]) = ([], [])
            let found = try await compareTopology(
                configuration: try Connecting.broker(), topology: .reminders(of: channels))
            for difference in found {
                switch difference.kind {
                case .missing: differences.append("missing  \(difference.subject)")
                case .other(let text): differences.append("differs  \(difference.subject)  \(text)")
                case .hidden(let text): hidden.append("\(difference.subject) is there; \(text)")
                }
            }
            return (differences, hidden)
        }
    }

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints them, or what a user may do with them.",
            discussion: """
                --permissions prints three lines, the regular expressions for configure, write and read that \
                `rabbitmqctl set_permissions` takes: the least that a service needs with REMINDERS_TOPOLOGY=passive.

                --definitions prints what `rabbitmqctl import_definitions` takes. With --users it has the user of each service \
                and what each may do; those without a hash have no password, and one that they have already is taken away.

                Examples:
                  mapfile -t may < <(reminders topology print --permissions scheduler)
                  rabbitmqctl set_permissions -p reminders scheduler "${may[@]}"
                  reminders topology print --definitions --users --password-hashes hashes.json >definitions.json
                """)
        @Flag(help: "Print JSON.") var json = false
        @Option(
            help: ArgumentHelp(
                "What this user needs: a service, case-events for applications that publish, operator for this command, deploy for who declares.",
                valueName: "service"))
        var permissions: String?
        @Flag(help: "Print definitions for rabbitmqctl.") var definitions = false
        @Option(help: "The virtual host of the definitions.") var vhost = BrokerDefinitions.usualVirtualHost
        @Flag(help: "Definitions with users and permissions.") var users = false
        @Option(
            help: ArgumentHelp(
                "Hashes of passwords for --users, salted SHA-256 as RabbitMQ makes them: a JSON object of user and hash.",
                valueName: "file"))
        var passwordHashes: String?

        func validate() throws {
            if definitions, permissions != nil { throw ValidationError("give --definitions or --permissions") }
            if users, !definitions { throw ValidationError("--users goes with --definitions") }
            if passwordHashes != nil, !users { throw ValidationError("--password-hashes goes with --users") }
        }

        func run() async throws {
            let channels = Connecting.channels()
            if let permissions { return try printPermissions(of: permissions, channels) }
            guard definitions else { return try printTopology(of: channels) }
            var definitions = BrokerDefinitions(of: channels, virtualHost: vhost)
            if users {
                let hashes = try passwordHashes.map(BrokerDefinitions.passwordHashes(readingFile:)) ?? [:]
                try definitions.addUsers(of: channels, passwordHashes: hashes)
            }
            print(try JSONText.of(definitions))
        }

        private func printPermissions(of name: String, _ channels: ChannelRegistry) throws {
            let users = BrokerUser.all(of: channels)
            guard let user = users.first(where: { $0.name == name }) else {
                let names = users.map(\.name).joined(separator: ", ")
                throw ValidationError("--permissions \(name): give one of \(names)")
            }
            let least = user.permissions(of: channels)
            guard json else { return print([least.configure, least.write, least.read].joined(separator: "\n")) }
            print(try JSONText.of(BrokerDefinitions.Permission(least, of: name, virtualHost: vhost)))
        }

        private func printTopology(of channels: ChannelRegistry) throws {
            let topology = BrokerDefinitions(of: channels, virtualHost: vhost)
            guard json else {
                for exchange in topology.exchanges { print("exchange  \(exchange.type)  \(exchange.name)") }
                for binding in topology.bindings {
                    print("queue     \(binding.destination)  from \(binding.source)  key \(binding.routingKey)")
                }
                return
            }
            print(try JSONText.of(Report(topology)))
        }
    }

    /// The topology as `contracts/check.py` compares it with the documents.
    private struct Report: Encodable {
        struct Exchange: Encodable {
            let name: String
            let type: String
            let durable: Bool
        }

        struct Queue: Encodable {
            let name: String
            let durable: Bool
            let arguments: [String: BrokerDefinitions.Argument]
        }

        struct Binding: Encodable {
            let exchange: String
            let queue: String
            let routingKey: String
        }

        let exchanges: [Exchange]
        let queues: [Queue]
        let bindings: [Binding]

        init(_ topology: BrokerDefinitions) {
            exchanges = topology.exchanges.map { Exchange(name: $0.name, type: $0.type, durable: $0.durable) }
            queues = topology.queues.map { Queue(name: $0.name, durable: $0.durable, arguments: $0.arguments) }
            bindings = topology.bindings.map {
                Binding(exchange: $0.source, queue: $0.destination, routingKey: $0.routingKey)
            }
        }
    }
}
