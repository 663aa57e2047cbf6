import Metrics
import RemindersContracts

/// What the rate-limiter counts.
enum RateLimitingMetrics {
    static let decided = Counter(label: "reminders_occurrences_decided_total")
    static let setAside = Counter(label: "reminders_occurrences_set_aside_total")
    static let requested = Counter(label: "reminders_deliveries_requested_total")

    /// Messages that the broker had lost and that were handed over again.
    static func lost(_ queue: RemindersContracts.Queue) -> Counter {
        Counter(label: "reminders_messages_lost_total", dimensions: [("queue", queue.rawValue)])
    }

    /// Everything from zero, so that a rate can be told from the first count on.
    static func countFromZero() {
        for counter in [decided, setAside, requested] { counter.increment(by: 0) }
    }
}
