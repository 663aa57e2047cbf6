import RemindersDomain
import RemindersPostgres

/// `sag_reminders`, as the API sees them: one by one, by case, and many new ones at a time.
extension SQL {
    static let createReminder = Statement<ReminderDefinition, Instant?, String?, String>(
        "createReminder",
        """
        INSERT INTO sag_reminders (entity_type, sag_id, title, message, priority, trigger_type, trigger_config,
            recipient_user_ids, recipient_emails, override_user_preferences, recurrence_type, rrule, exdates, month_end,
            time_zone, scheduled_at, scheduled_local, catch_up, maximum_lateness, is_active,
            \(ChannelColumns.list(ChannelColumns.ofReminder)), planned_for, created_by, created_via)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
            $17::timestamptz AT TIME ZONE 'UTC', $18, $19::bigint * interval '1 second', $20, $21, $22, $23, $24, $25, $26,
            $27, $28)
        RETURNING \(StoredReminder.columnsOfNew)
        """)

    static let reminder = Statement<Int64>(
        "reminder",
        "SELECT \(StoredReminder.columns) FROM \(StoredReminder.tables) WHERE id = $1 AND deleted_at IS NULL")

    static let remindersOfCase = Statement<String, String, Int64, Bool, String?, Int>(
        "remindersOfCase",
        """
        SELECT \(StoredReminder.columns)
        FROM \(StoredReminder.tables)
        WHERE sag_id = $1 AND entity_type = $2 AND id > $3 AND deleted_at IS NULL AND (is_active OR $4)
            AND ($5::text IS NULL OR \(StoredReminder.concernsSQL("$5")))
        ORDER BY id
        LIMIT $6
        """)

    static let reminderUnderLock = Statement<Int64>(
        "reminderUnderLock", "SELECT \(StoredReminder.columns) FROM \(StoredReminder.tables) WHERE id = $1 FOR UPDATE")

    static let changeReminder = Statement<Int64, ReminderDefinition>(
        "changeReminder",
        """
        UPDATE sag_reminders
        SET entity_type = $2, sag_id = $3, title = $4, message = $5, priority = $6, trigger_type = $7,
            trigger_config = $8, recipient_user_ids = $9, recipient_emails = $10, override_user_preferences = $11,
            recurrence_type = $12, rrule = $13, exdates = $14, month_end = $15, time_zone = $16, scheduled_at = $17,
            scheduled_local = $18::timestamptz AT TIME ZONE 'UTC', catch_up = $19,
            maximum_lateness = $20::bigint * interval '1 second', is_active = $21,
            (\(ChannelColumns.list(ChannelColumns.ofReminder))) = ROW ($22, $23, $24, $25, $26)
        WHERE id = $1
        """)

    // After the change, so that this time counts and not the one the trigger leaves to a scheduler to find.
    static let planReminder = Statement<Int64, Instant?>(
        "planReminder",
        """
        UPDATE sag_reminder_times SET next_check_at = $2, replanned_at = least($2, now()) WHERE reminder_id = $1
        """)

    static let deleteReminder = Statement<Int64>(
        "deleteReminder", "UPDATE sag_reminders SET deleted_at = now(), is_active = false WHERE id = $1")

    static let wakeSchedulersIfNear = Statement<Instant?>(
        "wakeSchedulersIfNear",
        "SELECT pg_notify('reminders_due', '') WHERE $1::timestamptz < now() + interval '61 minutes'")

    static let clockAndTimeZones = Statement<[OpaqueID]>(
        "clockAndTimeZones",
        """
        SELECT clock_timestamp() AS now, u.id, u.time_zone
        FROM (VALUES (1)) always LEFT JOIN users u ON u.id = ANY ($1::text[]) AND u.deleted_at IS NULL
        """)

    static let reminderRows: [any AnyStatement] = [
        createReminder, reminder, remindersOfCase, reminderUnderLock, changeReminder, planReminder, deleteReminder,
        wakeSchedulersIfNear, clockAndTimeZones,
    ]
}

/// A change of a reminder that was decided on while it was locked.
public struct ReminderChange: Sendable {
    /// What it says from now on.
    public var definition: ReminderDefinition
    /// When it is due next, where that has to be planned anew.
    public var plan: Plan
    /// What changed, by the names of the API, for the log.
    public var fields: [String]

    /// When a changed reminder is due next.
    public enum Plan: Hashable, Sendable {
        /// As before, or as the database's triggers have it.
        case asBefore
        /// Then; nil: nothing more is to come.
        case at(Instant?)
    }

    /// A change to `definition`.
    public init(to definition: ReminderDefinition, plan: Plan, fields: [String]) {
        self.definition = definition
        self.plan = plan
        self.fields = fields
    }
}

/// Whose reminders of a case are listed, and which page.
public struct CaseReminders: Sendable {
    /// The case.
    public var about: CaseReference
    /// Whether those that are switched off are listed too.
    public var includesInactive = false
    /// Only what this user created or gets; nil: all.
    public var visibleTo: String?
    /// Those with a higher id.
    public var after: Int64 = 0
    /// At most so many.
    public var limit: Int

    /// All that are active, of one case.
    public init(about: CaseReference, limit: Int) {
        self.about = about
        self.limit = limit
    }
}

extension ReminderStore {
    /// A reminder; nil when there is none, or not any more.
    public func reminder(_ id: Int64) async throws -> StoredReminder? {
        try await pool.query(SQL.reminder(id)).readFirst(StoredReminder.init(row:))
    }

    /// Reminders of a case in the order of their ids.
    public func reminders(_ list: CaseReminders) async throws -> [StoredReminder] {
        func query(after id: Int64) -> Query {
            SQL.remindersOfCase(
                list.about.id, list.about.entityType, id, list.includesInactive, list.visibleTo, list.limit)
        }
        return try await page(
            of: "reminders", limit: list.limit, query(after: list.after), next: { query(after: try $0.int64("id")) },
            StoredReminder.init(row:))
    }

    /// Changes a reminder that nobody else can change meanwhile, and logs who changed what.
    ///
    /// - Parameter decide: gets the reminder as it is, and says what becomes of it: nil leaves it as it is. What it
    ///   throws ends the transaction and is thrown on.
    /// - Returns: the reminder after the change; nil when there is none, or not any more.
    public func changeReminder(
        _ id: Int64, by userID: String, _ decide: (StoredReminder) throws -> ReminderChange?
    ) async throws -> StoredReminder? {
        try await pool.transaction { transaction in
            let rows = try await transaction.query(SQL.reminderUnderLock(id))
            guard let found = try rows.readFirst(StoredReminder.init(row:)), found.deletedAt == nil else { return nil }
            guard let change = try decide(found) else { return found }
            var queries = [SQL.changeReminder(id, change.definition)]
            if case .at(let next) = change.plan {
                queries += [SQL.planReminder(id, next), SQL.wakeSchedulersIfNear(next)]
            }
            queries.append(
                SQL.appendToLog([
                    NewLogLine(kind: .changed, reminderID: id, userID: userID, details: change.details)
                ]))
            queries.append(SQL.reminder(id))
            return try await transaction.finish(queries).last?.readFirst(StoredReminder.init(row:))
        }
    }

    /// Deletes a reminder softly, and logs who did; one that is deleted already stays as it is.
    ///
    /// - Parameter check: gets the reminder as it is, deleted or not. What it throws ends the transaction and is
    ///   thrown on.
    /// - Returns: false when there never was one.
    public func deleteReminder(
        _ id: Int64, by userID: String, _ check: (StoredReminder) throws -> Void
    ) async throws -> Bool {
        try await pool.transaction { transaction in
            let rows = try await transaction.query(SQL.reminderUnderLock(id))
            guard let found = try rows.readFirst(StoredReminder.init(row:)) else { return false }
            try check(found)
            if found.deletedAt == nil {
                try await transaction.finish([
                    SQL.deleteReminder(id),
                    SQL.appendToLog([NewLogLine(kind: .deleted, reminderID: id, userID: userID, details: "{}")]),
                ])
            }
            return true
        }
    }

    /// What the database's clock says, and where those of the users live that are known.
    public func clockAndZones(ofUsers ids: [OpaqueID]) async throws -> ClockAndZones {
        let rows = try await pool.query(SQL.clockAndTimeZones(ids))
        let people = try rows.read {
            (now: try $0.instant("now"), id: try $0.textOrNil("id"), zone: try $0.textOrNil("time_zone"))
        }
        guard let now = people.first?.now else { throw StoreError.noRow }
        let zones = people.compactMap { person in person.id.flatMap { id in person.zone.map { (OpaqueID(id), $0) } } }
        return ClockAndZones(now: now, zones: Dictionary(zones, uniquingKeysWith: { first, _ in first }))
    }
}

/// What has to be known of the clock and of people before a time they wrote can be read.
public struct ClockAndZones: Sendable {
    /// The database's clock (`clock_timestamp()`), by which it is decided what is due.
    public let now: Instant
    /// IANA time zones of users.
    public let zones: [OpaqueID: String]
}

extension ReminderChange {
    /// Names of the API have nothing to escape.
    fileprivate var details: String {
        "{\"fields\":[\(fields.map { "\"\($0)\"" }.joined(separator: ","))]}"
    }
}
