import ArgumentParser
import RemindersAMQP
import RemindersBroker

/// `reminders topology`
struct Topology: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Declares or prints the exchanges and queues.",
        discussion: "Which there are for deliveries follows from the channels that REMINDERS_CHANNELS names.",
        subcommands: [Declare.self, Print.self])

    struct Declare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Declares them on the broker. What is there already stays.")
        @Flag(help: "Only check that everything is there.") var passive = false

        func run() async throws {
            let topology = RemindersAMQP.Topology.reminders(of: Connecting.channels(), passive: passive)
            try await declareTopology(configuration: try Connecting.broker(), topology: topology)
            note(passive ? "everything is there" : "declared")
        }
    }

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints them.")
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let topology = RemindersAMQP.Topology.reminders(of: Connecting.channels())
            guard json else {
                for exchange in topology.exchanges { print("exchange  \(exchange.kind.rawValue)  \(exchange.name)") }
                for binding in topology.bindings {
                    print("queue     \(binding.queue)  from \(binding.exchange)  key \(binding.routingKey)")
                }
                return
            }
            print(try JSONText.of(Report(topology)))
        }
    }

    private struct Report: Encodable {
        struct Exchange: Encodable {
            let name: String
            let type: String
            let durable: Bool
        }

        struct Queue: Encodable {
            let name: String
            let durable: Bool
            let arguments: [String: Argument]
        }

        struct Binding: Encodable {
            let exchange: String
            let queue: String
            let routingKey: String
        }

        enum Argument: Encodable {
            case text(String)
            case number(Int)

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .text(let text): try container.encode(text)
                case .number(let number): try container.encode(number)
                }
            }
        }

        let exchanges: [Exchange]
        let queues: [Queue]
        let bindings: [Binding]

        init(_ topology: RemindersAMQP.Topology) {
            exchanges = topology.exchanges.map { Exchange(name: $0.name, type: $0.kind.rawValue, durable: $0.durable) }
            queues = topology.queues.map { queue in
                let arguments = queue.arguments.entries.map { entry in
                    (entry.key, entry.value.integer.map(Argument.number) ?? .text(entry.value.string ?? ""))
                }
                return Queue(
                    name: queue.name, durable: queue.durable, arguments: Dictionary(uniqueKeysWithValues: arguments))
            }
            bindings = topology.bindings.map {
                Binding(exchange: $0.exchange, queue: $0.queue, routingKey: $0.routingKey)
            }
        }
    }
}
