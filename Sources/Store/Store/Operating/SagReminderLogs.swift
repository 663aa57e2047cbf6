import RemindersDomain
import RemindersPostgres

/// `sag_reminder_logs`: what happened, appended to and never changed.
extension SQL {
    private static let insertDecisions = Statement(
        "logDecisions",
        """
        INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel, reason,
            details, due_at, created_at, generation)
        SELECT CASE state WHEN 'held' THEN 'held' ELSE 'delivery' END, state, occurrence_id, id, reminder_id, recipient,
            channel, reason, decision, due_at, clock_timestamp(), generation
        FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                    $8::jsonb[], $9::timestamptz[], $10::smallint[])
            AS decided (state, occurrence_id, id, reminder_id, recipient, channel, reason, decision, due_at, generation)
        ON CONFLICT DO NOTHING
        """)

    static let logSkipped = Statement(
        "logSkipped",
        """
        INSERT INTO sag_reminder_logs (kind, outcome, reminder_id, reason, details, due_at)
        SELECT 'skipped', 'skipped', reminder_id, 'catch_up', jsonb_build_object('count', count), due_at
        FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS skipped (reminder_id, count, due_at)
        """)

    static let recentLog = Statement(
        "recentLog",
        """
        SELECT l.id, l.created_at, l.kind, l.outcome, l.channel, l.user_id, l.attempt, l.reason, l.reply, l.due_at,
            l.occurrence_id, l.reminder_id, r.entity_type, r.sag_id, r.title
        FROM sag_reminder_logs l
        LEFT JOIN sag_reminders r ON r.id = l.reminder_id
        WHERE l.id > $1 AND ($2::bigint IS NULL OR l.reminder_id = $2) AND ($3::text IS NULL OR l.user_id = $3)
            AND ($4::text IS NULL OR r.sag_id = $4) AND ($5::text IS NULL OR l.channel = $5)
            AND ($6::text IS NULL OR l.outcome = $6)
        ORDER BY l.id DESC
        LIMIT $7
        """)

    static let lastLogID = Statement("lastLogID", "SELECT coalesce(max(id), 0) FROM sag_reminder_logs")

    static let logs = [insertDecisions, logSkipped, recentLog, lastLogID]

    static func logDecisions(_ decided: [DecidedDelivery]) -> Query {
        insertDecisions(
            .textArray(decided.map(\.state.rawValue)), .int8Array(decided.map(\.occurrenceID)),
            .uuidArray(decided.map(\.id.uuid)), .int8Array(decided.map(\.reminderID)),
            .textArray(decided.map(\.recipient.key)), .textArray(decided.map(\.channel.rawValue)),
            .textOrNilArray(decided.map(\.reason)), .jsonbArray(decided.map(\.decision)),
            .instants(decided.map(\.dueAt)), .int2Array(decided.map { Int16(clamping: $0.generation) }))
    }
}

/// Which lines of the log are asked for; nil asks for all.
public struct LogFilter: Sendable {
    /// Lines after this id.
    public var after: Int64 = 0
    /// Of one reminder.
    public var reminderID: Int64?
    /// For one recipient.
    public var userID: String?
    /// About one case.
    public var caseID: String?
    /// Through one channel.
    public var channel: ChannelKind?
    /// With one outcome.
    public var outcome: String?
    /// At most so many, the newest.
    public var limit = 50

    /// All lines.
    public init() {}
}

/// A line of the log.
public struct LogLine: Sendable {
    /// The line's id; later lines have higher ones, but a line may appear after one with a higher id.
    public let id: Int64
    /// When it was written.
    public let at: Instant
    /// `delivery`, `attempt`, `held`, `skipped`, or what a person did.
    public let kind: String
    /// How it ended.
    public let outcome: String?
    /// Through which channel.
    public let channel: String?
    /// For whom.
    public let userID: String?
    /// Which attempt.
    public let attempt: Int?
    /// Why.
    public let reason: String?
    /// What the other side said.
    public let reply: String?
    /// When the occurrence was due.
    public let dueAt: Instant?
    /// Which occurrence.
    public let occurrenceID: Int64?
    /// Which reminder.
    public let reminderID: Int64
    /// About what.
    public let about: CaseReference?
    /// The reminder's title.
    public let title: String?
}

extension ReminderStore {
    /// Lines of the log, oldest of them first.
    public func log(_ filter: LogFilter) async throws -> [LogLine] {
        let rows = try await pool.query(
            SQL.recentLog(
                .int8(filter.after), filter.reminderID.map { .int8($0) } ?? .null, .textOrNil(filter.userID),
                .textOrNil(filter.caseID), .textOrNil(filter.channel?.rawValue), .textOrNil(filter.outcome),
                .int8(Int64(filter.limit))))
        return try rows.reversed().map(LogLine.init)
    }

    /// The highest id in the log; 0 while it is empty.
    public func lastLogID() async throws -> Int64 {
        guard let row = try await pool.query(SQL.lastLogID()).first else { throw StoreError.noRow }
        return try row.int64(0)
    }
}

extension LogLine {
    fileprivate init(row: Row) throws {
        id = try row.int64(0)
        at = try row.instant(1)
        kind = try row.text(2)
        outcome = try row.textOrNil(3)
        channel = try row.textOrNil(4)
        userID = try row.textOrNil(5)
        attempt = try row.int32OrNil(6).map(Int.init)
        reason = try row.textOrNil(7)
        reply = try row.textOrNil(8)
        dueAt = try row.instantOrNil(9)
        occurrenceID = try row.int64OrNil(10)
        reminderID = try row.int64(11)
        if let entityType = try row.textOrNil(12), let caseID = try row.textOrNil(13) {
            about = CaseReference(entityType: entityType, id: caseID)
        } else {
            about = nil
        }
        title = try row.textOrNil(14)
    }
}
