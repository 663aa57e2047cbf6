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

/// The queues that our services consume, all quorum queues.
public enum Queue: String, CaseIterable, Sendable {
    /// Case events, for the scheduler.
    case caseEvents = "scheduler.case-events"
    /// Due occurrences, for the rate-limiter.
    case due = "rate-limiter.due"
    /// Deliveries by mail.
    case emailDeliveries = "email-sender.deliveries"
    /// Deliveries to Mattermost.
    case mattermostDeliveries = "mattermost-sender.deliveries"
    /// Deliveries to the frontend.
    case frontendDeliveries = "frontend-push.deliveries"

    /// The exchange it is bound to.
    public var exchange: Exchange {
        switch self {
        case .caseEvents: .caseEvents
        case .due: .due
        case .emailDeliveries, .mattermostDeliveries, .frontendDeliveries: .deliveries
        }
    }

    /// The key it is bound with.
    public var bindingKey: String {
        switch self {
        case .caseEvents, .due: "#"
        case .emailDeliveries: ChannelKind.email.rawValue
        case .mattermostDeliveries: ChannelKind.mattermost.rawValue
        case .frontendDeliveries: ChannelKind.frontend.rawValue
        }
    }

    /// The queue of a channel's sender.
    public static func deliveries(of channel: ChannelKind) -> Queue {
        switch channel {
        case .email: .emailDeliveries
        case .mattermost: .mattermostDeliveries
        case .frontend: .frontendDeliveries
        }
    }

    /// Where its messages end that can never succeed, bound to the exchange `reminders.dead` with this queue's name.
    public var deadLetterQueue: String { rawValue + ".dead" }

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
