import RemindersDomain
import RemindersPostgres

/// `sag_reminder_logs`: what happened, appended to and never changed.
extension SQL {
    /// The one INSERT of the log.
    ///
    /// - Parameter source: where the columns of `line` come from.
    static func insertLines(_ line: LineInSQL, from source: String) -> String {
        """
        INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel, generation,
            attempt, reason, reply, details, due_at, created_at, week)
        SELECT \(line.kind), \(line.outcome), \(line.occurrenceID), \(line.deliveryID), \(line.reminderID), \(line.userID),
            \(line.channel), \(line.generation), \(line.attempt), \(line.reason), \(line.reply), \(line.details), \(line.dueAt),
            clock_timestamp(), coalesce(week_of_id(\(line.occurrenceID)), week_of_id(first_id_of_day(clock_timestamp())))
        FROM \(source)
        """
    }

    // A second final record of a delivery is refused by the index, and the first one stays.
    static let appendToLog = Statement<[NewLogLine]>(
        "appendToLog",
        insertLines(
            LineInSQL(
                kind: "kind", outcome: "outcome", userID: "user_id", attempt: "NULL", reason: "reason", reply: "NULL",
                details: "details"),
            from: """
                unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::bigint[], $6::text[], $7::text[],
                       $8::smallint[], $9::text[], $10::jsonb[], $11::timestamptz[])
                    AS line (kind, outcome, occurrence_id, id, reminder_id, user_id, channel, generation, reason, details,
                             due_at)
                ON CONFLICT DO NOTHING
                """))

    static let recentLog = Statement<LogFilter>(
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

    static let lastLogID = PlainStatement("lastLogID", "SELECT coalesce(max(id), 0) AS id FROM sag_reminder_logs")

    static let logs: [any AnyStatement] = [appendToLog, recentLog, lastLogID]
}

/// What a line of the log tells of. The raw values are those of `sag_reminder_logs.kind`; the column's comment says more.
public enum LogKind: String, CaseIterable, Sendable {
    case delivery
    case attempt
    case held
    case skipped
    case snooze
    case dismiss
    case acknowledge
    case changed
    case deleted
    case markedSent = "marked_sent"
    case retry

    /// As a literal of SQL.
    var literal: String { "'\(rawValue)'" }
}

/// A line to be appended to the log; it is given the time when it is written.
struct NewLogLine {
    var kind: LogKind
    var reminderID: Int64
    /// The recipient, or who did it; nil for what concerns everybody.
    var userID: String?
    /// The delivery it tells of.
    var delivery: (key: DeliveryKey, id: DeliveryID)?
    var outcome: String?
    var reason: String?
    /// JSON.
    var details: String?
    var dueAt: Instant?
}

extension NewLogLine: RowParameter {
    static let parameterColumns: [ParameterColumn<NewLogLine>] = [
        .init(\.kind), .init(\.outcome), .init(\.delivery?.key.occurrenceID), .init(\.delivery?.id),
        .init(\.reminderID),
        .init(\.userID), .init(\.delivery?.key.channel),
        .init { Int16(clamping: $0.delivery?.key.generation ?? 0) }, .init(\.reason),
        .init { $0.details.map(JSONText.init) }, .init(\.dueAt),
    ]
}

/// A line that a statement makes from rows: for each column an expression, of which those of a delivery are called as they
/// are in `deliveries`.
struct LineInSQL {
    var kind: String
    var outcome = "NULL"
    var occurrenceID = "occurrence_id"
    var deliveryID = "id"
    var reminderID = "reminder_id"
    var userID = "recipient"
    var channel = "channel"
    var generation = "generation"
    var attempt = "NULL"
    var reason = "NULL"
    var reply = "NULL"
    var details = "NULL"
    var dueAt = "due_at"
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

extension LogFilter: RowParameter {
    static let parameterColumns: [ParameterColumn<LogFilter>] = [
        .init(\.after), .init(\.reminderID), .init(\.userID), .init(\.caseID), .init(\.channel), .init(\.outcome),
        .init(\.limit),
    ]
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
        try await pool.query(SQL.recentLog(filter)).read(LogLine.init(row:)).reversed()
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
