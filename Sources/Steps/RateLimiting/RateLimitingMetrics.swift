import Metrics

/// What the rate-limiter counts.
enum RateLimitingMetrics {
    static let decided = Counter(label: "reminders_occurrences_decided_total")
    static let requested = Counter(label: "reminders_deliveries_requested_total")
}
