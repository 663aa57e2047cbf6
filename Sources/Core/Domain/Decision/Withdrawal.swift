/// Why a delivery isn't wanted any more.
public enum WithdrawReason: String, CaseIterable, Sendable, Codable {
    /// The recipient was erased, or is being erased.
    case personErased = "person_erased"
    /// The reminder was deleted.
    case reminderDeleted = "reminder_deleted"
    /// The reminder was switched off.
    case deactivated
    /// The recipient was taken off the reminder.
    case recipientRemoved = "recipient_removed"
    /// The recipient dismissed the reminder.
    case dismissed
    /// The case was deleted.
    case caseDeleted = "case_deleted"
    /// The case has left the status that the reminder is about.
    case caseStatusChanged = "case_status_changed"
    /// The case was closed.
    case caseClosed = "case_closed"
    /// The case has no deadline any more.
    case deadlineRemoved = "deadline_removed"
    /// The case has another deadline, for which there is another occurrence.
    case deadlineMoved = "deadline_moved"
    /// A later change of status made the reminder fire again, and that occurrence takes the place of this one.
    case superseded
    /// The recipient put the reminder off; an occurrence of its own brings it again.
    case snoozed
    /// While the delivery was held, the channel was taken out of the user's or the reminder's choice.
    case channelDeselected = "channel_deselected"
}

/// When nobody wants a delivery any more: the same said in words, in Swift and in SQL.
///
/// This is the one place that says so. The decision asks the Swift; the database's function `withdrawals`, which senders
/// ask before they send and which clears the screens, is made of the SQL. Tests compare the two over random states, and
/// the function's file with what is written here.
///
/// The SQL may name `q`, the occurrence's row of `sag_reminder_queue`; `r`, its reminder; `c`, the case, and `s`, the
/// recipient's response, whose columns are null where there is none; and `who.recipient`. Unknown (null) counts as false.
public struct Withdrawal: Sendable {
    /// The reason that is recorded.
    public let reason: WithdrawReason
    /// The reason in words: `the case was closed`.
    public let words: String
    /// Whether it holds.
    public let holds: @Sendable (WantedFacts) -> Bool
    /// Whether it holds, in SQL.
    public let sql: String

    private init(
        _ reason: WithdrawReason, _ words: String, sql: String, holds: @escaping @Sendable (WantedFacts) -> Bool
    ) {
        self.reason = reason
        self.words = words
        self.holds = holds
        self.sql = sql
    }

    /// Whether a later change of status made the reminder of `q` fire again, in SQL.
    public static let isSupersededSQL = "q.trigger_type = 'status_change' AND is_superseded(q.reminder_id, q.id)"

    /// All of them; of several that hold the first is the reason.
    public static let all: [Withdrawal] = [
        Withdrawal(
            .personErased, "the person was erased",
            sql: """
                starts_with(who.recipient, '\(Recipient.erasedPrefix)') \
                OR EXISTS (SELECT FROM erased_names e WHERE e.name = who.recipient)
                """
        ) { $0.isErased },
        Withdrawal(.reminderDeleted, "the reminder was deleted", sql: "r.deleted_at IS NOT NULL") { $0.isDeleted },
        Withdrawal(.deactivated, "the reminder was switched off", sql: "NOT r.is_active") { !$0.isActive },
        Withdrawal(
            .recipientRemoved, "the recipient was taken off the reminder", sql: "who.recipient <> ALL (r.recipients)"
        ) { !$0.isAddressed },
        Withdrawal(.dismissed, "the recipient dismissed the reminder", sql: "s.dismissed_at IS NOT NULL") {
            $0.hasDismissed
        },
        Withdrawal(.caseDeleted, "the case was deleted", sql: "c.deleted_at IS NOT NULL") {
            $0.caseFacts?.isDeleted == true
        },
        Withdrawal(
            .caseStatusChanged, "the case has left the status the reminder is about",
            sql: "q.trigger_type = 'status_change' AND q.new_status <> c.status"
        ) { facts in
            facts.statuses.map { !$0.entered.utf8.elementsEqual($0.now.utf8) } ?? false
        },
        // A reminder about the status that closes a case has to go out although the case is closed.
        Withdrawal(
            .caseClosed, "the case was closed",
            sql:
                "c.closed_at IS NOT NULL AND (q.trigger_type <> 'status_change' OR q.new_status IS NULL OR c.status IS NULL)"
        ) { $0.caseFacts?.isClosed == true && $0.statuses == nil },
        Withdrawal(
            .deadlineRemoved, "the case has no deadline any more",
            sql: """
                q.trigger_type = 'deadline_approaching' AND q.deadline IS NOT NULL AND c.id IS NOT NULL \
                AND c.deadline IS NULL
                """
        ) { $0.plannedDeadline != nil && $0.caseFacts.map { $0.deadline == nil } == true },
        Withdrawal(
            .deadlineMoved, "the case has another deadline now",
            sql: "q.trigger_type = 'deadline_approaching' AND q.deadline <> c.deadline"
        ) { facts in
            guard let planned = facts.plannedDeadline, let deadline = facts.caseFacts?.deadline else { return false }
            return planned != deadline
        },
        // Of several changes to one status in quick succession the person hears once, of the last.
        Withdrawal(.superseded, "a later change of status takes its place", sql: isSupersededSQL) {
            $0.occurrence.trigger == .statusChange && $0.occurrence.isSuperseded
        },
        // What was put off is withdrawn too: an occurrence of its own wakes the recipient when the time has come.
        Withdrawal(.snoozed, "the recipient put the reminder off", sql: "s.snoozed_until > clock_timestamp()") {
            facts in facts.snoozedUntil.map { $0 > facts.now } ?? false
        },
    ]
}

extension Decision {
    /// Why nobody wants it any more, or nil.
    public static func withdrawal(_ facts: WantedFacts) -> WithdrawReason? {
        Withdrawal.all.first { $0.holds(facts) }?.reason
    }
}

extension WithdrawReason {
    /// The reason in words: `the case was closed`.
    public var words: String {
        Withdrawal.all.first { $0.reason == self }?.words ?? "the channel is no longer chosen"
    }
}

extension WantedFacts {
    /// The status whose coming the occurrence is about and that of the case, where both are known.
    fileprivate var statuses: (entered: String, now: String)? {
        guard occurrence.trigger == .statusChange, let entered = occurrence.newStatus, let now = caseFacts?.status
        else {
            return nil
        }
        return (entered, now)
    }

    /// The deadline that the occurrence is about.
    fileprivate var plannedDeadline: Instant? {
        occurrence.trigger == .deadlineApproaching ? occurrence.deadline : nil
    }
}

/// What decides whether anybody still wants a delivery: known when it is decided, and looked at once more when it is sent.
public struct WantedFacts: Hashable, Sendable {
    /// The moment, by the database's clock.
    public var now: Instant
    /// What fell due.
    public var occurrence: DecisionFacts.OccurrenceFacts
    /// Whether the reminder is switched on.
    public var isActive: Bool
    /// Whether the reminder was deleted.
    public var isDeleted: Bool
    /// The case; nil when nobody ever told about it, and then it stops nothing.
    public var caseFacts: DecisionFacts.CaseFacts?
    /// Whether the recipient dismissed this reminder.
    public var hasDismissed: Bool
    /// Until when the recipient put this reminder off, also when that is over.
    public var snoozedUntil: Instant?
    /// Whether the reminder is still for the recipient.
    public var isAddressed: Bool
    /// Whether the recipient was erased, or is being erased.
    public var isErased: Bool

    /// Facts with all their parts.
    public init(
        now: Instant, occurrence: DecisionFacts.OccurrenceFacts, isActive: Bool = true, isDeleted: Bool = false,
        caseFacts: DecisionFacts.CaseFacts? = nil, hasDismissed: Bool = false, snoozedUntil: Instant? = nil,
        isAddressed: Bool = true, isErased: Bool = false
    ) {
        self.now = now
        self.occurrence = occurrence
        self.isActive = isActive
        self.isDeleted = isDeleted
        self.caseFacts = caseFacts
        self.hasDismissed = hasDismissed
        self.snoozedUntil = snoozedUntil
        self.isAddressed = isAddressed
        self.isErased = isErased
    }
}

extension DecisionFacts {
    /// Those of the facts that say whether anybody still wants it.
    public var wanted: WantedFacts {
        WantedFacts(
            now: now, occurrence: occurrence, isActive: reminder.isActive, isDeleted: reminder.isDeleted,
            caseFacts: caseFacts, hasDismissed: recipient.hasDismissed, snoozedUntil: recipient.snoozedUntil,
            isAddressed: recipient.isAddressed, isErased: recipient.isErased)
    }
}
