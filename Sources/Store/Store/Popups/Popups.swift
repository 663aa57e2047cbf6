import RemindersDomain
import RemindersPostgres

/// `popups`, as the person they are for sees them.
extension SQL {
    static let pendingPopups = Statement<String, Int64, Int>(
        "pendingPopups",
        """
        SELECT id, reminder_id, occurrence_id, delivery_id, title, message, priority, entity_type, case_id, case_title,
            case_status, url, trigger_type, recurring, due_at, created_at, shown_creator(reminder_id, user_id) AS creator
        FROM popups
        WHERE user_id = $1 AND settled_at IS NULL AND id < $2
        ORDER BY id DESC
        LIMIT $3
        """)

    static let settlePendingPopups = Statement<Int64, String, PopupSettlement>(
        "settlePendingPopups",
        """
        UPDATE popups SET settled_at = now(), settled_how = $3
        WHERE reminder_id = $1 AND user_id = $2 AND settled_at IS NULL
        """)

    // Those that one interaction settled have the same time. After a day nobody takes anything back.
    static let restorePopups = Statement<Int64, String, PopupSettlement>(
        "restorePopups",
        """
        UPDATE popups SET settled_at = NULL, settled_how = NULL
        WHERE reminder_id = $1 AND user_id = $2 AND settled_how = $3 AND settled_at = (
            SELECT settled_at FROM popups
            WHERE reminder_id = $1 AND user_id = $2 AND settled_at > now() - interval '1 day'
            ORDER BY settled_at DESC LIMIT 1)
        """)

    static let popups: [any AnyStatement] = [pendingPopups, settlePendingPopups, restorePopups]
}

/// What a person did with their pop-ups. The raw values are those of `popups.settled_how`.
public enum PopupSettlement: String, CaseIterable, Sendable {
    case snoozed
    case dismissed
    case acknowledged
}

extension ReminderStore {
    /// A person's pop-ups that are not settled, newest first.
    ///
    /// - Parameters:
    ///   - before: only those with a lower number; nil for the first page.
    ///   - limit: at most so many.
    public func pendingPopups(of userID: String, before: Int64?, limit: Int) async throws -> [Popup] {
        func query(before id: Int64) -> Query { SQL.pendingPopups(userID, id, limit) }
        return try await page(
            of: "pop-ups", limit: limit, query(before: before ?? .max),
            next: { query(before: try $0.int64("id")) }, Popup.init(row:))
    }
}

extension Popup {
    fileprivate init(row: inout RowReader) throws {
        let reminder = ShownReminder(
            deliveryID: try row.deliveryID("delivery_id"), occurrenceID: try row.int64("occurrence_id"),
            reminderID: try row.int64("reminder_id"), priority: try row.value("priority"), title: try row.text("title"),
            message: try row.textOrNil("message"), creator: try row.textOrNil("creator"),
            about: CaseSummary(
                reference: try row.caseReference("entity_type", "case_id"), title: try row.textOrNil("case_title"),
                status: try row.textOrNil("case_status"), url: try row.textOrNil("url")),
            trigger: try row.value("trigger_type"), dueAt: try row.instant("due_at"))
        self.init(
            id: try row.int64("id"), reminder, isRecurring: try row.bool("recurring"),
            createdAt: try row.instant("created_at"))
    }
}

/// `popups`, as the streams of frontend-push read it.
extension SQL {
    static let pendingPopupsOfUsers = Statement<[OpaqueID], Int>(
        "pendingPopupsOfUsers",
        """
        SELECT p.id, p.reminder_id, p.occurrence_id, p.delivery_id, p.title, p.message, p.priority, p.entity_type,
            p.case_id, p.case_title, p.case_status, p.url, p.trigger_type, p.recurring, p.due_at, p.created_at, who.user_id,
            shown_creator(p.reminder_id, who.user_id) AS creator
        FROM unnest($1::text[]) AS who (user_id)
        CROSS JOIN LATERAL (
            SELECT * FROM popups WHERE user_id = who.user_id AND settled_at IS NULL ORDER BY id DESC LIMIT $2) p
        ORDER BY p.id
        """)

    static let popupChannel = PlainStatement("popupChannel", "SELECT name FROM popup_channel")

    static let popupStreamReads: [any AnyStatement] = [pendingPopupsOfUsers, popupChannel]
}

extension ReminderStore {
    /// The pop-ups of several people that are not settled, each person's in the order of their numbers.
    ///
    /// - Parameter limit: the newest so many of each person.
    public func pendingPopups(ofUsers users: [OpaqueID], limit: Int) async throws -> [OpaqueID: [Popup]] {
        var pending: [OpaqueID: [Popup]] = [:]
        let rows = try await pool.query(SQL.pendingPopupsOfUsers(users, limit))
        for (user, popup) in try rows.readKnown(
            "pop-ups", { (OpaqueID(try $0.text("user_id")), try Popup(row: &$0)) })
        {
            pending[user, default: []].append(popup)
        }
        return pending
    }

    /// The channel on which is told that pop-ups were settled. Its name is a secret of this database.
    public func popupChannel() async throws -> String {
        try await pool.query(SQL.popupChannel()).readOne { try $0.text("name") }
    }

    /// Says that pop-ups were settled: a JSON object with `user`, `kind` and `ids`; and after each reconnect, since
    /// notifications may have been lost, that there is a connection.
    ///
    /// - Parameter channel: that of `popupChannel()`.
    public func popupNotifications(on channel: String) -> some AsyncSequence<PostgresNotification, Never> {
        pool.listen(channel)
    }
}
