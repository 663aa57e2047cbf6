import RemindersDomain
import RemindersPostgres

/// What a sender looks at once more: whether what was requested is still wanted.
extension SQL {
    // Only what might not be wanted is returned, which is little; the rule itself is Decision.withdrawal, and whatever
    // it looks at has to be among the conditions here.
    static let doubtsAboutDeliveries = Statement(
        "doubtsAboutDeliveries",
        """
        SELECT key.occurrence_id, key.recipient, clock_timestamp() AS now, q.trigger_type, q.due_at, q.old_status, q.new_status, q.deadline,
            r.is_active, r.deleted_at IS NOT NULL AS is_deleted, c.id IS NOT NULL AS case_is_known, c.status AS case_status,
            c.deadline AS case_deadline, c.closed_at IS NOT NULL AS case_is_closed,
            c.deleted_at IS NOT NULL AS case_is_deleted, s.dismissed_at IS NOT NULL AS has_dismissed, s.snoozed_until,
            key.recipient = ANY (r.recipients) AS is_addressed,
            q.trigger_type = 'status_change' AND EXISTS (
                SELECT FROM sag_reminder_queue newer WHERE newer.reminder_id = q.reminder_id AND newer.id > q.id
                    AND newer.trigger_type = 'status_change' AND newer.only_recipient IS NULL) AS is_superseded
        FROM (SELECT * FROM unnest($1::bigint[], $2::text[]) AS key (occurrence_id, recipient) OFFSET 0) key
        JOIN sag_reminder_queue q ON q.id = key.occurrence_id
        JOIN sag_reminders r ON r.id = q.reminder_id
        LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        LEFT JOIN sag_reminder_responses s ON s.reminder_id = r.id AND s.user_id = key.recipient
        WHERE NOT r.is_active OR r.deleted_at IS NOT NULL OR c.closed_at IS NOT NULL OR c.deleted_at IS NOT NULL
            OR s.dismissed_at IS NOT NULL OR s.snoozed_until > now() OR q.trigger_type <> 'time_based'
            OR key.recipient <> ALL (r.recipients)
        """)

    static func doubts(about keys: [OccurrenceRecipient]) -> Query {
        doubtsAboutDeliveries(.int8Array(keys.map(\.occurrenceID)), .textArray(keys.map(\.recipient.key)))
    }
}

extension WantedFacts {
    static func byDelivery(_ rows: Rows) throws -> [OccurrenceRecipient: WantedFacts] {
        var facts: [OccurrenceRecipient: WantedFacts] = [:]
        try rows.forEachRow { row in facts[try OccurrenceRecipient(row: &row)] = try WantedFacts(row: &row) }
        return facts
    }

    private init(row: inout RowReader) throws {
        self.init(
            now: try row.instant("now"),
            occurrence: .init(
                id: try row.int64("occurrence_id"), dueAt: try row.instant("due_at"),
                trigger: try row.value("trigger_type"),
                oldStatus: try row.textOrNil("old_status"), newStatus: try row.textOrNil("new_status"),
                deadline: try row.instantOrNil("deadline"), isSuperseded: try row.bool("is_superseded")),
            isActive: try row.bool("is_active"), isDeleted: try row.bool("is_deleted"),
            caseFacts: try row.bool("case_is_known")
                ? .init(
                    status: try row.textOrNil("case_status"), deadline: try row.instantOrNil("case_deadline"),
                    isClosed: try row.bool("case_is_closed"),
                    isDeleted: try row.bool("case_is_deleted")) : nil,
            hasDismissed: try row.bool("has_dismissed"), snoozedUntil: try row.instantOrNil("snoozed_until"),
            isAddressed: try row.bool("is_addressed"))
    }
}
