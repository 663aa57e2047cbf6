import RemindersDomain
import RemindersPostgres

/// `sag_reminder_responses`: what one person did about one reminder, for themselves.
extension SQL {
    static let addResponseIfAddressed = Statement<Int64, String>(
        "addResponseIfAddressed",
        """
        INSERT INTO sag_reminder_responses (reminder_id, user_id)
        SELECT id, $2 FROM sag_reminders WHERE id = $1 AND deleted_at IS NULL AND $2 = ANY (recipient_user_ids)
        ON CONFLICT DO NOTHING
        """)

    // A statement of its own: what is read after it is as the one before us left it.
    static let lockResponse = Statement<Int64, String>(
        "lockResponse",
        "SELECT FROM sag_reminder_responses WHERE reminder_id = $1 AND user_id = $2 FOR UPDATE")

    static let responseUnderLock = Statement<Int64, String>(
        "responseUnderLock",
        """
        SELECT clock_timestamp() AS now, s.snoozed_until, s.dismissed_at, s.acknowledged_at, r.trigger_type, r.is_active,
            t.next_check_at,
            greatest(t.last_fired_at,
                (SELECT q.due_at FROM sag_reminder_queue q
                 WHERE q.reminder_id = r.id AND (q.trigger_type = 'status_change' OR q.only_recipient IS NOT NULL)
                    AND coalesce(q.only_recipient, s.user_id) = s.user_id AND q.published_at IS NOT NULL
                 ORDER BY q.id DESC LIMIT 1)) AS last_fired_at,
            EXISTS (SELECT FROM popups p
                    WHERE p.reminder_id = r.id AND p.user_id = s.user_id AND p.settled_at IS NULL) AS has_pending_popups,
            c.closed_at IS NOT NULL AS case_is_closed, c.deleted_at IS NOT NULL AS case_is_deleted, u.time_zone
        FROM sag_reminder_responses s
        JOIN sag_reminders r ON r.id = s.reminder_id
        JOIN sag_reminder_times t ON t.reminder_id = r.id
        LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        LEFT JOIN users u ON u.id = s.user_id
        WHERE s.reminder_id = $1 AND s.user_id = $2 AND r.deleted_at IS NULL AND s.user_id = ANY (r.recipient_user_ids)
        """)

    static let changeResponse = Statement<Int64, String, StoredResponse>(
        "changeResponse",
        """
        UPDATE sag_reminder_responses
        SET snoozed_until = $3, dismissed_at = $4, acknowledged_at = $5, updated_at = now()
        WHERE reminder_id = $1 AND user_id = $2
        """)

    static let responses: [any AnyStatement] = [
        addResponseIfAddressed, lockResponse, responseUnderLock, changeResponse,
    ]
}

/// What a person said about a reminder so far.
public struct StoredResponse: Hashable, Sendable {
    /// They asked to be left alone until then; it may be past.
    public var snoozedUntil: Instant?
    /// They want no more of it since then.
    public var dismissedAt: Instant?
    /// They last said then that they have seen it.
    public var acknowledgedAt: Instant?

    /// A response with these parts.
    public init(snoozedUntil: Instant? = nil, dismissedAt: Instant? = nil, acknowledgedAt: Instant? = nil) {
        self.snoozedUntil = snoozedUntil
        self.dismissedAt = dismissedAt
        self.acknowledgedAt = acknowledgedAt
    }
}

extension StoredResponse: RowParameter {
    static let parameterColumns: [ParameterColumn<StoredResponse>] = [
        .init(\.snoozedUntil), .init(\.dismissedAt), .init(\.acknowledgedAt),
    ]
}

/// What is known when a person responds to a reminder that is addressed to them.
public struct ResponseFacts: Sendable {
    /// The database's clock.
    public var now: Instant
    /// What they said so far.
    public var response: StoredResponse
    /// What makes the reminder fire.
    public var trigger: Trigger
    /// It is switched on.
    public var isActive: Bool
    /// When it is due next; nil when nothing more is to come, or a change of status is waited for.
    public var nextCheckAt: Instant?
    /// When it last fired for this person; nil when it never did.
    public var lastFiredAt: Instant?
    /// Pop-ups of it are on the person's list.
    public var hasPendingPopups: Bool
    /// Its case was closed.
    public var caseIsClosed: Bool
    /// Its case was deleted.
    public var caseIsDeleted: Bool
    /// Where the person's clock hangs; nil when they are not known here.
    public var timeZone: String?

    /// Facts with all their parts.
    public init(
        now: Instant, response: StoredResponse, trigger: Trigger = .timeBased, isActive: Bool = true,
        nextCheckAt: Instant? = nil, lastFiredAt: Instant? = nil, hasPendingPopups: Bool = false,
        caseIsClosed: Bool = false, caseIsDeleted: Bool = false, timeZone: String? = nil
    ) {
        self.now = now
        self.response = response
        self.trigger = trigger
        self.isActive = isActive
        self.nextCheckAt = nextCheckAt
        self.lastFiredAt = lastFiredAt
        self.hasPendingPopups = hasPendingPopups
        self.caseIsClosed = caseIsClosed
        self.caseIsDeleted = caseIsDeleted
        self.timeZone = timeZone
    }
}

/// What a response changes.
public struct ResponseChange: Hashable, Sendable {
    /// Which line of the log tells of it.
    public enum Kind: String, Sendable {
        case snooze
        case dismiss
        case acknowledge

        var logged: LogKind {
            switch self {
            case .snooze: .snooze
            case .dismiss: .dismiss
            case .acknowledge: .acknowledge
            }
        }
    }

    /// What the person has said now.
    public var response: StoredResponse
    /// What becomes of their pop-ups of the reminder; nil when they stay.
    public var settlement: PopupSettlement?
    /// The pop-ups that were settled like this last are pending again; nil when none are.
    public var restored: PopupSettlement?
    /// The line for the log: what they did, and details as a JSON object; nil when they had done so before.
    public var log: Line?

    /// A line for the log.
    public struct Line: Hashable, Sendable {
        /// What they did.
        public var kind: Kind
        /// A JSON object.
        public var details: String

        /// A line with these parts.
        public init(_ kind: Kind, details: String = "{}") {
            self.kind = kind
            self.details = details
        }
    }

    /// A change with these parts.
    public init(
        response: StoredResponse, settlement: PopupSettlement?, restored: PopupSettlement? = nil, log: Line?
    ) {
        self.response = response
        self.settlement = settlement
        self.restored = restored
        self.log = log
    }
}

extension ReminderStore {
    /// Lets a person respond to a reminder, under a lock that two of their browsers never hold at once.
    ///
    /// - Parameter decide: says what changes, given what is known; what it throws undoes everything.
    /// - Returns: what was known and what was changed; nil when there is no such reminder or it is not for this user.
    public func respond(
        to reminderID: Int64, by userID: String, _ decide: @Sendable (ResponseFacts) throws -> ResponseChange
    ) async throws -> (facts: ResponseFacts, change: ResponseChange)? {
        try await pool.transaction { transaction in
            let rows = try await transaction.pipeline([
                SQL.addResponseIfAddressed(reminderID, userID), SQL.lockResponse(reminderID, userID),
                SQL.responseUnderLock(reminderID, userID),
            ])
            guard let facts = try rows[2].readFirst(ResponseFacts.init(row:)) else { return nil }
            let change = try decide(facts)
            try await transaction.finish(change.queries(reminderID: reminderID, userID: userID, facts: facts))
            return (facts, change)
        }
    }
}

extension ResponseFacts {
    fileprivate init(row: inout RowReader) throws {
        self.init(
            now: try row.instant("now"),
            response: StoredResponse(
                snoozedUntil: try row.instantOrNil("snoozed_until"), dismissedAt: try row.instantOrNil("dismissed_at"),
                acknowledgedAt: try row.instantOrNil("acknowledged_at")),
            trigger: try row.value("trigger_type"), isActive: try row.bool("is_active"),
            nextCheckAt: try row.instantOrNil("next_check_at"),
            lastFiredAt: try row.instantOrNil("last_fired_at"), hasPendingPopups: try row.bool("has_pending_popups"),
            caseIsClosed: try row.bool("case_is_closed"),
            caseIsDeleted: try row.bool("case_is_deleted"), timeZone: try row.textOrNil("time_zone"))
    }
}

extension ResponseChange {
    fileprivate func queries(reminderID: Int64, userID: String, facts: ResponseFacts) -> [Query] {
        var queries: [Query] = []
        if response != facts.response {
            queries.append(SQL.changeResponse(reminderID, userID, response))
        }
        if facts.hasPendingPopups, let settlement {
            queries.append(SQL.settlePendingPopups(reminderID, userID, settlement))
        }
        if let restored {
            queries.append(SQL.restorePopups(reminderID, userID, restored))
        }
        if let log {
            queries.append(
                SQL.appendToLog([
                    NewLogLine(
                        kind: log.kind.logged, reminderID: reminderID, userID: userID, details: log.details)
                ]))
        }
        return queries
    }
}
