import RemindersDomain
import RemindersPostgres

/// `popups`, as the streams of frontend-push read it.
extension SQL {
    static let pendingPopupsOfUsers = Statement(
        "pendingPopupsOfUsers",
        """
        SELECT p.id, p.reminder_id, p.occurrence_id, p.delivery_id, p.title, p.message, p.priority, p.entity_type,
            p.case_id, p.case_title, p.case_status, p.url, p.trigger_type, p.recurring, p.due_at, p.created_at, who.user_id
        FROM unnest($1::text[]) AS who (user_id)
        CROSS JOIN LATERAL (
            SELECT * FROM popups WHERE user_id = who.user_id AND settled_at IS NULL ORDER BY id DESC LIMIT $2) p
        ORDER BY p.id
        """)

    static let popupStreamReads = [pendingPopupsOfUsers]
}

extension ReminderStore {
    /// The pop-ups of several people that are not settled, each person's in the order of their numbers.
    ///
    /// - Parameter limit: the newest so many of each person.
    public func pendingPopups(ofUsers users: [String], limit: Int) async throws -> [String: [PendingPopup]] {
        var pending: [String: [PendingPopup]] = [:]
        for row in try await pool.query(SQL.pendingPopupsOfUsers(.textArray(users), .int8(Int64(limit)))) {
            pending[try row.text(16), default: []].append(try PendingPopup(row: row))
        }
        return pending
    }

    /// Says that pop-ups were settled: a JSON object with `user`, `kind` and `ids`; and after each reconnect, since
    /// notifications may have been lost, that there is a connection.
    public func popupNotifications() -> some AsyncSequence<PostgresNotification, Never> {
        pool.listen("reminders_popups")
    }
}
