import RemindersDomain
import RemindersPostgres

/// `sag_reminders`, as those see them who know only time-based ones: by person, by due time, and marked as sent.
extension SQL {
    /// Where a list begins to look: each has an index of its own.
    private enum Source: String, CaseIterable {
        case person = "OfPerson"
        case entity = "OfEntity"
        case everybody = "OfEverybody"

        /// $1 is a user or NULL, $3 an id of a case. OFFSET 0 keeps what is asked besides from being looked up in other
        /// indexes, which have far more of it.
        var rows: String {
            switch self {
            case .person:
                "(SELECT * FROM sag_reminders WHERE \(StoredReminder.concernsSQL("$1")) OFFSET 0) AS sag_reminders"
            case .entity:
                """
                (SELECT * FROM sag_reminders
                      WHERE sag_id = $3 AND deleted_at IS NULL AND ($1::text IS NULL OR \(StoredReminder.concernsSQL("$1")))
                      OFFSET 0) AS sag_reminders
                """
            case .everybody: "(SELECT * FROM sag_reminders WHERE $1::text IS NULL) AS sag_reminders"
            }
        }
    }

    /// Of one kind of thing ($2) and one of them ($3), where those are given.
    private static func timeBased(from source: Source) -> String {
        """
        FROM \(source.rows) JOIN sag_reminder_times ON reminder_id = id
        WHERE ($2::text IS NULL OR entity_type = $2) AND ($3::text IS NULL OR sag_id = $3) AND trigger_type = 'time_based'
        """
    }

    private static func newest(_ source: Source) -> Statement<String?, String?, String?, Int64, Int> {
        Statement(
            "newestReminders\(source.rawValue)",
            """
            SELECT \(StoredReminder.columns)
            \(timeBased(from: source))
                AND deleted_at IS NULL AND id < $4
            ORDER BY id DESC
            LIMIT $5
            """)
    }

    // least() passes over NULL, so that one statement serves both bounds and still reads a range of the index. What was
    // deleted is never due.
    private static func soonest(
        _ source: Source
    ) -> Statement<String?, String?, String?, Int64, Int, Instant, Int64?, Instant> {
        Statement(
            "soonestReminders\(source.rawValue)",
            """
            SELECT \(StoredReminder.columns)
            \(timeBased(from: source))
                AND next_check_at IS NOT NULL
                AND next_check_at <= least($6::timestamptz, now() + $7::bigint * interval '1 hour')
                AND ($7::bigint IS NULL OR next_check_at > now())
                AND (next_check_at, reminder_id) > ($8::timestamptz, $4::bigint)
            ORDER BY next_check_at, reminder_id
            LIMIT $5
            """)
    }

    static let remindersByID = Statement<[Int64]>(
        "remindersByID",
        "SELECT \(StoredReminder.columns) FROM \(StoredReminder.tables) WHERE id = ANY ($1::bigint[])")

    private static let ofMarked = LineInSQL(
        kind: LogKind.markedSent.literal, occurrenceID: "NULL", deliveryID: "NULL", reminderID: "id", userID: "$2",
        channel: "NULL", generation: "0", dueAt: "NULL")

    // Locked in one order, so that two who mark the same never wait for each other. Found by id alone: planned while the
    // table was empty, a condition that an index has too would make it read that one, all of it.
    static let markRemindersAsSentIfUnsent = Statement<[Int64], String>(
        "markRemindersAsSentIfUnsent",
        """
        WITH locked AS (
            SELECT id, trigger_type, deleted_at, next_check_at, fired_count FROM \(StoredReminder.tables)
            WHERE id = ANY ($1::bigint[])
            ORDER BY id
            FOR UPDATE),
        marked AS (
            UPDATE sag_reminder_times t SET next_check_at = NULL, last_fired_at = now(), fired_count = t.fired_count + 1
            FROM locked
            WHERE t.reminder_id = locked.id AND locked.trigger_type = 'time_based' AND locked.deleted_at IS NULL
                AND (locked.next_check_at IS NOT NULL OR locked.fired_count = 0)
            RETURNING t.reminder_id AS id)
        \(insertLines(ofMarked, from: "marked"))
        """)

    static let simpleReminders: [any AnyStatement] =
        Source.allCases.flatMap { [newest($0), soonest($0)] as [any AnyStatement] }
        + [remindersByID, markRemindersAsSentIfUnsent]

    /// The statement with which a list is read, and its parameters.
    static func simpleReminders(_ list: SimpleReminderList) -> Query {
        let source: Source = list.entityID != nil ? .entity : list.userID != nil ? .person : .everybody
        guard list.isOfUnsent else {
            return newest(source)(
                list.userID, list.entityType, list.entityID, list.after?.id ?? .max, list.limit)
        }
        return soonest(source)(
            list.userID, list.entityType, list.entityID, list.after?.id ?? 0, list.limit,
            list.dueBefore ?? .distantFuture, list.hoursAhead, list.after?.dueAt ?? .distantPast)
    }
}

/// Which time-based reminders are listed, and which page of them: the newest first, or of the unsent ones the one that
/// is due soonest.
public struct SimpleReminderList: Sendable {
    /// Only what this user created or gets; nil: everybody's.
    public var userID: String?
    /// Only about things of this kind: `case`, `task`, `bug` or `project`.
    public var entityType: String?
    /// Only about this thing.
    public var entityID: String?
    /// Only unsent ones that are due then or before.
    public var dueBefore: Instant?
    /// Only unsent ones that are due from now on, within so many hours.
    public var hoursAhead: Int64?
    /// Only those that come after this one in the list.
    public var after: Position?
    /// At most so many.
    public var limit: Int

    /// A place in a list.
    public struct Position: Hashable, Sendable {
        /// The reminder there.
        public let id: Int64
        /// When it is due.
        public let dueAt: Instant

        /// The place of this reminder.
        public init(id: Int64, dueAt: Instant) {
            self.id = id
            self.dueAt = dueAt
        }
    }

    /// Whether only unsent ones are listed, soonest first.
    public var isOfUnsent: Bool { dueBefore != nil || hoursAhead != nil }

    /// Everybody's, newest first.
    public init(limit: Int) {
        self.limit = limit
    }
}

extension ReminderStore {
    /// A page of time-based reminders.
    public func reminders(_ list: SimpleReminderList) async throws -> [StoredReminder] {
        try await page(
            of: "reminders", limit: list.limit, SQL.simpleReminders(list),
            next: { row in
                var behind = list
                behind.after = .init(
                    id: try row.int64("id"), dueAt: try row.instantOrNil("next_check_at") ?? .distantPast)
                return SQL.simpleReminders(behind)
            }, StoredReminder.init(row:))
    }

    /// Ends time-based reminders as if they had been sent, and logs who did; those that were sent stay as they are.
    ///
    /// - Returns: those of them that there are, as they are after it.
    public func markAsSent(_ ids: [Int64], by userID: String) async throws -> [StoredReminder] {
        let rows = try await pool.pipeline([
            SQL.markRemindersAsSentIfUnsent(ids, userID), SQL.remindersByID(ids),
        ])
        return try rows[1].readKnown("reminders", StoredReminder.init(row:)).filter {
            $0.deletedAt == nil && $0.definition.trigger == .timeBased
        }
    }
}
