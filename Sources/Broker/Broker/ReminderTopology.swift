import RemindersAMQP
import RemindersContracts
import RemindersDomain

extension Topology {
    /// Everything the services of an installation publish to and consume from, as `BrokerTopology` describes it.
    ///
    /// - Parameters:
    ///   - channels: those of the installation; each has queues.
    ///   - passive: only check that it is there, for users who may not configure the broker.
    public static func reminders(of channels: ChannelRegistry = .standard, passive: Bool = false) -> Topology {
        reminders(with: RemindersContracts.Queue.all(of: channels), passive: passive)
    }

    /// What one service needs: all exchanges, and of the queues those it consumes and those its messages must not miss.
    /// A queue that nobody empties is nobody's to declare.
    public static func reminders(with queues: [RemindersContracts.Queue], passive: Bool = false) -> Topology {
        var topology = Topology(passive: passive)
        topology.exchanges = RemindersContracts.Exchange.allCases.map { exchange in
            RemindersAMQP.Exchange(name: exchange.rawValue, kind: exchange == .popups ? .fanout : .topic)
        }
        for declaration in queues.flatMap(BrokerTopology.queues(of:)) {
            var arguments = FieldTable()
            for argument in declaration.arguments {
                switch argument.value {
                case .text(let text): arguments[argument.name] = .string(text)
                case .integer(let integer): arguments[argument.name] = .int64(integer)
                }
            }
            topology.queues.append(RemindersAMQP.Queue(name: declaration.name, arguments: arguments))
            topology.bindings.append(
                RemindersAMQP.Binding(
                    exchange: declaration.binding.exchange.rawValue, queue: declaration.name,
                    routingKey: declaration.binding.routingKey))
        }
        return topology
    }
}
