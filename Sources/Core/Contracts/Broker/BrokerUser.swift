import RemindersDomain

/// Who works with the broker, and what of it each needs. What services declare or look for, the permissions of their
/// users and the definitions for `rabbitmqctl` all follow from here.
public struct BrokerUser: Hashable, Sendable {
    /// The name of the process, and of its user on the broker.
    public let name: String
    /// Queues it consumes.
    public private(set) var reads: [Queue] = []
    /// Queues that what it publishes has to reach.
    public private(set) var reaches: [Queue] = []
    /// Exchanges it publishes to.
    public private(set) var writes: [Exchange] = []
    /// Whether it puts messages into queues by their names, as dead letters are given back.
    public private(set) var writesToQueues = false
    /// Whether each of its connections has a queue of its own that gets every pop-up.
    public private(set) var hearsPopups = false
    /// Whether it declares everything there is.
    public private(set) var declares = false

    /// What the names of queues begin with that a frontend-push has for one connection; base-36 digits follow.
    public static let popupQueuePrefix = "frontend-push.popups."

    private init(_ name: String) {
        self.name = name
    }

    /// Publishes what is due, and takes in case events.
    public static let scheduler = {
        var user = BrokerUser("scheduler")
        user.reads = [.caseEvents]
        user.reaches = [.due]
        user.writes = [.due, .dead]
        return user
    }()

    /// Decides, and asks the senders of these channels.
    public static func rateLimiter(of channels: ChannelRegistry) -> BrokerUser {
        var user = BrokerUser("rate-limiter")
        user.reads = [.due]
        user.reaches = Queue.deliveries(of: channels)
        user.writes = [.deliveries, .dead, .log]
        return user
    }

    /// Sends through a channel.
    public static func sender(of channel: ChannelKind, in channels: ChannelRegistry) -> BrokerUser {
        let queue = Queue.deliveries(of: channel, in: channels)
        var user = BrokerUser(queue.process)
        user.reads = [queue]
        user.writes = [.retry, .dead, .log]
        if channel == .frontend {
            user.writes.append(.popups)
            user.hearsPopups = true
        }
        return user
    }

    /// The API, which gives dead letters back to their queues.
    public static let api = {
        var user = BrokerUser("api")
        user.writesToQueues = true
        return user
    }()

    /// An application that tells what becomes of its cases.
    public static let caseEvents = {
        var user = BrokerUser("case-events")
        user.reaches = [.caseEvents]
        user.writes = [.caseEvents]
        return user
    }()

    /// The command line for operators, which gives dead letters back and looks at what waits after a restore.
    public static func operators(of channels: ChannelRegistry) -> BrokerUser {
        var user = BrokerUser("operator")
        user.reads = Queue.all(of: channels)
        user.writesToQueues = true
        return user
    }

    /// Who declares everything, at each upgrade.
    public static let deploy = {
        var user = BrokerUser("deploy")
        user.declares = true
        return user
    }()

    /// All there are in an installation with these channels.
    public static func all(of channels: ChannelRegistry = .standard) -> [BrokerUser] {
        [scheduler, rateLimiter(of: channels)] + channels.kinds.map { sender(of: $0, in: channels) }
            + [api, caseEvents, operators(of: channels), deploy]
    }

    /// The queues that it declares where services do that, each with those that belong to it. A queue that nobody empties is
    /// nobody's to declare.
    public var queues: [Queue] { reads + reaches }

    /// The names of the queues that it can't do without: its own with their retries and dead letters, and those that what it
    /// publishes has to reach.
    public var neededQueues: [String] {
        reads.flatMap(BrokerTopology.queues(of:)).map(\.name) + reaches.map(\.rawValue)
    }
}
