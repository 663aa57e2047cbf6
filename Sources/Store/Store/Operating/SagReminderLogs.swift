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

    static let lastLogID = Statement("lastLogID", "SELECT coalesce(max(id), 0) AS id FROM sag_reminder_logs")

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
        return try rows.read(LogLine.init(row:)).reversed()
    }

    /// The highest id in the log; 0 while it is empty.
    public func lastLogID() async throws -> Int64 {
        try await pool.query(SQL.lastLogID()).readOne { try $0.int64("id") }
    }
}

extension LogLine {
    fileprivate init(row: inout RowReader) throws {
        id = try row.int64("id")
        at = try row.instant("created_at")
        kind = try row.text("kind")
        outcome = try row.textOrNil("outcome")
        channel = try row.textOrNil("channel")
        userID = try row.textOrNil("user_id")
        attempt = try row.intOrNil("attempt")
        reason = try row.textOrNil("reason")
        reply = try row.textOrNil("reply")
        dueAt = try row.instantOrNil("due_at")
        occurrenceID = try row.int64OrNil("occurrence_id")
        reminderID = try row.int64("reminder_id")
        about = try row.caseReferenceOrNil("entity_type", "sag_id")
        title = try row.textOrNil("title")
    }
}
