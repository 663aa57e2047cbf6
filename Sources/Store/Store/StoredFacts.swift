import Domain
import Postgres

/// What a decision needs to know, read under the recipients' locks.
extension SQL {
    // A statement of its own before the facts: a statement sees only what was committed before it began, so facts
    // read together with the lock would be older than the lock. In one order, so that two never wait for each other.
    static let lockRecipients = Statement(
        "lockRecipients",
        """
        SELECT count(pg_advisory_xact_lock(1380273485, hash))
        FROM (
            SELECT DISTINCT hashtext(recipient) AS hash
            FROM sag_reminder_queue q
            JOIN sag_reminders r ON r.id = q.reminder_id
            CROSS JOIN LATERAL unnest(r.recipients) recipient
            WHERE q.id = ANY ($1)
            ORDER BY hash) ordered
        """)

    static let occurrenceFactsUnderLock = Statement(
        "occurrenceFactsUnderLock",
        """
        SELECT q.id, q.reminder_id, q.trigger_type, q.due_at, q.old_status, q.new_status,
            r.title, r.message, r.priority, r.entity_type, r.sag_id, r.notify_email, r.notify_mattermost,
            r.notify_frontend, r.override_user_preferences, r.is_active, r.deleted_at IS NOT NULL,
            (extract(epoch FROM r.maximum_lateness) * 1000000)::bigint,
            c.title, c.status, c.url, c.closed_at IS NOT NULL, c.deleted_at IS NOT NULL,
            who.recipient, u.id IS NOT NULL AND u.deleted_at IS NULL, u.display_name,
            coalesce(p.email_override, u.email), u.mattermost_username, u.locale, u.time_zone,
            p.notify_email, p.notify_mattermost, p.notify_frontend, p.quiet_hours_enabled,
            (extract(epoch FROM p.quiet_hours_start) / 60)::int, (extract(epoch FROM p.quiet_hours_end) / 60)::int,
            p.quiet_hours_days::bigint[], s.snoozed_until, s.dismissed_at IS NOT NULL, q.only_recipient IS NOT NULL,
            q.traceparent,
            ARRAY(SELECT granted_at FROM permits WHERE recipient = who.recipient
                AND granted_at > clock_timestamp() - $2 * interval '1 millisecond'),
            EXISTS (SELECT FROM permits WHERE recipient = who.recipient
                AND granted_at > clock_timestamp() - $2 * interval '1 millisecond' AND occurrence_id = q.id),
            ARRAY(SELECT occurrence_id FROM deliveries WHERE recipient = who.recipient AND release_at IS NOT NULL
                AND state = 'held' AND reason = 'rate_limited' GROUP BY occurrence_id ORDER BY min(due_at), 1)
        FROM sag_reminder_queue q
        JOIN sag_reminders r ON r.id = q.reminder_id
        CROSS JOIN LATERAL unnest(r.recipients) AS who (recipient)
        LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        LEFT JOIN users u ON u.id = who.recipient
        LEFT JOIN user_notification_preferences p ON p.user_id = who.recipient
        LEFT JOIN sag_reminder_responses s ON s.reminder_id = r.id AND s.user_id = who.recipient
        WHERE q.id = ANY ($1) AND (q.only_recipient IS NULL OR q.only_recipient = who.recipient)
        ORDER BY q.due_at, q.id, who.recipient
        """)

    static let deliveriesUnderLock = Statement(
        "deliveriesUnderLock",
        """
        SELECT occurrence_id, recipient, channel, id, state, coalesce(release_at <= clock_timestamp(), false), reason
        FROM deliveries WHERE occurrence_id = ANY ($1)
        """)

    static let occurrenceFacts = [lockRecipients, occurrenceFactsUnderLock, deliveriesUnderLock]
}

/// One occurrence for one recipient, with everything that bears on whether and how they are told.
public struct StoredFacts: Sendable {
    /// The occurrence's id.
    public let occurrenceID: Int64
    /// The reminder that fired.
    public let reminderID: Int64
    /// Why it fired.
    public let trigger: Trigger
    /// When it was due.
    public let dueAt: Instant
    /// The case's status before the change that fired it.
    public let oldStatus: String?
    /// The case's status after that change.
    public let newStatus: String?
    /// Title and text of the reminder.
    public let title: String
    /// Title and text of the reminder.
    public let message: String?
    /// How much it matters.
    public let priority: Priority
    /// What it is about.
    public let about: CaseReference
    /// The channels the reminder sets; a channel that is missing is as the person prefers.
    public let reminderChannels: [ChannelKind: Bool]
    /// The reminder's channels alone count.
    public let overridesPreferences: Bool
    /// The reminder is switched on.
    public let isActive: Bool
    /// The reminder was deleted.
    public let isDeleted: Bool
    /// What is later than this is not sent any more.
    public let maximumLateness: Duration?
    /// The case as it is now; all nil when it is not known here.
    public let caseTitle: String?
    /// The case's status now.
    public let caseStatus: String?
    /// Where the case can be looked at.
    public let caseURL: String?
    /// The case was closed or deleted.
    public let caseIsClosed: Bool
    /// Whom it is for.
    public let recipient: Recipient
    /// The user exists; false for raw addresses.
    public let userIsKnown: Bool
    /// Display name.
    public let name: String?
    /// Where mail goes.
    public let email: String?
    /// Mattermost name without the @.
    public let mattermostName: String?
    /// For the words.
    public let locale: String?
    /// IANA name.
    public let timeZone: String?
    /// The channels the person prefers; nil when they never said.
    public let preferredChannels: [ChannelKind: Bool]?
    /// The person's quiet hours; nil when they have none.
    public let quietHours: StoredQuietHours?
    /// The person asked to be left alone until then.
    public let snoozedUntil: Instant?
    /// The person wants no more of this reminder.
    public let isDismissed: Bool
    /// The occurrence wakes the person from a snooze of theirs.
    public let isWakeUp: Bool
    /// The W3C trace that an event from outside began.
    public let traceparent: String?
    /// When the recipient's permits of the window, and a little more, were granted.
    public let permits: [Instant]
    /// One of them is for this occurrence.
    public let holdsPermit: Bool
    /// The recipient's occurrences that the limit holds back, those due first in front.
    public let heldForRate: [Int64]
}

extension StoredFacts {
    init(row: Row) throws {
        occurrenceID = try row.int64(0)
        reminderID = try row.int64(1)
        trigger = try row.value(2, "trigger_type")
        dueAt = try row.instant(3)
        oldStatus = try row.textOrNil(4)
        newStatus = try row.textOrNil(5)
        title = try row.text(6)
        message = try row.textOrNil(7)
        priority = try row.value(8, "priority")
        about = CaseReference(entityType: try row.text(9), id: try row.text(10))
        var set: [ChannelKind: Bool] = [:]
        set[.email] = try row.boolOrNil(11)
        set[.mattermost] = try row.boolOrNil(12)
        set[.frontend] = try row.boolOrNil(13)
        reminderChannels = set
        overridesPreferences = try row.bool(14)
        isActive = try row.bool(15)
        isDeleted = try row.bool(16)
        maximumLateness = try row.int64OrNil(17).map { .microseconds($0) }
        caseTitle = try row.textOrNil(18)
        caseStatus = try row.textOrNil(19)
        caseURL = try row.textOrNil(20)
        let closed = try row.boolOrNil(21) ?? false
        caseIsClosed = try closed || row.boolOrNil(22) ?? false
        recipient = Recipient(key: try row.text(23))
        userIsKnown = try row.boolOrNil(24) ?? false
        name = try row.textOrNil(25)
        email = try row.textOrNil(26)
        mattermostName = try row.textOrNil(27)
        locale = try row.textOrNil(28)
        timeZone = try row.textOrNil(29)
        if let email = try row.boolOrNil(30) {
            preferredChannels = [
                .email: email, .mattermost: try row.bool(31), .frontend: try row.bool(32),
            ]
            quietHours =
                try row.bool(33)
                ? StoredQuietHours(
                    startMinute: Int(try row.int32(34)), endMinute: Int(try row.int32(35)),
                    isoWeekdays: try row.int64Array(36).map(Int.init)) : nil
        } else {
            preferredChannels = nil
            quietHours = nil
        }
        snoozedUntil = try row.instantOrNil(37)
        isDismissed = try row.boolOrNil(38) ?? false
        isWakeUp = try row.bool(39)
        traceparent = try row.textOrNil(40)
        permits = try row.timestampArray(41).map(Instant.init(microseconds:))
        holdsPermit = try row.bool(42)
        heldForRate = try row.int64Array(43)
    }
}

/// Quiet hours as the preferences hold them.
public struct StoredQuietHours: Hashable, Sendable {
    /// Minutes after midnight, 0 to 1439.
    public let startMinute: Int
    /// Minutes after midnight, 0 to 1439.
    public let endMinute: Int
    /// ISO weekdays (1 = Monday) on which they begin.
    public let isoWeekdays: [Int]
}

/// A row of the ledger that was there before the decision.
public struct StoredDelivery: Sendable {
    /// Through which channel.
    public let channel: ChannelKind
    /// The delivery's id for ever.
    public let id: DeliveryID
    /// Where it stands.
    public let state: DeliveryState
    /// Its time of release has come, or its publishing was not completed.
    public let isReleasable: Bool
    /// Why it waits, or ended.
    public let reason: String?
}

/// Identifies one occurrence for one recipient.
public struct OccurrenceRecipient: Hashable, Sendable {
    /// The occurrence.
    public let occurrenceID: Int64
    /// The recipient.
    public let recipient: Recipient

    /// This occurrence for this recipient.
    public init(occurrenceID: Int64, recipient: Recipient) {
        self.occurrenceID = occurrenceID
        self.recipient = recipient
    }
}

/// All facts of one batch, read under the recipients' locks.
public struct DecisionBatch: Sendable {
    /// The database's clock after the locks were taken.
    public let now: Instant
    /// In the order of their due times, so that the first come are the first served.
    public let facts: [StoredFacts]
    /// What the ledger has of these occurrences.
    public let deliveries: [OccurrenceRecipient: [StoredDelivery]]
}

extension DecisionBatch {
    init(clock: Rows, facts: Rows, deliveries: Rows) throws {
        now = try clock.instant()
        self.facts = try facts.map(StoredFacts.init)
        var deliveriesOf: [OccurrenceRecipient: [StoredDelivery]] = [:]
        for row in deliveries {
            let key = OccurrenceRecipient(occurrenceID: try row.int64(0), recipient: Recipient(key: try row.text(1)))
            deliveriesOf[key, default: []].append(
                StoredDelivery(
                    channel: try row.value(2, "channel"), id: DeliveryID(try row.uuid(3)),
                    state: try row.value(4, "state"), isReleasable: try row.bool(5), reason: try row.textOrNil(6)))
        }
        self.deliveries = deliveriesOf
    }
}
