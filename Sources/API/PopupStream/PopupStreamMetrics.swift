import Metrics

/// What frontend-push counts.
enum PopupStreamMetrics {
    static let connections = Gauge(label: "reminders_stream_connections")
    static let shown = Counter(label: "reminders_popups_shown_total")
    static let cutOff = Counter(label: "reminders_stream_cut_off_total")

    /// Everything from zero, so that a rate can be told from the first count on.
    static func countFromZero() {
        for counter in [shown, cutOff] { counter.increment(by: 0) }
        connections.record(0)
    }
}
