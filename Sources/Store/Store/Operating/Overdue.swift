import RemindersDomain
import RemindersPostgres

/// What is due and not decided about yet, for each person it is for.
extension SQL {
    static let overdue = Statement<Duration, Recipient?, [Int64]?, Instant, Int64, Int64, Int>(
        "overdue",
        """
        SELECT o.occurrence_id, o.reminder_id, who.recipient, o.stage, o.due_at,
            (extract(epoch FROM o.overdue) * 1000)::bigint AS overdue, r.entity_type, r.sag_id, r.title, who.place
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
        var place = (dueAt: Instant.distantPast, id: Int64.min, place: Int64(0))
        switch filter.after {
        case .overdue(let dueAt, let id, let number): place = (dueAt, id, number)
        case .underWay, .held: return []
        case nil: break
        }
        let reminders = try await reminders(of: filter.about, only: filter.reminderID)
        if reminders?.isEmpty == true { return [] }
        func query(behind place: (dueAt: Instant, id: Int64, place: Int64)) -> Query {
            SQL.overdue(
                OverdueStage.grace, filter.recipient, reminders, place.dueAt, place.id, place.place, filter.limit)
        }
        return try await page(
            of: "what is overdue", by: "reminder_id", limit: filter.limit, query(behind: place),
            next: { row in
                let id = try row.int64OrNil("occurrence_id") ?? -row.int64("reminder_id")
                return query(behind: (try row.instant("due_at"), id, try row.int64("place")))
            }, OverdueEntry.init(row:))
    }
}

extension OverdueEntry {
    fileprivate init(row: inout RowReader) throws {
        occurrenceID = try row.int64OrNil("occurrence_id")
        reminderID = try row.int64("reminder_id")
        recipient = try row.recipient("recipient")
        stage = try row.value("stage")
        dueAt = try row.instant("due_at")
        overdue = .milliseconds(try row.int64("overdue"))
        about = try row.caseReference("entity_type", "sag_id")
        title = try row.text("title")
        place = try row.int64("place")
    }
}
