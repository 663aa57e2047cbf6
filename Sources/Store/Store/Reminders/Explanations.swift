import RemindersDomain
import RemindersPostgres

/// Everything that bears on one reminder and one person: to explain what happened and to say what will.
extension SQL {
    static let reminderEvenIfDeleted = Statement<Int64>(
        "reminderEvenIfDeleted", "SELECT \(StoredReminder.columns) FROM \(StoredReminder.tables) WHERE id = $1")

    static let latestOccurrences = Statement<Int64, Recipient, Int>(
        "latestOccurrences",
        """
        SELECT id, trigger_type, due_at, old_status, new_status, only_recipient, status, reason, published_at,
            processed_at, created_at, available_at
        FROM (
            (SELECT * FROM sag_reminder_queue
             WHERE reminder_id = $1 AND trigger_type <> 'status_change' AND only_recipient IS NULL
             ORDER BY due_at DESC LIMIT $3)
            UNION ALL
            (SELECT * FROM sag_reminder_queue
             WHERE reminder_id = $1 AND (trigger_type = 'status_change' OR only_recipient IS NOT NULL)
                AND coalesce(only_recipient, $2) = $2
             ORDER BY id DESC LIMIT $3)) latest
        ORDER BY due_at DESC, id DESC
        LIMIT $3
        """)

    static let ledgerOfOccurrences = Statement<[Int64], Recipient>(
        "ledgerOfOccurrences",
        """
        SELECT DISTINCT ON (d.occurrence_id, d.channel) \(ledgerColumns)
        FROM \(keys("$1")) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT * FROM deliveries WHERE occurrence_id = wanted.id AND recipient = $2 OFFSET 0) d
        LEFT JOIN sag_reminders r ON r.id = d.reminder_id
        ORDER BY d.occurrence_id, d.channel, d.generation DESC
        """)

    // What others were told is theirs: lines of this person, and those that are everybody's.
    static let storyOfReminder = Statement<Int64, Recipient, Instant>(
        "storyOfReminder",
        """
        SELECT kind, outcome, occurrence_id, channel, user_id, attempt, reason, reply, details, due_at, created_at
        FROM sag_reminder_logs
        WHERE reminder_id = $1 AND kind <> 'delivery' AND created_at >= $3
            AND (user_id = $2 OR kind IN ('skipped', 'changed', 'deleted', 'marked_sent'))
        ORDER BY created_at DESC, id DESC
        LIMIT 1000
        """)

    static let responseOfPerson = Statement<Int64, Recipient>(
        "responseOfPerson",
        """
        SELECT snoozed_until, dismissed_at, acknowledged_at FROM sag_reminder_responses
        WHERE reminder_id = $1 AND user_id = $2
        """)

    // OFFSET 0: not by the index of release times, past what is held for everybody.
    static let holdsOfRecipient = Statement<Recipient, Int>(
        "holdsOfRecipient",
        """
        SELECT occurrence_id, channel, reason, release_at FROM (
            SELECT * FROM deliveries WHERE recipient = $1 AND release_at IS NOT NULL AND state = 'held' OFFSET 0) held
        ORDER BY release_at
        LIMIT $2
        """)

    // An occurrence that is not in the queue yet, as it would be there.
    static let nextOccurrenceToExplain = Statement<Int64, Instant>(
        "nextOccurrenceToExplain",
        selectDueOccurrences(
            of: """
                (SELECT (jsonb_populate_record(NULL::sag_reminder_queue, jsonb_build_object(
                    'id', 9223372036854775807, 'reminder_id', id, 'trigger_type', trigger_type,
                    'due_at', $2::timestamptz))).*
                 FROM sag_reminders WHERE id = $1) q
                """))

    static let responseToExplain = Statement<Int64, Recipient>(
        "responseToExplain",
        """
        SELECT reminder_id, user_id, snoozed_until, dismissed_at IS NOT NULL AS is_dismissed FROM sag_reminder_responses
        WHERE reminder_id = $1 AND user_id = $2
        """)

    static let permitsOfRecipient = Statement<Recipient, Duration, Int>(
        "permitsOfRecipient",
        """
        SELECT p.granted_at, p.occurrence_id, p.of_others, r.id AS reminder_id, r.title, r.created_by
        FROM permits p
        LEFT JOIN sag_reminder_queue q ON q.id = p.occurrence_id
        LEFT JOIN sag_reminders r ON r.id = q.reminder_id
        WHERE p.recipient = $1 AND p.granted_at > clock_timestamp() - $2 * interval '1 millisecond'
        ORDER BY p.granted_at DESC, p.occurrence_id DESC
        LIMIT $3
        """)

    static let deliveriesToExplain = Statement<[Int64], Recipient, OldestOccurrence>(
        "deliveriesToExplain", selectDeliveries(of: keys("$1"), from: "$3", for: "$2"))

    static let explanations: [any AnyStatement] = [
        reminderEvenIfDeleted, latestOccurrences, ledgerOfOccurrences, storyOfReminder, responseOfPerson,
        holdsOfRecipient, nextOccurrenceToExplain, responseToExplain, deliveriesToExplain,
        permitsOfRecipient,
    ]
}

/// An occurrence of a reminder.
public struct StoredOccurrence: Sendable {
    /// Its id for ever.
    public let id: Int64
    /// Why it fired.
    public let trigger: Trigger
    /// When it was due.
    public let dueAt: Instant
    /// The case's status before the change that fired it.
    public let oldStatus: String?
    /// The case's status after that change.
    public let newStatus: String?
    /// It wakes one person from a snooze, and is for nobody else.
    public let isWakeUp: Bool
    /// `sag_reminder_queue.status`.
    public let status: String
    /// Why, where the status alone does not say it.
    public let reason: String?
    /// When it went to the rate-limiter; nil while it has not.
    public let publishedAt: Instant?
    /// When it was last decided about.
    public let processedAt: Instant?
    /// When it was written.
    public let createdAt: Instant
    /// While it is not published: when it will be.
    public let availableAt: Instant
}

/// A line of the log about a reminder that is not a final record.
public struct StoryLine: Sendable {
    /// `attempt`, `held`, `skipped`, `snooze`, `dismiss`, `acknowledge`, `changed`, `deleted`, `marked_sent`.
    public let kind: String
    /// How it ended, of an attempt.
    public let outcome: String?
    /// Of which occurrence.
    public let occurrenceID: Int64?
    /// Through which channel.
    public let channel: ChannelKind?
    /// For whom, or who did it.
    public let userID: String?
    /// Which attempt, counted from 1.
    public let attempt: Int?
    /// Why.
    public let reason: String?
    /// What the other side said.
    public let reply: String?
    /// JSON.
    public let details: String?
    /// When the occurrence was due.
    public let dueAt: Instant?
    /// When it was written.
    public let at: Instant
}

/// A delivery that is held for a recipient, of whatever reminder.
public struct StoredHold: Hashable, Sendable {
    /// Of which occurrence.
    public let occurrenceID: Int64
    /// Through which channel.
    public let channel: ChannelKind
    /// Why.
    public let reason: HoldReason
    /// Until when; nil until something is changed.
    public let until: Instant?
}

/// What is known about one reminder and one recipient.
public struct ReminderStory: Sendable {
    /// The database's clock.
    public let now: Instant
    /// The reminder, even if it was deleted.
    public var reminder: StoredReminder
    /// What the recipient said about it.
    public let response: StoredResponse
    /// Where the recipient's clock hangs; nil when they are not known here.
    public let timeZone: String?
    /// Its latest occurrences, latest first.
    public let occurrences: [StoredOccurrence]
    /// The ledger of these occurrences for the recipient.
    public let ledger: [LedgerEntry]
    /// What happened beside the final records since the earliest of these occurrences, latest first.
    public let lines: [StoryLine]
    /// What is held for the recipient, of whatever reminder.
    public let holds: [StoredHold]
}

/// A permit of the window, and what took it.
public struct StoredPermit: Sendable {
    /// When it was granted.
    public let grantedAt: Instant
    /// For which occurrence.
    public let occurrenceID: Int64
    /// Of whose permits it is.
    public let kind: PermitKind
    /// Of which reminder; nil when it is no longer there.
    public let reminderID: Int64?
    /// The reminder's title.
    public let title: String?
    /// Who created the reminder.
    public let createdBy: String?
}

extension ReminderStore {
    /// The permits that count for a recipient now, the latest in front.
    ///
    /// - Parameters:
    ///   - window: the length of the permit window.
    ///   - limit: at most so many.
    public func permits(of recipient: Recipient, window: Duration, limit: Int) async throws -> [StoredPermit] {
        try await pool.query(
            SQL.permitsOfRecipient(recipient, window, limit)
        ).read {
            StoredPermit(
                grantedAt: try $0.instant("granted_at"), occurrenceID: try $0.int64("occurrence_id"),
                kind: try $0.bool("of_others") ? .others : .own, reminderID: try $0.int64OrNil("reminder_id"),
                title: try $0.textOrNil("title"),
                createdBy: try $0.textOrNil("created_by"))
        }
    }

    /// The most that is read of what is held for one person.
    public static let holdLimit = 2_000

    /// A reminder, also one that was deleted; nil when there never was one.
    public func reminderEvenIfDeleted(_ id: Int64) async throws -> StoredReminder? {
        try await pool.query(SQL.reminderEvenIfDeleted(id)).readFirst(StoredReminder.init)
    }

    /// What is known about a reminder and a recipient.
    ///
    /// - Parameter limit: at most so many occurrences, the latest.
    public func story(of reminder: StoredReminder, for recipient: Recipient, limit: Int) async throws -> ReminderStory {
        let first = try await pool.pipeline([
            SQL.clock(), SQL.latestOccurrences(reminder.id, recipient, limit),
            SQL.responseOfPerson(reminder.id, recipient), SQL.timeZoneOfUser(recipient.key),
            SQL.holdsOfRecipient(recipient, ReminderStore.holdLimit),
        ])
        let occurrences = try first[1].readKnown("occurrences", StoredOccurrence.init)
        // An occurrence is written when it is due or later; nothing is logged about it before.
        let begin = occurrences.map { min($0.createdAt, $0.dueAt) }.min() ?? reminder.createdAt
        let second = try await pool.pipeline([
            SQL.ledgerOfOccurrences(occurrences.map(\.id), recipient),
            SQL.storyOfReminder(reminder.id, recipient, begin),
        ])
        return ReminderStory(
            now: try first[0].now(), reminder: reminder,
            response: try first[2].readFirst(StoredResponse.init(row:)) ?? StoredResponse(),
            timeZone: try first[3].readFirst { try $0.text("time_zone") }, occurrences: occurrences,
            ledger: try second[0].readKnown("deliveries", LedgerEntry.init), lines: try second[1].read(StoryLine.init),
            holds: try first[4].readKnown("held deliveries", by: "occurrence_id", StoredHold.init))
    }

    /// The facts that bear on occurrences for one recipient, without the locks.
    public func facts(
        ofOccurrences ids: [Int64], for recipient: Recipient, switches: DecisionFacts.Switches
    ) async throws -> [StoredFacts] {
        guard !ids.isEmpty else { return [] }
        let oldest = OldestOccurrence(of: ids)
        return try await facts(
            [
                SQL.clock(), SQL.occurrencesToDecide(ids, oldest), SQL.responsesToOccurrences(ids, oldest),
                SQL.deliveriesToExplain(ids, recipient, oldest),
            ], for: recipient, decidedBefore: ids, switches: switches)
    }

    private func facts(
        _ queries: [Query], for recipient: Recipient, decidedBefore: [Int64] = [], switches: DecisionFacts.Switches
    ) async throws -> [StoredFacts] {
        let question = AnsweredPeople.Question(of: [recipient], decidedBefore: decidedBefore, switches)
        let answers = try await pool.pipeline(queries + question.queries)
        return try DecisionBatch(
            AnsweredFacts(answers.prefix(queries.count)),
            AnsweredPeople(question, Array(answers.dropFirst(queries.count)))
        ).facts
    }

    /// The facts that would bear on the next occurrence of a reminder for one recipient if it were due now; nil when it
    /// is not addressed to them. Its id is `Int64.max`.
    public func factsOfNextOccurrence(
        of reminderID: Int64, dueAt: Instant, for recipient: Recipient, switches: DecisionFacts.Switches
    ) async throws -> StoredFacts? {
        try await facts(
            [
                SQL.clock(), SQL.nextOccurrenceToExplain(reminderID, dueAt),
                SQL.responseToExplain(reminderID, recipient),
                SQL.deliveriesToExplain([], recipient, OldestOccurrence(of: [])),
            ], for: recipient, switches: switches
        ).first
    }
}

extension StoredOccurrence {
    fileprivate init(row: inout RowReader) throws {
        id = try row.int64("id")
        trigger = try row.value("trigger_type")
        dueAt = try row.instant("due_at")
        oldStatus = try row.textOrNil("old_status")
        newStatus = try row.textOrNil("new_status")
        isWakeUp = try row.textOrNil("only_recipient") != nil
        status = try row.text("status")
        reason = try row.textOrNil("reason")
        publishedAt = try row.instantOrNil("published_at")
        processedAt = try row.instantOrNil("processed_at")
        createdAt = try row.instant("created_at")
        availableAt = try row.instant("available_at")
    }
}

extension StoryLine {
    fileprivate init(row: inout RowReader) throws {
        kind = try row.text("kind")
        outcome = try row.textOrNil("outcome")
        occurrenceID = try row.int64OrNil("occurrence_id")
        channel = try row.textOrNil("channel").flatMap(ChannelKind.init)
        userID = try row.textOrNil("user_id")
        attempt = try row.intOrNil("attempt")
        reason = try row.textOrNil("reason")
        reply = try row.textOrNil("reply")
        details = try row.textOrNil("details")
        dueAt = try row.instantOrNil("due_at")
        at = try row.instant("created_at")
    }
}

extension StoredHold {
    fileprivate init(row: inout RowReader) throws {
        occurrenceID = try row.int64("occurrence_id")
        channel = try row.value("channel")
        reason = try row.value("reason")
        let releaseAt = try row.instantOrNil("release_at")
        until = releaseAt == .distantFuture ? nil : releaseAt
    }
}

extension StoredResponse {
    fileprivate init(row: inout RowReader) throws {
        self.init(
            snoozedUntil: try row.instantOrNil("snoozed_until"), dismissedAt: try row.instantOrNil("dismissed_at"),
            acknowledgedAt: try row.instantOrNil("acknowledged_at"))
    }
}
