import RemindersDomain
import RemindersPostgres

/// A reminder whose time has come, as it was read: nothing holds it, so that what follows from it counts only if it is
/// still the same then.
public struct DueReminder: Sendable {
    /// `sag_reminders.id`.
    public let id: Int64
    /// What it is about.
    public let about: CaseReference
    /// Its title.
    public let title: String
    /// How much it matters.
    public let priority: Priority
    /// Why it fires: a time or a deadline.
    public let trigger: Trigger
    /// `recurrence_type` as the database has it.
    public let recurrenceType: String
    /// The RFC 5545 rule of an `rrule` recurrence.
    public let rrule: String?
    /// `month_end` as the database has it.
    public let monthEnd: String
    /// IANA name.
    public let timeZone: String
    /// The anchor, as a clock in `timeZone` shows it: microseconds since 1970-01-01T00:00:00 on that clock.
    public let anchorLocalMicroseconds: Int64
    /// What is left out of the series, as the database has it: see `Exclusion`.
    public let exclusions: [String]
    /// When it was due.
    public let dueAt: Instant
    /// When it last fired.
    public let lastFiredAt: Instant?
    /// `catch_up` as the database has it.
    public let catchUp: String
    /// What is later than this is not sent any more.
    public let maximumLateness: Duration?
    /// The database's clock when it was read.
    public let now: Instant
    /// When a change made the series be planned anew; nil when none did. While it equals `dueAt`, that is no time of the
    /// series, but the place to look for its next one.
    public let replannedAt: Instant?
    /// Which version of the row was read.
    public let version: RowVersion
    /// Whose turn it takes: see `sag_reminder_times.turn_of`.
    public let turnOf: OpaqueID
}

/// A version of a row: any change makes another.
public struct RowVersion: Hashable, Sendable {
    /// `xmin` as text.
    let text: String
}

/// A due reminder that this version cannot read, or that is to be set aside for another reason.
public struct ReminderToSetAside: Hashable, Sendable {
    /// `sag_reminders.id`.
    public let id: Int64
    let version: RowVersion
    /// Whose turn it takes.
    let turnOf: OpaqueID
    /// Why, an English sentence.
    public let reason: String

    /// One that was read, and this is what is wrong with it.
    public init(_ reminder: DueReminder, reason: String) {
        id = reminder.id
        version = reminder.version
        turnOf = reminder.turnOf
        self.reason = reason
    }

    fileprivate init(row: inout RowReader, reason: String) throws {
        id = try row.int64("id")
        version = RowVersion(text: try row.text("version"))
        turnOf = OpaqueID(try row.text("turn_of"))
        self.reason = reason
    }
}

extension ReminderToSetAside: RowParameter {
    static let parameterColumns: [ParameterColumn<ReminderToSetAside>] = [
        .init(\.id), .init(\.version), .init { String($0.reason.storable.prefix(1_000)) },
    ]
}

/// Due reminders, with those among them that this version cannot read.
public struct DueBatch: Sendable {
    /// In the order they were due.
    public internal(set) var reminders: [DueReminder] = []
    /// Not to be planned.
    public internal(set) var unreadable: [ReminderToSetAside] = []

    /// None.
    public init() {}

    /// How many there are of each person.
    public var countByTurn: [OpaqueID: Int] {
        var counts: [OpaqueID: Int] = [:]
        for reminder in reminders { counts[reminder.turnOf, default: 0] += 1 }
        for reminder in unreadable { counts[reminder.turnOf, default: 0] += 1 }
        return counts
    }

    /// How many there are.
    public var count: Int { reminders.count + unreadable.count }

    /// Both together.
    public static func + (first: DueBatch, second: DueBatch) -> DueBatch {
        var both = first
        both.reminders += second.reminders
        both.unreadable += second.unreadable
        return both
    }
}

/// A reminder that was set aside.
public struct ReminderSetAside: Sendable {
    /// `sag_reminders.id`.
    public let id: Int64
    /// Its title.
    public let title: String
    /// When it was set aside.
    public let at: Instant
    /// Why.
    public let reason: String
    /// When it was due.
    public let dueAt: Instant
}

extension DueReminder {
    init(row: inout RowReader) throws {
        id = try row.int64("id")
        about = try row.caseReference("entity_type", "sag_id")
        title = try row.text("title")
        priority = try row.value("priority")
        trigger = try row.value("trigger_type")
        recurrenceType = try row.text("recurrence_type")
        rrule = try row.textOrNil("rrule")
        monthEnd = try row.text("month_end")
        timeZone = try row.text("time_zone")
        dueAt = try row.instant("next_check_at")
        anchorLocalMicroseconds = try row.int64OrNil("anchor_local") ?? dueAt.microseconds
        exclusions = try row.textArray("exdates")
        lastFiredAt = try row.instantOrNil("last_fired_at")
        catchUp = try row.text("catch_up")
        maximumLateness = try row.microsecondsOrNil("maximum_lateness")
        now = try row.instant("now")
        replannedAt = try row.instantOrNil("replanned_at")
        version = RowVersion(text: try row.text("version"))
        turnOf = OpaqueID(try row.text("turn_of"))
    }
}

extension DueBatch {
    /// A row that cannot be read does not hold up the others.
    fileprivate init(_ rows: Rows) throws {
        try rows.forEachRow { row in
            reminders.append(try DueReminder(row: &row))
        } unreadable: { row, reason in
            unreadable.append(try ReminderToSetAside(row: &row, reason: reason))
        }
    }
}

extension ReminderStore {
    /// Reminders whose time has come, the longest due first. Nothing is locked.
    ///
    /// - Parameter people: whose reminders are left out: see `DueReminder.turnOf`.
    public func dueReminders(limit: Int, exceptOf people: [OpaqueID] = []) async throws -> DueBatch {
        try DueBatch(
            await pool.query(people.isEmpty ? SQL.dueReminders(limit) : SQL.dueRemindersExceptOf(limit, people)))
    }

    /// The same of some people, up to `limit` of each.
    public func dueReminders(ofEach people: [OpaqueID], limit: Int) async throws -> DueBatch {
        try DueBatch(await pool.query(SQL.dueRemindersOfEach(limit, people)))
    }

    /// Sets reminders aside that are as they were read: they are not due until they are changed or released.
    ///
    /// - Returns: the ids of those that were.
    public func setAsideRemindersIfUnchanged(_ reminders: [ReminderToSetAside]) async throws -> Set<Int64> {
        let rows = try await pool.query(SQL.setAsideRemindersIfUnchanged(reminders))
        return Set(try rows.read { try $0.int64("id") })
    }

    /// What is set aside, the latest first.
    public func remindersSetAside(limit: Int) async throws -> [ReminderSetAside] {
        try await pool.query(SQL.remindersSetAside(limit)).read { row in
            ReminderSetAside(
                id: try row.int64("id"), title: try row.text("title"), at: try row.instant("set_aside_at"),
                reason: try row.text("set_aside_reason"), dueAt: try row.instant("set_aside_due_at"))
        }
    }

    /// Lets what was set aside be due again, from where it was.
    ///
    /// - Parameter ids: which; nil: all.
    /// - Returns: the ids of those that were set aside.
    public func releaseRemindersSetAside(_ ids: [Int64]?) async throws -> [Int64] {
        try await pool.query(SQL.releaseRemindersSetAside(ids)).read {
            try $0.int64("id")
        }
    }
}

/// What firing a due reminder leads to: its occurrences, and when it is due next.
public struct FiringPlan: Sendable {
    /// The instants that become occurrences now, in order; empty when all were skipped.
    public let occurrences: [Instant]
    /// How many fell due while nothing ran and are not made up for.
    public let skipped: Int
    /// When it is due next; nil when nothing more is to come.
    public let next: Instant?

    /// A plan with these parts.
    public init(occurrences: [Instant], skipped: Int = 0, next: Instant?) {
        self.occurrences = occurrences
        self.skipped = skipped
        self.next = next
    }
}
