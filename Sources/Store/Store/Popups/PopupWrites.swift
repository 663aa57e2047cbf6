import RemindersDomain
import RemindersPostgres

/// `popups`, as frontend-push writes it.
extension SQL {
    // A person's pop-ups get their numbers under a lock that is held until they are committed: whoever has seen number n
    // will never see a lower one appear. In one order, so that two writers never wait for each other.
    static let lockPopupLists = Statement<[String]>(
        "lockPopupLists",
        """
        SELECT count(pg_advisory_xact_lock(1380273486, hash))
        FROM (SELECT DISTINCT hashtext(user_id) AS hash FROM unnest($1::text[]) user_id ORDER BY hash) ordered
        """)

    // One that is there already was written by a sender that died before it could say so: it is told again.
    static let insertPopups = Statement<[NewPopup]>(
        "insertPopups",
        """
        INSERT INTO popups AS p (user_id, occurrence_id, delivery_id, reminder_id, title, message, priority, entity_type,
            case_id, case_title, case_status, url, trigger_type, recurring, due_at)
        SELECT new.user_id, new.occurrence_id, new.delivery_id, new.reminder_id, new.title, new.message, new.priority,
            new.entity_type, new.case_id, new.case_title, new.case_status, new.url, new.trigger_type,
            coalesce(r.recurrence_type <> 'once' OR r.trigger_type = 'status_change', false), new.due_at
        FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::timestamptz[])
            AS new (user_id, occurrence_id, delivery_id, reminder_id, title, message, priority, entity_type, case_id,
                    case_title, case_status, url, trigger_type, due_at)
        LEFT JOIN sag_reminders r ON r.id = new.reminder_id
        ORDER BY new.due_at, new.occurrence_id
        ON CONFLICT (occurrence_id, user_id) DO UPDATE SET user_id = p.user_id
        RETURNING occurrence_id, user_id, id, recurring, created_at, settled_at IS NULL AS is_pending
        """)

    static let popupWrites: [any AnyStatement] = [lockPopupLists, insertPopups]
}

/// What is to stand on a person's list of pop-ups.
public struct NewPopup: Sendable {
    /// Whose list.
    public var userID: String
    /// What it shows.
    public var reminder: ShownReminder

    /// `reminder`, for the list of this user.
    public init(userID: String, _ reminder: ShownReminder) {
        self.userID = userID
        self.reminder = reminder
    }
}

/// A pop-up that is on its person's list.
public struct WrittenPopup: Sendable {
    /// Its number; of one person's pop-ups a later one has the higher number.
    public let id: Int64
    /// Whether the reminder may fire again.
    public let isRecurring: Bool
    /// When it was written.
    public let createdAt: Instant
    /// Nobody has snoozed, dismissed or acknowledged it yet.
    public let isPending: Bool

    /// A written pop-up with these parts.
    public init(id: Int64, isRecurring: Bool, createdAt: Instant, isPending: Bool) {
        self.id = id
        self.isRecurring = isRecurring
        self.createdAt = createdAt
        self.isPending = isPending
    }
}

extension ReminderStore {
    /// Writes pop-ups to their lists, each once however often it comes: one transaction, two round trips.
    ///
    /// - Returns: what is on the lists now, by occurrence and user.
    public func writePopups(_ popups: [NewPopup]) async throws -> [OccurrenceRecipient: WrittenPopup] {
        // A statement of its own before the insert: a row gets its number when the lock is held.
        let queries = [SQL.lockPopupLists(popups.map(\.userID)), SQL.insertPopups(popups)]
        let rows = try await pool.transaction { try await $0.finish(queries) }[1]
        var written: [OccurrenceRecipient: WrittenPopup] = [:]
        written.reserveCapacity(rows.count)
        try rows.forEachRow { row in
            let key = OccurrenceRecipient(
                occurrenceID: try row.int64("occurrence_id"), recipient: .user(try row.text("user_id")))
            written[key] = WrittenPopup(
                id: try row.int64("id"), isRecurring: try row.bool("recurring"),
                createdAt: try row.instant("created_at"),
                isPending: try row.bool("is_pending"))
        }
        return written
    }
}

extension NewPopup: RowParameter {
    static let parameterColumns: [ParameterColumn<NewPopup>] = [
        .init(\.userID), .init(\.reminder.occurrenceID), .init(\.reminder.deliveryID), .init(\.reminder.reminderID),
        .init(\.reminder.title), .init(\.reminder.message), .init(\.reminder.priority),
        .init(\.reminder.about.reference),
        .init(\.reminder.about.title), .init(\.reminder.about.status), .init(\.reminder.about.url),
        .init(\.reminder.trigger), .init(\.reminder.dueAt),
    ]
}
