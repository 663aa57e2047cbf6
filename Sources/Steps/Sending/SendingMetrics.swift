import Metrics
import RemindersDomain

/// What a sender counts.
enum SendingMetrics {
    static let alreadyEnded = Counter(label: "reminders_deliveries_already_ended_total")
    static let settled = Counter(label: "reminders_deliveries_settled_total")

    /// 1 while the channel makes a pause, 0 while it works.
    static func paused(_ channel: ChannelKind) -> Gauge {
        Gauge(label: "reminders_channel_paused", dimensions: [("channel", channel.rawValue)])
    }

    /// How many destinations give no answer, and are tried only now and then.
    static func silentDestinations(_ channel: ChannelKind) -> Gauge {
        Gauge(label: "reminders_destinations_silent", dimensions: [("channel", channel.rawValue)])
    }

    /// Recorded attempts: final states, and `requested` for those that are tried again.
    static func outcomes(_ channel: ChannelKind, _ state: DeliveryState) -> Counter {
        Counter(
            label: "reminders_deliveries_total",
            dimensions: [("channel", channel.rawValue), ("outcome", state == .requested ? "retried" : state.rawValue)])
    }

    /// Everything from zero, so that a rate can be told from the first count on.
    static func countFromZero(_ channel: ChannelKind) {
        for counter in [alreadyEnded, settled] { counter.increment(by: 0) }
        silentDestinations(channel).record(0)
        for state in DeliveryState.allCases where state.isFinal || state == .requested {
            outcomes(channel, state).increment(by: 0)
        }
    }
}
