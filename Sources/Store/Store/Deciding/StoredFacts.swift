import RemindersDomain
import RemindersPostgres

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
            CROSS JOIN LATERAL (\(recipients)) who
            WHERE q.id = ANY ($1)
            ORDER BY hash) ordered
        """)

    /// Whom an occurrence is for, and those of its open deliveries who were taken off the reminder since: theirs have to
    /// end too.
    private static let recipients = """
        SELECT unnest(r.recipients) AS recipient
        UNION ALL
        SELECT DISTINCT d.recipient FROM deliveries d
        WHERE d.occurrence_id = q.id AND d.release_at IS NOT NULL AND d.recipient <> ALL (r.recipients)
        """

    static let factsOfOccurrences = Statement(
        "factsOfOccurrences", selectFacts(of: "sag_reminder_queue", where: "q.id = ANY ($1)"))

    /// What `StoredFacts` reads, of occurrences as they are in the queue or in a query that has the same columns.
    ///
    /// The permits of a little more than the window ($2): what counts is decided on the batch's one clock.
    static func selectFacts(of occurrences: String, where condition: String) -> String {
        """
        SELECT q.id, q.reminder_id, q.trigger_type, q.due_at, q.old_status, q.new_status,
            r.title, r.message, r.priority, r.entity_type, r.sag_id, r.notify_email, r.notify_mattermost,
            r.notify_frontend, r.override_user_preferences, r.is_active, r.deleted_at IS NOT NULL,
            (extract(epoch FROM r.maximum_lateness) * 1000000)::bigint,
            c.id IS NOT NULL, c.title, c.status, c.url, c.deadline, c.closed_at IS NOT NULL, c.deleted_at IS NOT NULL,
            who.recipient, u.id IS NOT NULL AND u.deleted_at IS NULL, u.display_name,
            coalesce(p.email_override, u.email), u.mattermost_username, u.locale,
            coalesce(u.time_zone, r.time_zone),
            p.notify_email, p.notify_mattermost, p.notify_frontend, p.quiet_hours_enabled,
            (extract(epoch FROM p.quiet_hours_start) / 60)::int, (extract(epoch FROM p.quiet_hours_end) / 60)::int,
            p.quiet_hours_days::bigint[], s.snoozed_until, s.dismissed_at IS NOT NULL,
            q.deadline, q.traceparent,
            ARRAY(SELECT granted_at FROM permits WHERE recipient = who.recipient
                AND granted_at > clock_timestamp() - $2 * interval '1 millisecond'),
            EXISTS (SELECT FROM permits WHERE recipient = who.recipient
                AND granted_at > clock_timestamp() - $2 * interval '1 millisecond' AND occurrence_id = q.id),
            ARRAY(SELECT occurrence_id FROM deliveries WHERE recipient = who.recipient AND release_at IS NOT NULL
                AND state = 'held' AND reason = 'rate_limited' GROUP BY occurrence_id ORDER BY min(due_at), 1),
            who.recipient = ANY (r.recipients),
            q.trigger_type = 'status_change' AND EXISTS (
                SELECT FROM sag_reminder_queue newer WHERE newer.reminder_id = q.reminder_id AND newer.id > q.id
                    AND newer.trigger_type = 'status_change' AND newer.only_recipient IS NULL),
            (SELECT address FROM unnest(r.recipient_emails) address
                WHERE 'mailto:' || lower(address) = who.recipient LIMIT 1),
            \(isToldAsUser)
        FROM \(occurrences) q
        JOIN sag_reminders r ON r.id = q.reminder_id
        CROSS JOIN LATERAL (\(recipients)) who
        LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        LEFT JOIN users u ON u.id = who.recipient
        LEFT JOIN user_notification_preferences p ON p.user_id = who.recipient
        LEFT JOIN sag_reminder_responses s ON s.reminder_id = r.id AND s.user_id = who.recipient
        WHERE \(condition) AND (q.only_recipient IS NULL OR q.only_recipient = who.recipient)
        ORDER BY q.due_at, q.id, who.recipient
        """
    }

    /// Whether a raw address is that of a user who is reminded too, and by mail: they get the user's mail, and no other. The
    /// channels are those of `ChannelChoice`.
    private static let isToldAsUser = """
        starts_with(who.recipient, 'mailto:') AND EXISTS (
            SELECT FROM users also LEFT JOIN user_notification_preferences prefers ON prefers.user_id = also.id
            WHERE also.id = ANY (r.recipient_user_ids) AND also.deleted_at IS NULL
                AND 'mailto:' || lower(coalesce(prefers.email_override, also.email)) = who.recipient
                AND CASE WHEN r.override_user_preferences THEN coalesce(r.notify_email, false)
                         ELSE coalesce(r.notify_email, prefers.notify_email, true) END)
        """

    static let deliveriesOfOccurrences = Statement(
        "deliveriesOfOccurrences",
        """
        SELECT DISTINCT ON (occurrence_id, recipient, channel)
            occurrence_id, recipient, channel, id, state, coalesce(release_at <= clock_timestamp(), false), reason,
            release_at IS NOT NULL, carrier_occurrence_id,
            CASE WHEN carrier_occurrence_id = occurrence_id THEN (
                SELECT count(*) FROM deliveries part
                WHERE part.carrier_occurrence_id = d.occurrence_id AND part.recipient = d.recipient
                    AND part.channel = d.channel AND part.release_at IS NOT NULL) ELSE 0 END,
            generation
        FROM deliveries d WHERE occurrence_id = ANY ($1)
        ORDER BY occurrence_id, recipient, channel, generation DESC
        """)

    static let occurrenceFacts = [lockRecipients, factsOfOccurrences, deliveriesOfOccurrences]
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
    /// The deadline it was planned for, when one made it fire.
    public let deadline: Instant?
    /// Whether anybody ever told about the case; if not, the facts about it say nothing.
    public let caseIsKnown: Bool
    /// The case's title now.
    public let caseTitle: String?
    /// The case's status now.
    public let caseStatus: String?
    /// Where the case can be looked at.
    public let caseURL: String?
    /// The case's deadline now.
    public let caseDeadline: Instant?
    /// The case was closed.
    public let caseIsClosed: Bool
    /// The case was deleted.
    public let caseIsDeleted: Bool
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
    /// IANA name: where the person is, and for a raw address where the reminder is.
    public let timeZone: String?
    /// The channels the person prefers; nil when they never said.
    public let preferredChannels: [ChannelKind: Bool]?
    /// The person's quiet hours; nil when they have none.
    public let quietHours: StoredQuietHours?
    /// The person asked to be left alone until then.
    public let snoozedUntil: Instant?
    /// The person wants no more of this reminder.
    public let isDismissed: Bool
    /// The reminder is still for them.
    public internal(set) var isAddressed = true
    /// A later change of status made the reminder fire again.
    public internal(set) var isSuperseded = false
    /// The W3C trace that an event from outside began.
    public let traceparent: String?
    /// When the recipient's permits of the window, and a little more, were granted.
    public let permits: [Instant]
    /// One of them is for this occurrence.
    public let holdsPermit: Bool
    /// The recipient's occurrences that the limit holds back, those due first in front.
    public let heldForRate: [Int64]
    /// A raw address as it was written; nil for users, and for one that was taken off the reminder.
    public internal(set) var writtenAddress: String?
    /// The address is that of a user who gets a mail of their own.
    public internal(set) var isToldAsUser = false
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
        caseIsKnown = try row.bool(18)
        caseTitle = try row.textOrNil(19)
        caseStatus = try row.textOrNil(20)
        caseURL = try row.textOrNil(21)
        caseDeadline = try row.instantOrNil(22)
        caseIsClosed = try row.bool(23)
        caseIsDeleted = try row.bool(24)
        recipient = Recipient(key: try row.text(25))
        userIsKnown = try row.boolOrNil(26) ?? false
        name = try row.textOrNil(27)
        email = try row.textOrNil(28)
        mattermostName = try row.textOrNil(29)
        locale = try row.textOrNil(30)
        timeZone = try row.textOrNil(31)
        if let email = try row.boolOrNil(32) {
            preferredChannels = [
                .email: email, .mattermost: try row.bool(33), .frontend: try row.bool(34),
            ]
            quietHours =
                try row.bool(35)
                ? StoredQuietHours(
                    startMinute: Int(try row.int32(36)), endMinute: Int(try row.int32(37)),
                    isoWeekdays: try row.int64Array(38).map(Int.init)) : nil
        } else {
            preferredChannels = nil
            quietHours = nil
        }
        snoozedUntil = try row.instantOrNil(39)
        isDismissed = try row.bool(40)
        deadline = try row.instantOrNil(41)
        traceparent = try row.textOrNil(42)
        permits = try row.timestampArray(43).map(Instant.init(microseconds:))
        holdsPermit = try row.bool(44)
        heldForRate = try row.int64Array(45)
        isAddressed = try row.bool(46)
        isSuperseded = try row.bool(47)
        writtenAddress = try row.textOrNil(48)
        isToldAsUser = try row.bool(49)
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
    /// A rate-limiter has to come back to it, now or later.
    public let isAwaited: Bool
    /// The occurrence whose message carries it in a digest; its own when that is this one.
    public let carrierOccurrenceID: Int64?
    /// How many deliveries its own message carries, while a rate-limiter has to come back to them; 0 for all others.
    public let digestSize: Int
    /// How often it was tried anew after it had ended; the newest is what counts.
    public internal(set) var generation = 0
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

/// All facts of one batch; for a decision that is carried out they are read under the recipients' locks.
public struct DecisionBatch: Sendable {
    /// The database's clock before the facts were read and after the locks were taken.
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
                    state: try row.value(4, "state"), isReleasable: try row.bool(5), reason: try row.textOrNil(6),
                    isAwaited: try row.bool(7), carrierOccurrenceID: try row.int64OrNil(8),
                    digestSize: Int(try row.int64(9)), generation: Int(try row.int32(10))))
        }
        self.deliveries = deliveriesOf
    }
}

extension ReminderStore {
    /// The facts a decision about these occurrences weighs now, without the locks: for showing, not for acting.
    ///
    /// - Parameter window: the length of the permit window.
    public func facts(ofOccurrences ids: [Int64], window: Duration) async throws -> DecisionBatch {
        let rows = try await pool.pipeline([SQL.clock()] + SQL.facts(of: .int8Array(ids), window: window))
        return try DecisionBatch(clock: rows[0], facts: rows[1], deliveries: rows[2])
    }
}

extension SQL {
    /// What `DecisionBatch` is made of, but for the clock.
    static func facts(of ids: PostgresValue, window: Duration) -> [Query] {
        [factsOfOccurrences(ids, .milliseconds(window + .seconds(1))), deliveriesOfOccurrences(ids)]
    }
}

extension StoredFacts {
    /// Where mail goes, as it was written; nil where there is no address.
    public var mailAddress: String? {
        guard let address = recipient.address else { return email }
        return writtenAddress ?? address
    }
}
