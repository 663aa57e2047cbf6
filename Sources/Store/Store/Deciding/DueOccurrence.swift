import RemindersDomain
import RemindersPostgres

/// An occurrence with its reminder and case, as they are now.
public struct DueOccurrence: Sendable {
    /// The occurrence's id.
    public let occurrenceID: Int64
    /// The reminder that fired.
    public let reminderID: Int64
    /// Why it fired.
    public let trigger: Trigger
    /// When it was due.
    public let dueAt: Instant
    /// The case's status before the change that fired it.
    public let oldStatus: String?
    /// The case's status after that change.
    public let newStatus: String?
    /// The one it is for; nil when it is for all of the reminder's recipients.
    public let onlyRecipient: Recipient?
    /// The deadline it was planned for, when one made it fire.
    public let deadline: Instant?
    /// The W3C trace that an event from outside began.
    public let traceparent: String?
    /// A later change of status made the reminder fire again.
    public let isSuperseded: Bool
    /// Title and text of the reminder.
    public let title: String
    /// Title and text of the reminder.
    public let message: String?
    /// How much it matters.
    public let priority: Priority
    /// What it is about.
    public let about: CaseReference
    /// What the reminder says about channels.
    public let reminderChannels: ChannelChoice
    /// The reminder's channels alone count.
    public let overridesPreferences: Bool
    /// The reminder is switched on.
    public let isActive: Bool
    /// The reminder was deleted.
    public let isDeleted: Bool
    /// What is later than this is not sent any more.
    public let maximumLateness: Duration?
    /// Whom the reminder is for.
    public let recipients: [Recipient]
    /// Who created the reminder, where that is not the only one it is for; nil where nobody knows.
    public internal(set) var creator: Recipient?
    /// The raw addresses as they were written.
    public internal(set) var writtenAddresses: [String] = []
    /// Those of the raw addresses that users have who get a mail of their own.
    public internal(set) var toldAsUsers: Set<Recipient> = []
    /// IANA name: where the reminder's clock hangs.
    public internal(set) var reminderTimeZone: String?
    /// Whether anybody ever told about the case; if not, the facts about it say nothing.
    public let caseIsKnown: Bool
    /// The case's title now.
    public let caseTitle: String?
    /// The case's status now.
    public let caseStatus: String?
    /// Where the case can be looked at.
    public let caseURL: String?
    /// The case's deadline now.
    public let caseDeadline: Instant?
    /// The case was closed.
    public let caseIsClosed: Bool
    /// The case was deleted.
    public let caseIsDeleted: Bool
    /// Those of the recipients, and whoever created the reminder, who are among the case's readers; nil where nobody named any.
    public internal(set) var caseReaders: Set<Recipient>?
    /// Whoever created the reminder is a person who is not among them.
    public internal(set) var isKeptFromCreator = false
}

extension SQL {
    /// What `DueOccurrence` reads.
    ///
    /// - Parameter occurrences: tables of which one is called `q` and has the columns of the queue.
    static func selectDueOccurrences(of occurrences: String) -> String {
        """
        SELECT q.id, q.reminder_id, q.trigger_type, q.due_at, q.old_status, q.new_status, q.only_recipient, q.deadline,
            q.traceparent,
            r.title, r.message, r.priority, r.entity_type, r.sag_id,
            \(ChannelColumns.list(ChannelColumns.ofReminder, of: "r.")), r.override_user_preferences, r.is_active, r.deleted_at IS NOT NULL AS is_deleted,
            (extract(epoch FROM r.maximum_lateness) * 1000000)::bigint AS maximum_lateness, r.recipients,
            c.id IS NOT NULL AS case_is_known, c.title AS case_title, c.status AS case_status, c.url AS case_url,
            c.deadline AS case_deadline, c.closed_at IS NOT NULL AS case_is_closed, c.deleted_at IS NOT NULL AS case_is_deleted,
            \(Withdrawal.isSupersededSQL) AS is_superseded, r.recipient_emails,
            ARRAY(SELECT who.recipient FROM unnest(r.recipients) AS who (recipient) WHERE \(isToldAsUser)) AS told_as_users,
            r.time_zone,
            CASE WHEN r.recipients <> ARRAY[r.created_by] THEN r.created_by END AS creator,
            c.readers IS NOT NULL AS case_names_readers,
            CASE WHEN c.readers IS NULL THEN '{}' ELSE ARRAY(
                SELECT who.recipient FROM unnest(r.recipients) AS who (recipient) WHERE who.recipient = ANY (c.readers)
            ) END AS case_readers,
            CASE WHEN c.readers IS NULL OR q.trigger_type = 'time_based' THEN false ELSE
                r.created_by <> ALL (c.readers) AND EXISTS (SELECT FROM users WHERE id = r.created_by)
            END AS is_kept_from_creator
        FROM \(occurrences)
        JOIN sag_reminders r ON r.id = q.reminder_id
        LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        ORDER BY q.due_at, q.id
        """
    }

    /// Whether a raw address is that of a user who is reminded too, and by mail: they get the user's mail, and no other.
    private static let isToldAsUser = """
        starts_with(who.recipient, 'mailto:') AND EXISTS (
            SELECT FROM users also LEFT JOIN user_notification_preferences prefers ON prefers.user_id = also.id
            WHERE also.id = ANY (r.recipient_user_ids) AND also.deleted_at IS NULL
                AND 'mailto:' || lower(coalesce(prefers.email_override, also.email)) = who.recipient
                AND \(ChannelColumns.isUsedSQL("notify_email", reminder: "r", person: "prefers")))
        """
}

extension DueOccurrence {
    init(row: inout RowReader) throws {
        occurrenceID = try row.int64("id")
        reminderID = try row.int64("reminder_id")
        trigger = try row.value("trigger_type")
        dueAt = try row.instant("due_at")
        oldStatus = try row.textOrNil("old_status")
        newStatus = try row.textOrNil("new_status")
        onlyRecipient = try row.recipientOrNil("only_recipient")
        deadline = try row.instantOrNil("deadline")
        traceparent = try row.textOrNil("traceparent")
        title = try row.text("title")
        message = try row.textOrNil("message")
        priority = try row.value("priority")
        about = try row.caseReference("entity_type", "sag_id")
        reminderChannels = try row.channelsOfReminder()
        overridesPreferences = try row.bool("override_user_preferences")
        isActive = try row.bool("is_active")
        isDeleted = try row.bool("is_deleted")
        maximumLateness = try row.microsecondsOrNil("maximum_lateness")
        recipients = try row.recipients("recipients")
        caseIsKnown = try row.bool("case_is_known")
        caseTitle = try row.textOrNil("case_title")
        caseStatus = try row.textOrNil("case_status")
        caseURL = try row.textOrNil("case_url")
        caseDeadline = try row.instantOrNil("case_deadline")
        caseIsClosed = try row.bool("case_is_closed")
        caseIsDeleted = try row.bool("case_is_deleted")
        isSuperseded = try row.bool("is_superseded")
        writtenAddresses = try row.textArray("recipient_emails")
        toldAsUsers = Set(try row.recipients("told_as_users"))
        reminderTimeZone = try row.text("time_zone")
        creator = try row.recipientOrNil("creator")
        if try row.bool("case_names_readers") { caseReaders = Set(try row.recipients("case_readers")) }
        isKeptFromCreator = try row.boolOrNil("is_kept_from_creator") ?? false
    }
}

/// From what the database holds to what is shown of it.
extension ShownReminder {
    /// What the recipient of a delivery is shown of an occurrence.
    ///
    /// - Parameter mayReadCase: else nothing of it but its id.
    public init(_ due: DueOccurrence, id: DeliveryID, generation: Int = 0, mayReadCase: Bool = true) {
        self.init(
            deliveryID: id, generation: generation, occurrenceID: due.occurrenceID, reminderID: due.reminderID,
            priority: due.priority, title: due.title, message: due.message,
            about: mayReadCase
                ? CaseSummary(reference: due.about, title: due.caseTitle, status: due.caseStatus, url: due.caseURL)
                : CaseSummary(reference: due.about),
            trigger: due.trigger,
            event: mayReadCase ? due.newStatus.map { StatusChange(oldStatus: due.oldStatus, newStatus: $0) } : nil,
            dueAt: due.dueAt)
    }
}
