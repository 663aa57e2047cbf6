import RemindersDomain

/// The exchanges, all durable. `contracts/asyncapi.yaml` describes them; `contracts/check.py topology` compares.
public enum Exchange: String, CaseIterable, Sendable {
    /// Case events of other services, key = CloudEvents type.
    case caseEvents = "case.events"
    /// `reminder.due.v1`, key = trigger.
    case due = "reminders.due"
    /// `delivery.requested.v1`, key = channel.
    case deliveries = "reminders.deliveries"
    /// Messages that wait for their next attempt, key = name of the retry queue.
    case retry = "reminders.retry"
    /// Messages that can never succeed, key = name of the queue they came from.
    case dead = "reminders.dead"
    /// `delivery.logged.v1`, key = channel.outcome.
    case log = "reminders.log"
    /// Pop-ups, to every frontend-push there is.
    case popups = "reminders.popups"

    /// The AMQP name of its type.
    public var type: String { self == .popups ? "fanout" : "topic" }
}

/// A queue that one of our services consumes, a quorum queue. Those of senders follow from their channels.
public struct Queue: Hashable, Sendable {
    /// Its name.
    public let rawValue: String
    /// The exchange it is bound to.
    public let exchange: Exchange
    /// The key it is bound with.
    public let bindingKey: String

    /// Case events, for the scheduler.
    public static let caseEvents = Queue(rawValue: "scheduler.case-events", exchange: .caseEvents, bindingKey: "#")
    /// Due occurrences, for the rate-limiter.
    public static let due = Queue(rawValue: "rate-limiter.due", exchange: .due, bindingKey: "#")

    /// The queue of a channel's sender, which is named after its process: `email-sender.deliveries`.
    ///
    /// - Parameter channels: those of the installation; the process of another is its kind and `-sender`.
    public static func deliveries(of channel: ChannelKind, in channels: ChannelRegistry = .standard) -> Queue {
        let process = channels[channel]?.process ?? ChannelDescription.process(of: channel)
        return Queue(rawValue: process + suffix, exchange: .deliveries, bindingKey: channel.rawValue)
    }

    /// All there are in an installation with these channels.
    public static func all(of channels: ChannelRegistry = .standard) -> [Queue] {
        [caseEvents, due] + deliveries(of: channels)
    }

    /// The queues of the senders of all these channels.
    public static func deliveries(of channels: ChannelRegistry) -> [Queue] {
        channels.kinds.map { deliveries(of: $0, in: channels) }
    }

    private static let suffix = ".deliveries"

    private init(rawValue: String, exchange: Exchange, bindingKey: String) {
        self.rawValue = rawValue
        self.exchange = exchange
        self.bindingKey = bindingKey
    }

    /// The queue of this name; nil where none of ours has it.
    ///
    /// - Parameter channels: those of the installation.
    public init?(rawValue: String, in channels: ChannelRegistry = .standard) {
        if let queue = Queue.all(of: channels).first(where: { $0.rawValue == rawValue }) {
            self = queue
            return
        }
        // Of a channel that another installation has.
        guard rawValue.hasSuffix(Queue.suffix),
            let channel = ChannelDescription.kind(ofProcess: rawValue.dropLast(Queue.suffix.count)),
            channels[channel] == nil
        else { return nil }
        self = .deliveries(of: channel, in: channels)
    }

    /// Where its messages end that can never succeed, bound to the exchange `reminders.dead` with this queue's name.
    public var deadLetterQueue: String { rawValue + ".dead" }

    /// The process that consumes it.
    public var process: String { String(rawValue.prefix { $0 != "." }) }

    /// Whether its messages may wait for another attempt: those to people. All others are settled or given back.
    public var hasRetries: Bool { exchange == .deliveries }

    /// Where its messages wait for `delay`, bound to the exchange `reminders.retry` with the waiting queue's own name.
    public func retryQueue(after delay: RetryDelay) -> String { "\(rawValue).retry.\(delay.name)" }
}

/// The AMQP headers of our messages besides `traceparent` (`TraceContext.header`).
public enum Header {
    /// On a dead letter: why, as text of at most 1,000 characters.
    public static let reason = "x-reason"
    /// On a message that was tried before: how often, 1 or more, as an integer.
    public static let attempt = "x-attempt"
}
