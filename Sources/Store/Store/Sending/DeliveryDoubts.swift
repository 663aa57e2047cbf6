import RemindersDomain
import RemindersPostgres

/// What a sender looks at once more: whether what was requested is still wanted.
extension SQL {
    // Only what might not be wanted is returned, which is little; the rule itself is Decision.withdrawal, and whatever
    // it looks at has to be among the conditions here.
    static let doubtsAboutDeliveries = Statement(
        "doubtsAboutDeliveries",
        """
        SELECT q.id, key.recipient, clock_timestamp(), q.trigger_type, q.due_at, q.old_status, q.new_status, q.deadline,
            r.is_active, r.deleted_at IS NOT NULL, c.id IS NOT NULL, c.status, c.deadline, c.closed_at IS NOT NULL,
            c.deleted_at IS NOT NULL, s.dismissed_at IS NOT NULL, s.snoozed_until,
            key.recipient = ANY (r.recipients),
            q.trigger_type = 'status_change' AND EXISTS (
                SELECT FROM sag_reminder_queue newer WHERE newer.reminder_id = q.reminder_id AND newer.id > q.id
                    AND newer.trigger_type = 'status_change' AND newer.only_recipient IS NULL)
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
        for row in rows { facts[try OccurrenceRecipient(row: row)] = try WantedFacts(row: row) }
        return facts
    }

    private init(row: Row) throws {
        self.init(
            now: try row.instant(2),
            occurrence: .init(
                id: try row.int64(0), dueAt: try row.instant(4), trigger: try row.value(3, "trigger_type"),
                oldStatus: try row.textOrNil(5), newStatus: try row.textOrNil(6),
                deadline: try row.instantOrNil(7), isSuperseded: try row.bool(18)),
            isActive: try row.bool(8), isDeleted: try row.bool(9),
            caseFacts: try row.bool(10)
                ? .init(
                    status: try row.textOrNil(11), deadline: try row.instantOrNil(12), isClosed: try row.bool(13),
                    isDeleted: try row.bool(14)) : nil,
            hasDismissed: try row.bool(15), snoozedUntil: try row.instantOrNil(16),
            isAddressed: try row.bool(17))
    }
}
