/// What makes a reminder fire. The raw values are those of `sag_reminders.trigger_type`.
public enum Trigger: String, CaseIterable, Sendable, Codable {
    /// At a time, once or by a recurrence.
    case timeBased = "time_based"
    /// When the case enters a status.
    case statusChange = "status_change"
    /// So long before the deadline of the case.
    case deadlineApproaching = "deadline_approaching"
}

/// In words, for explanations. What only one trigger has (the status that was entered) is added where it is known.
extension Trigger {
    /// Why a reminder will come: “because …”.
    public var reasonToCome: String {
        switch self {
        case .timeBased: "its time comes"
        case .statusChange: "the status of the case changes"
        case .deadlineApproaching: "the deadline of the case comes near"
        }
    }

    /// Why it came: “because …”.
    public var reasonWhenItCame: String {
        switch self {
        case .timeBased: "its time had come"
        case .statusChange: "the status of the case changed"
        case .deadlineApproaching: "the deadline of the case came near"
        }
    }

    /// What a reminder without a next time waits for; nil where that means that it is finished.
    public var awaited: String? {
        switch self {
        case .timeBased: nil
        case .statusChange: "the status of the case to change"
        case .deadlineApproaching: "a deadline of the case"
        }
    }
}
