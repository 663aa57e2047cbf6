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
            r.notify_frontend, r.override_user_preferences, r.is_active, r.deleted_at IS NOT NULL AS is_deleted,
            (extract(epoch FROM r.maximum_lateness) * 1000000)::bigint AS maximum_lateness,
            c.id IS NOT NULL AS case_is_known, c.title AS case_title, c.status AS case_status, c.url AS case_url,
            c.deadline AS case_deadline, c.closed_at IS NOT NULL AS case_is_closed,
            c.deleted_at IS NOT NULL AS case_is_deleted,
            who.recipient, u.id IS NOT NULL AND u.deleted_at IS NULL AS user_is_known, u.display_name,
            coalesce(p.email_override, u.email) AS email, u.mattermost_username, u.locale,
            coalesce(u.time_zone, r.time_zone) AS time_zone,
            p.notify_email AS prefers_email, p.notify_mattermost AS prefers_mattermost,
            p.notify_frontend AS prefers_frontend, p.quiet_hours_enabled,
            (extract(epoch FROM p.quiet_hours_start) / 60)::int AS quiet_hours_start,
            (extract(epoch FROM p.quiet_hours_end) / 60)::int AS quiet_hours_end,
            p.quiet_hours_days::bigint[] AS quiet_hours_days, s.snoozed_until, s.dismissed_at IS NOT NULL AS is_dismissed,
            q.deadline, q.traceparent,
            ARRAY(SELECT granted_at FROM permits WHERE recipient = who.recipient
                AND granted_at > clock_timestamp() - $2 * interval '1 millisecond') AS permits,
            EXISTS (SELECT FROM permits WHERE recipient = who.recipient
                AND granted_at > clock_timestamp() - $2 * interval '1 millisecond' AND occurrence_id = q.id)
                AS holds_permit,
            ARRAY(SELECT occurrence_id FROM deliveries WHERE recipient = who.recipient AND release_at IS NOT NULL
                AND state = 'held' AND reason = 'rate_limited' GROUP BY occurrence_id ORDER BY min(due_at), 1)
                AS held_for_rate,
            who.recipient = ANY (r.recipients) AS is_addressed,
            q.trigger_type = 'status_change' AND EXISTS (
                SELECT FROM sag_reminder_queue newer WHERE newer.reminder_id = q.reminder_id AND newer.id > q.id
                    AND newer.trigger_type = 'status_change' AND newer.only_recipient IS NULL) AS is_superseded,
            (SELECT address FROM unnest(r.recipient_emails) address
                WHERE 'mailto:' || lower(address) = who.recipient LIMIT 1) AS written_address,
            \(isToldAsUser) AS is_told_as_user
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
            occurrence_id, recipient, channel, id, state,
            coalesce(release_at <= clock_timestamp(), false) AS is_releasable, reason,
            release_at IS NOT NULL AS is_awaited, carrier_occurrence_id,
            CASE WHEN carrier_occurrence_id = occurrence_id THEN (
                SELECT count(*) FROM deliveries part
                WHERE part.carrier_occurrence_id = d.occurrence_id AND part.recipient = d.recipient
                    AND part.channel = d.channel AND part.release_at IS NOT NULL) ELSE 0 END AS digest_size,
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
    init(row: inout RowReader) throws {
        occurrenceID = try row.int64("id")
        reminderID = try row.int64("reminder_id")
        trigger = try row.value("trigger_type")
        dueAt = try row.instant("due_at")
        oldStatus = try row.textOrNil("old_status")
        newStatus = try row.textOrNil("new_status")
        title = try row.text("title")
        message = try row.textOrNil("message")
        priority = try row.value("priority")
        about = try row.caseReference("entity_type", "sag_id")
        var set: [ChannelKind: Bool] = [:]
        set[.email] = try row.boolOrNil("notify_email")
        set[.mattermost] = try row.boolOrNil("notify_mattermost")
        set[.frontend] = try row.boolOrNil("notify_frontend")
        reminderChannels = set
        overridesPreferences = try row.bool("override_user_preferences")
        isActive = try row.bool("is_active")
        isDeleted = try row.bool("is_deleted")
        maximumLateness = try row.int64OrNil("maximum_lateness").map { .microseconds($0) }
        caseIsKnown = try row.bool("case_is_known")
        caseTitle = try row.textOrNil("case_title")
        caseStatus = try row.textOrNil("case_status")
        caseURL = try row.textOrNil("case_url")
        caseDeadline = try row.instantOrNil("case_deadline")
        caseIsClosed = try row.bool("case_is_closed")
        caseIsDeleted = try row.bool("case_is_deleted")
        recipient = try row.recipient("recipient")
        userIsKnown = try row.boolOrNil("user_is_known") ?? false
        name = try row.textOrNil("display_name")
        email = try row.textOrNil("email")
        mattermostName = try row.textOrNil("mattermost_username")
        locale = try row.textOrNil("locale")
        timeZone = try row.textOrNil("time_zone")
        if let email = try row.boolOrNil("prefers_email") {
            preferredChannels = [
                .email: email, .mattermost: try row.bool("prefers_mattermost"),
                .frontend: try row.bool("prefers_frontend"),
            ]
            quietHours =
                try row.bool("quiet_hours_enabled")
                ? StoredQuietHours(
                    startMinute: try row.int("quiet_hours_start"), endMinute: try row.int("quiet_hours_end"),
                    isoWeekdays: try row.int64Array("quiet_hours_days").map(Int.init)) : nil
        } else {
            preferredChannels = nil
            quietHours = nil
        }
        snoozedUntil = try row.instantOrNil("snoozed_until")
        isDismissed = try row.bool("is_dismissed")
        deadline = try row.instantOrNil("deadline")
        traceparent = try row.textOrNil("traceparent")
        permits = try row.timestampArray("permits").map(Instant.init(microseconds:))
        holdsPermit = try row.bool("holds_permit")
        heldForRate = try row.int64Array("held_for_rate")
        isAddressed = try row.bool("is_addressed")
        isSuperseded = try row.bool("is_superseded")
        writtenAddress = try row.textOrNil("written_address")
        isToldAsUser = try row.bool("is_told_as_user")
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
    /// The occurrences that this version can't read, and why: nothing of them is among the facts.
    public internal(set) var unreadable: [UnreadableRow] = []
}

extension DecisionBatch {
    init(clock: Rows, facts: Rows, deliveries: Rows) throws {
        now = try clock.now()
        let readable = try facts.readable(by: "id", StoredFacts.init)
        let known = try deliveries.readable(by: "occurrence_id") {
            (key: try OccurrenceRecipient(row: &$0), delivery: try StoredDelivery(row: &$0))
        }
        unreadable = readable.unreadable + known.unreadable
        // An occurrence of which anything can't be read is left as it is, whole.
        let without = Set(unreadable.map(\.id))
        self.facts = readable.rows.filter { without.isEmpty || !without.contains($0.occurrenceID) }
        var deliveriesOf: [OccurrenceRecipient: [StoredDelivery]] = [:]
        for row in known.rows {
            deliveriesOf[row.key, default: []].append(row.delivery)
        }
        self.deliveries = deliveriesOf
    }
}

extension StoredDelivery {
    fileprivate init(row: inout RowReader) throws {
        channel = try row.value("channel")
        id = try row.deliveryID("id")
        state = try row.value("state")
        isReleasable = try row.bool("is_releasable")
        reason = try row.textOrNil("reason")
        isAwaited = try row.bool("is_awaited")
        carrierOccurrenceID = try row.int64OrNil("carrier_occurrence_id")
        digestSize = try row.int("digest_size")
        generation = try row.int("generation")
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
