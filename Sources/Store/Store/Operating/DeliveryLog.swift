import RemindersDomain
import RemindersPostgres

/// `sag_reminder_logs`: final records of deliveries, newest first.
///
/// Each statement merges short sorted runs of an index, as many lines of each as are wanted, and fetches only the rows
/// that win: however long the history is, a page costs the same.
///
/// Which of the three statements is run is found out when it is: each has an index of its own. The parameters they have
/// in common, `FinalRecordFilter.Bounds`, are the first six of each.
extension SQL {
    private static func newest(from runs: String, where condition: String) -> String {
        """
        WITH newest AS MATERIALIZED (
            SELECT one.created_at, one.id
            FROM \(runs)
            CROSS JOIN LATERAL (
                SELECT l.created_at, l.id FROM sag_reminder_logs l
                WHERE l.kind = 'delivery' AND \(condition) AND l.created_at >= $3 AND (l.created_at, l.id) < ($4, $5)
                ORDER BY l.created_at DESC, l.id DESC
                LIMIT $6) one
            ORDER BY one.created_at DESC, one.id DESC
            LIMIT $6)
        SELECT l.id, l.created_at, l.delivery_id, l.occurrence_id, l.reminder_id, l.user_id, l.channel, l.outcome,
            l.reason, l.reply, l.due_at, l.attempt, r.entity_type, r.sag_id, r.title, l.generation
        FROM newest
        JOIN sag_reminder_logs l ON l.id = newest.id
        LEFT JOIN sag_reminders r ON r.id = l.reminder_id
        ORDER BY newest.created_at DESC, newest.id DESC
        """
    }

    private static let outcomesAndChannels =
        "unnest($1::text[]) AS o (outcome) CROSS JOIN unnest($2::text[]) AS c (channel)"

    static let finalRecords = Statement<FinalRecordFilter.Bounds>(
        "finalRecords", newest(from: outcomesAndChannels, where: "l.outcome = o.outcome AND l.channel = c.channel"))

    static let finalRecordsOfRecipient = Statement<FinalRecordFilter.Bounds, Recipient>(
        "finalRecordsOfRecipient",
        newest(
            from: outcomesAndChannels,
            where: "l.user_id = $7 AND l.outcome = o.outcome AND l.channel = c.channel"))

    // Outcome, channel and recipient lie in the index beside its key, so that rare ones are looked for there alone.
    static let finalRecordsOfReminders = Statement<FinalRecordFilter.Bounds, [Int64], Recipient?>(
        "finalRecordsOfReminders",
        newest(
            from: "unnest($7::bigint[]) AS r (id)",
            where: """
                l.reminder_id = r.id AND l.outcome = ANY ($1::text[]) AND l.channel = ANY ($2::text[])
                        AND ($8::text IS NULL OR l.user_id = $8)
                """))

    static let remindersAbout = Statement<String, String>(
        "remindersAbout", "SELECT id FROM sag_reminders WHERE sag_id = $1 AND entity_type = $2")

    static let attemptsOfRecords = Statement<[FinalRecord]>(
        "attemptsOfRecords",
        """
        SELECT tried.*
        FROM unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::smallint[], $6::bigint[])
            AS record (reminder_id, delivery_id, due_at, recorded_at, generation, id)
        CROSS JOIN LATERAL (
            SELECT record.id, l.attempt, l.outcome, l.reason, l.reply, l.created_at
            FROM sag_reminder_logs l
            WHERE l.reminder_id = record.reminder_id AND l.kind = 'attempt' AND l.kind <> 'delivery'
                AND l.created_at BETWEEN record.due_at AND record.recorded_at AND l.delivery_id = record.delivery_id
                AND l.generation = record.generation
            OFFSET 0) tried
        ORDER BY tried.created_at, tried.attempt
        """)

    static let deliveryLog: [any AnyStatement] = [
        finalRecords, finalRecordsOfRecipient, finalRecordsOfReminders, remindersAbout, attemptsOfRecords,
    ]
}

/// Which final records are asked for; nil asks for all.
public struct FinalRecordFilter: Hashable, Sendable {
    /// About one case.
    public var about: CaseReference?
    /// Of one reminder.
    public var reminderID: Int64?
    /// For one recipient.
    public var recipient: Recipient?
    /// Through one channel.
    public var channel: ChannelKind?
    /// With one outcome, a final state.
    public var outcome: DeliveryState?
    /// Recorded at this time or later.
    public var from: Instant?
    /// Recorded before this time.
    public var before: Instant?
    /// Behind this record of the page before.
    public var after: RecordPosition?
    /// At most so many.
    public var limit = 50
    /// The channels there are: each has its own place in the index.
    public var channels = ChannelRegistry.standard

    /// All records.
    public init() {}

    /// - Parameter reminders: those that two of the filters leave; nil when they say nothing.
    fileprivate func query(of reminders: [Int64]?) -> Query {
        if let reminders {
            SQL.finalRecordsOfReminders(Bounds(filter: self), reminders, recipient)
        } else if let recipient {
            SQL.finalRecordsOfRecipient(Bounds(filter: self), recipient)
        } else {
            SQL.finalRecords(Bounds(filter: self))
        }
    }

    /// What all three statements take.
    struct Bounds: GroupParameter {
        let filter: FinalRecordFilter

        static let parameterFields: [ParameterField<Bounds>] = [
            .init { $0.filter.outcome.map { [$0] } ?? DeliveryState.allCases.filter(\.isFinal) },
            .init { $0.filter.channel.map { [$0] } ?? $0.filter.channels.kinds },
            .init { $0.filter.from ?? .distantPast },
            .init { RecordPosition(before: $0.filter.before, behind: $0.filter.after) },
            .init(\.filter.limit),
        ]
    }
}

/// Where a record stands in the log.
public struct RecordPosition: Hashable, Sendable {
    /// When it was recorded.
    public let recordedAt: Instant
    /// The line's id in the log.
    public let id: Int64

    /// The place of the record with these.
    public init(recordedAt: Instant, id: Int64) {
        self.recordedAt = recordedAt
        self.id = id
    }

    /// Where a list goes on, newest first, of what was recorded before a time and is behind a place.
    init(before end: Instant?, behind place: RecordPosition?) {
        self.init(recordedAt: end ?? .distantFuture, id: .min)
        if let place, (place.recordedAt, place.id) < (recordedAt, id) { self = place }
    }
}

extension RecordPosition: RowParameter {
    static let parameterColumns: [ParameterColumn<RecordPosition>] = [.init(\.recordedAt), .init(\.id)]
}

/// The final record of a delivery.
public struct FinalRecord: Sendable {
    /// The line's id in the log.
    public let id: Int64
    /// When it was recorded.
    public let recordedAt: Instant
    /// Which delivery.
    public let deliveryID: DeliveryID
    /// Of which occurrence.
    public let occurrenceID: Int64
    /// Of which reminder.
    public let reminderID: Int64
    /// For whom.
    public let recipient: Recipient
    /// Through which channel.
    public let channel: ChannelKind
    /// How it ended.
    public let outcome: DeliveryState
    /// Why, where the outcome alone does not say it.
    public let reason: String?
    /// What the other side said.
    public let reply: String?
    /// When the occurrence was due.
    public let dueAt: Instant
    /// The attempt that ended it, counted from 1; nil when there was none.
    public let attempt: Int?
    /// What the reminder is about; nil for a reminder that is no longer there.
    public let about: CaseReference?
    /// The reminder's title.
    public let title: String?
    /// How often it was tried anew before, after it had ended: 0 at first.
    public let generation: Int
}

extension FinalRecord: RowParameter {
    static let parameterColumns: [ParameterColumn<FinalRecord>] = [
        .init(\.reminderID), .init(\.deliveryID), .init(\.dueAt), .init(\.recordedAt),
        .init { Int16(clamping: $0.generation) }, .init(\.id),
    ]
}

/// One try at a delivery.
public struct LoggedAttempt: Hashable, Sendable {
    /// Counted from 1.
    public let attempt: Int
    /// `deferred`, `unknown`, or the final state it led to.
    public let outcome: String
    /// Why, where the reply alone does not say it.
    public let reason: String?
    /// What the other side said.
    public let reply: String?
    /// When its end was recorded.
    public let at: Instant

    /// An attempt with these parts.
    public init(attempt: Int, outcome: String, reason: String?, reply: String?, at: Instant) {
        self.attempt = attempt
        self.outcome = outcome
        self.reason = reason
        self.reply = reply
        self.at = at
    }
}

extension ReminderStore {
    /// Final records, newest first.
    public func finalRecords(_ filter: FinalRecordFilter) async throws -> [FinalRecord] {
        let reminders = try await reminders(of: filter.about, only: filter.reminderID)
        if reminders?.isEmpty == true { return [] }
        return try await page(
            of: "final records", limit: filter.limit, filter.query(of: reminders),
            next: { row in
                var behind = filter
                behind.after = RecordPosition(recordedAt: try row.instant("created_at"), id: try row.int64("id"))
                return behind.query(of: reminders)
            }, FinalRecord.init(row:))
    }

    /// The reminders that two filters leave; nil when neither says anything.
    func reminders(of about: CaseReference?, only id: Int64?) async throws -> [Int64]? {
        guard let about else { return id.map { [$0] } }
        let ofCase = try await pool.query(SQL.remindersAbout(about.id, about.entityType))
            .read { try $0.int64("id") }
        return id.map { wanted in ofCase.filter { $0 == wanted } } ?? ofCase
    }

    /// The attempts of deliveries that have ended, each delivery's in their order, its last one included, by the id of
    /// the final record.
    public func attempts(of records: [FinalRecord]) async throws -> [Int64: [LoggedAttempt]] {
        var attempts: [Int64: [LoggedAttempt]] = [:]
        let tried = records.filter { $0.attempt ?? 0 > 1 }
        if !tried.isEmpty {
            try await pool.query(SQL.attemptsOfRecords(tried)).forEachRow { row in
                attempts[try row.int64("id"), default: []].append(try LoggedAttempt(row: &row))
            }
        }
        for record in records {
            guard let last = record.attempt else { continue }
            attempts[record.id, default: []].append(
                LoggedAttempt(
                    attempt: last, outcome: record.outcome.rawValue, reason: record.reason, reply: record.reply,
                    at: record.recordedAt))
        }
        return attempts
    }
}

extension FinalRecord {
    fileprivate init(row: inout RowReader) throws {
        id = try row.int64("id")
        recordedAt = try row.instant("created_at")
        deliveryID = try row.deliveryID("delivery_id")
        occurrenceID = try row.int64("occurrence_id")
        reminderID = try row.int64("reminder_id")
        recipient = try row.recipient("user_id")
        channel = try row.value("channel")
        outcome = try row.value("outcome")
        reason = try row.textOrNil("reason")
        reply = try row.textOrNil("reply")
        dueAt = try row.instant("due_at")
        attempt = try row.intOrNil("attempt")
        about = try row.caseReferenceOrNil("entity_type", "sag_id")
        title = try row.textOrNil("title")
        generation = try row.int("generation")
    }
}

extension LoggedAttempt {
    fileprivate init(row: inout RowReader) throws {
        attempt = try row.int("attempt")
        outcome = try row.text("outcome")
        reason = try row.textOrNil("reason")
        reply = try row.textOrNil("reply")
        at = try row.instant("created_at")
    }
}
