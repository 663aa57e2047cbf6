import RemindersDomain
import RemindersPostgres

/// `sag_reminders`: the rules, as the scheduler and the command line see them.
extension SQL {
    static let claimDueReminders = Statement(
        "claimDueReminders",
        """
        SELECT id, entity_type, sag_id, title, priority, trigger_type, recurrence_type, rrule, month_end, time_zone,
            (extract(epoch FROM scheduled_local) * 1000000)::bigint AS anchor,
            ARRAY(SELECT (extract(epoch FROM day) * 1000000)::bigint FROM unnest(exdates) day) AS exceptions,
            next_check_at, last_fired_at, catch_up,
            (extract(epoch FROM maximum_lateness) * 1000000)::bigint AS maximum_lateness, clock_timestamp() AS now,
            replanned_at
        FROM sag_reminders
        WHERE next_check_at <= now()
        ORDER BY next_check_at
        LIMIT $1
        FOR UPDATE SKIP LOCKED
        """)

    static let advanceReminders = Statement(
        "advanceReminders",
        """
        UPDATE sag_reminders r
        SET next_check_at = plan.next, last_fired_at = coalesce(plan.fired, r.last_fired_at),
            fired_count = r.fired_count + plan.count
        FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::bigint[])
            AS plan (id, next, fired, count)
        WHERE r.id = plan.id
        """)

    // Not min(): planned while the table was empty, that reads all there is.
    static let nextDue = Statement(
        "nextDue",
        """
        SELECT least((SELECT next_check_at FROM sag_reminders WHERE next_check_at IS NOT NULL
                      ORDER BY next_check_at LIMIT 1),
                     (SELECT available_at FROM sag_reminder_queue WHERE published_at IS NULL
                      ORDER BY available_at LIMIT 1)) AS due,
            clock_timestamp() AS now
        """)

    static let addReminder = Statement(
        "addReminder",
        """
        INSERT INTO sag_reminders (entity_type, sag_id, title, message, priority, recipient_user_ids, recipient_emails,
            notify_email, notify_mattermost, notify_frontend, override_user_preferences, recurrence_type, rrule,
            month_end, time_zone, scheduled_at, created_by, created_via, next_check_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
            coalesce($16, clock_timestamp() + $17 * interval '1 millisecond'), $18, $19, $20)
        RETURNING id, next_check_at
        """)

    static let sagReminders = [claimDueReminders, advanceReminders, nextDue, addReminder]
}

/// A reminder whose time has come, locked until the transaction that claimed it ends.
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
    /// Local times left out of an `rrule` series, counted like the anchor.
    public let exceptionLocalMicroseconds: [Int64]
    /// When it was due.
    public let dueAt: Instant
    /// When it last fired.
    public let lastFiredAt: Instant?
    /// `catch_up` as the database has it.
    public let catchUp: String
    /// What is later than this is not sent any more.
    public let maximumLateness: Duration?
    /// The database's clock at the claim.
    public let now: Instant
    /// When a change made the series be planned anew; nil when none did. While it equals `dueAt`, that is no time of the
    /// series, but the place to look for its next one.
    public let replannedAt: Instant?
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
        anchorLocalMicroseconds = try row.int64OrNil("anchor") ?? dueAt.microseconds
        exceptionLocalMicroseconds = try row.int64Array("exceptions")
        lastFiredAt = try row.instantOrNil("last_fired_at")
        catchUp = try row.text("catch_up")
        maximumLateness = try row.int64OrNil("maximum_lateness").map { .microseconds($0) }
        now = try row.instant("now")
        replannedAt = try row.instantOrNil("replanned_at")
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

/// What the command line asks for when it adds a reminder.
public struct NewReminder: Sendable {
    /// What it is about.
    public var about: CaseReference
    /// 1 to 300 characters.
    public var title: String
    /// Up to 10,000 characters.
    public var message: String?
    /// How much it matters.
    public var priority: Priority = .normal
    /// Users by id.
    public var userIDs: [String] = []
    /// Raw addresses, checked by `MailAddress`.
    public var addresses: [String] = []
    /// The channels that are used whatever the person prefers; nil: as the person prefers.
    public var channels: Set<ChannelKind>?
    /// `once`, `daily`, `weekly`, `monthly` or `rrule`.
    public var recurrenceType = "once"
    /// With `rrule`: the RFC 5545 rule.
    public var rrule: String?
    /// `omit`, `backward` or `forward`.
    public var monthEnd = "backward"
    /// IANA name.
    public var timeZone = "UTC"
    /// When: at an instant, or so long after the database's now.
    public var due: Due
    /// The first occurrence where that is not the anchor: a rule may leave its anchor out.
    public var firstOccurrence: Instant?
    /// Who created it.
    public var createdBy: String?
    /// Where it came from: `cli`, `api`, `chat`, `ui`.
    public var createdVia: String

    /// When a new reminder is due first.
    public enum Due: Sendable {
        case at(Instant)
        case after(Duration)
    }

    /// A reminder about `about` with this title, due then.
    public init(about: CaseReference, title: String, due: Due, createdVia: String) {
        self.about = about
        self.title = title
        self.due = due
        self.createdVia = createdVia
    }
}

extension ReminderStore {
    /// Says whenever something may have become due earlier than it was, and after each reconnect, since notifications
    /// may have been lost. Look beside it now and then: it is a hint.
    public func dueNotifications() -> some AsyncSequence<PostgresNotification, Never> {
        pool.listen("reminders_due")
    }

    /// When the next reminder or unpublished occurrence is due, and the database's clock; nil when nothing waits.
    public func nextDue() async throws -> (due: Instant?, now: Instant) {
        try await pool.query(SQL.nextDue()).readOne { (try $0.instantOrNil("due"), try $0.instant("now")) }
    }

    /// Creates a reminder.
    ///
    /// - Returns: its id and the instant it is due first.
    public func addReminder(_ reminder: NewReminder) async throws -> (id: Int64, due: Instant) {
        var at = PostgresValue.null
        var after = PostgresValue.null
        switch reminder.due {
        case .at(let instant): at = .instant(instant)
        case .after(let duration): after = .milliseconds(duration)
        }
        func notify(_ channel: ChannelKind) -> PostgresValue {
            reminder.channels.map { .bool($0.contains(channel)) } ?? .null
        }
        let rows = try await pool.query(
            SQL.addReminder(
                .text(reminder.about.entityType), .text(reminder.about.id), .text(reminder.title),
                .textOrNil(reminder.message), .text(reminder.priority.rawValue), .textArray(reminder.userIDs),
                .textArray(reminder.addresses), notify(.email), notify(.mattermost), notify(.frontend),
                .bool(reminder.channels != nil), .text(reminder.recurrenceType), .textOrNil(reminder.rrule),
                .text(reminder.monthEnd), .text(reminder.timeZone), at, after, .textOrNil(reminder.createdBy),
                .text(reminder.createdVia), reminder.firstOccurrence.map { .instant($0) } ?? .null))
        return try rows.readOne { (try $0.int64("id"), try $0.instant("next_check_at")) }
    }
}
