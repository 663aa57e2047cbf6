import RemindersAMQP
import RemindersContracts
import RemindersDomain

extension Topology {
    /// Everything the services of an installation publish to and consume from, as `BrokerTopology` describes it.
    ///
    /// - Parameter channels: those of the installation; each has queues.
    public static func reminders(of channels: ChannelRegistry = .standard) -> Topology {
        declaring(RemindersContracts.Queue.all(of: channels))
    }

    /// What one user of the broker needs.
    ///
    /// - Parameter passive: only looks whether it is there, for a user without the right to configure; else it is declared:
    ///   all exchanges, the queues that the user consumes, and those that its messages have to reach.
    public static func reminders(for user: BrokerUser, passive: Bool) -> Topology {
        guard passive else { return declaring(user.queues) }
        var topology = reminders(exchanges: user.writes, passive: true)
        topology.queues = user.neededQueues.map { RemindersAMQP.Queue(name: $0) }
        return topology
    }

    /// Exchanges for whoever brings a queue of their own.
    ///
    /// - Parameter passive: only looks whether these are there; else all are declared.
    public static func reminders(exchanges: [RemindersContracts.Exchange], passive: Bool) -> Topology {
        guard passive else { return declaring([]) }
        var topology = Topology(exchanges: exchanges.map(RemindersAMQP.Exchange.init), passive: true)
        topology.remedy = "declare it as a user who may: reminders topology apply"
        return topology
    }

    private static func declaring(_ queues: [RemindersContracts.Queue]) -> Topology {
        var topology = Topology()
        topology.exchanges = RemindersContracts.Exchange.allCases.map(RemindersAMQP.Exchange.init)
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

extension RemindersAMQP.Exchange {
    fileprivate init(_ exchange: RemindersContracts.Exchange) {
        self.init(name: exchange.rawValue, kind: exchange == .popups ? .fanout : .topic)
    }
}
