import Metrics
import RemindersDomain

/// What a sender counts.
enum SendingMetrics {
    static let alreadyEnded = Counter(label: "reminders_deliveries_already_ended_total")
    static let settled = Counter(label: "reminders_deliveries_settled_total")

    /// Recorded attempts: final states, and `requested` for those that are tried again.
    static func outcomes(_ channel: ChannelKind, _ state: DeliveryState) -> Counter {
        Counter(
            label: "reminders_deliveries_total",
            dimensions: [("channel", channel.rawValue), ("outcome", state == .requested ? "retried" : state.rawValue)])
    }
}
