import RemindersDomain

/// What a user may do in a virtual host: three regular expressions for the names of exchanges and queues
/// (https://www.rabbitmq.com/docs/access-control#authorisation).
public struct BrokerPermissions: Hashable, Sendable {
    /// What it may make and take away.
    public let configure: String
    /// What it may publish to, and bind to.
    public let write: String
    /// What it may consume, and bind from.
    public let read: String
}

extension BrokerUser {
    /// The least it needs when it finds everything declared already.
    ///
    /// - Parameter channels: those of the installation.
    public func permissions(of channels: ChannelRegistry = .standard) -> BrokerPermissions {
        var (configure, write, read) = (Names(), Names(), Names())
        write.add(writes)
        read.add(reads.map(\.rawValue))
        if writesToQueues { write.addDefaultExchange() }
        if hearsPopups {
            configure.addPopupQueues()
            write.addPopupQueues()
            read.addPopupQueues()
            read.add([.popups])
        }
        if declares {
            let queues = BrokerTopology.allQueues(of: channels)
            configure.add(Exchange.allCases)
            configure.add(queues.map(\.name))
            // Who binds a queue has to be able to write to it, and to read the exchange; who declares one, to read it and to
            // write to where its messages go that nobody takes.
            read = configure
            write.add(queues.map(\.name))
            write.add([.dead])
            write.addDefaultExchange()
        }
        return BrokerPermissions(
            configure: configure.expression, write: write.expression, read: read.expression)
    }

    /// Names of exchanges and queues, as one regular expression.
    private struct Names {
        private var alternatives: [String] = []

        /// Matches these names as a whole and nothing else; without any, the empty name, which nothing has.
        var expression: String {
            alternatives.isEmpty ? "^$" : "^(\(alternatives.joined(separator: "|")))$"
        }

        mutating func add(_ names: [String]) {
            alternatives += names.map(Self.escaped)
        }

        mutating func add(_ exchanges: [Exchange]) {
            add(exchanges.map(\.rawValue))
        }

        /// The exchange without a name goes by this one in permissions.
        mutating func addDefaultExchange() {
            add(["amq.default"])
        }

        mutating func addPopupQueues() {
            alternatives.append(Self.escaped(BrokerUser.popupQueuePrefix) + "[0-9a-z]+")
        }

        private static func escaped(_ name: String) -> String {
            String(name.flatMap { #"\.+*?()[]{}|^$"#.contains($0) ? ["\\", $0] : [$0] })
        }
    }
}
