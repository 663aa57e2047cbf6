/// What makes a reminder fire. The raw values are those of `sag_reminders.trigger_type`.
public enum Trigger: String, CaseIterable, Sendable, Codable {
    /// At a time, once or by a recurrence.
    case timeBased = "time_based"
    /// When the case enters a status.
    case statusChange = "status_change"
    /// So long before the deadline of the case.
    case deadlineApproaching = "deadline_approaching"
}
