import RemindersDomain
import RemindersPostgres

/// What is due and not decided about yet, for each person it is for.
extension SQL {
    static let overdue = Statement(
        "overdue",
        """
        SELECT o.occurrence_id, o.reminder_id, who.recipient, o.stage, o.due_at,
            (extract(epoch FROM o.overdue) * 1000)::bigint, r.entity_type, r.sag_id, r.title, who.place
        FROM overdue_occurrences o
        JOIN sag_reminders r ON r.id = o.reminder_id
        CROSS JOIN LATERAL unnest(r.recipients) WITH ORDINALITY who (recipient, place)
        WHERE o.overdue > $1 * interval '1 millisecond'
            AND (o.only_recipient IS NULL OR o.only_recipient = who.recipient)
            AND ($2::text IS NULL OR who.recipient = $2) AND ($3::bigint[] IS NULL OR o.reminder_id = ANY ($3))
            AND (o.due_at, coalesce(o.occurrence_id, -o.reminder_id), who.place) > ($4, $5, $6)
        ORDER BY o.due_at, coalesce(o.occurrence_id, -o.reminder_id), who.place
        LIMIT $7
        """)
}

/// An occurrence for one person that should have been decided about.
public struct OverdueEntry: Sendable {
    /// The occurrence; nil where no scheduler has made one of its reminder yet.
    public let occurrenceID: Int64?
    /// Of which reminder.
    public let reminderID: Int64
    /// For whom.
    public let recipient: Recipient
    /// What it waits for.
    public let stage: OverdueStage
    /// When it was due.
    public let dueAt: Instant
    /// For how long it has been, by the database's clock.
    public let overdue: Duration
    /// What the reminder is about.
    public let about: CaseReference
    /// The reminder's title.
    public let title: String
    fileprivate let place: Int64

    /// Its place in the list of what has not come to an end.
    public var waitingPosition: WaitingPosition {
        .overdue(dueAt: dueAt, id: occurrenceID ?? -reminderID, place: place)
    }
}

extension ReminderStore {
    /// What should have been decided about, those due first in front. It is found however old it is. No channel has been
    /// chosen for it yet, so that none is found where one is asked for.
    public func overdue(_ filter: WaitingFilter) async throws -> [OverdueEntry] {
        guard filter.channel == nil else { return [] }
        var after = (Instant.distantPast, Int64.min, Int64(0))
        switch filter.after {
        case .overdue(let dueAt, let id, let place): after = (dueAt, id, place)
        case .underWay, .held: return []
        case nil: break
        }
        let reminders = try await reminders(of: filter.about, only: filter.reminderID)
        if reminders?.isEmpty == true { return [] }
        return try await pool.query(
            SQL.overdue(
                .milliseconds(OverdueStage.grace), .textOrNil(filter.recipient?.key),
                reminders.map { .int8Array($0) } ?? .null, .instant(after.0), .int8(after.1), .int8(after.2),
                .int8(Int64(filter.limit)))
        ).map(OverdueEntry.init)
    }
}

extension OverdueEntry {
    fileprivate init(row: Row) throws {
        occurrenceID = try row.int64OrNil(0)
        reminderID = try row.int64(1)
        recipient = Recipient(key: try row.text(2))
        stage = try row.value(3, "stage")
        dueAt = try row.instant(4)
        overdue = .milliseconds(try row.int64(5))
        about = CaseReference(entityType: try row.text(6), id: try row.text(7))
        title = try row.text(8)
        place = try row.int64(9)
    }
}
