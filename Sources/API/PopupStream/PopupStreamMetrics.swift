import Metrics

/// What frontend-push counts.
enum PopupStreamMetrics {
    static let connections = Gauge(label: "reminders_stream_connections")
    static let shown = Counter(label: "reminders_popups_shown_total")
    static let cutOff = Counter(label: "reminders_stream_cut_off_total")
}
