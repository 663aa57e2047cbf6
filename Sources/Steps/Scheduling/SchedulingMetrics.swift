import Metrics

/// What the scheduler counts.
enum SchedulingMetrics {
    static let claimed = Counter(label: "reminders_occurrences_claimed_total")
    static let published = Counter(label: "reminders_occurrences_published_total")
    static let eventsTakenIn = Counter(label: "reminders_case_events_received_total")
    static let eventsRefused = Counter(label: "reminders_case_events_refused_total")
}
