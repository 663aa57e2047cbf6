import Metrics
import RemindersDomain

/// What the scheduler counts.
enum SchedulingMetrics {
    static let claimed = Counter(label: "reminders_occurrences_claimed_total")
    static let setAside = Counter(label: "reminders_set_aside_total")
    static let unreadable = Counter(label: "reminders_occurrences_unreadable_total")
    static let published = Counter(label: "reminders_occurrences_published_total")
    static let eventsTakenIn = Counter(label: "reminders_case_events_received_total")
    static let rowsBeforePartition = Counter(label: "reminders_rows_before_partition_total")
    static let forgotten = Counter(label: "reminders_rows_forgotten_total")
    static let eventsRefused = Counter(label: "reminders_case_events_refused_total")

    /// What the auditor finds of a kind now.
    static func findings(_ kind: AuditFinding.Kind) -> Gauge {
        Gauge(label: "reminders_audit_findings", dimensions: [("kind", kind.rawValue)])
    }

    /// Everything from zero, so that a rate can be told from the first count on.
    static func countFromZero() {
        for counter in [
            claimed, setAside, unreadable, published, rowsBeforePartition, forgotten, eventsTakenIn, eventsRefused,
        ] {
            counter.increment(by: 0)
        }
    }
}
