import RemindersDomain
import RemindersPostgres

/// What a decision needs to know, read under the recipients' locks: each occurrence once, with its reminder and case; each
/// person once, with their permits and the front of their line. However much waits for a person, a batch reads no more
/// of it than matters.
extension SQL {
    // A statement of its own before the facts: a statement sees only what was committed before it began, so facts
    // read together with the lock would be older than the lock. In one order, so that two never wait for each other.
    static let lockRecipients = Statement(
        "lockRecipients",
        """
        SELECT recipients, pg_advisory_xact_lock(1380273485, hash)
        FROM (
            SELECT hashtext(recipient) AS hash, array_agg(recipient) AS recipients
            FROM (\(recipientsOfOccurrences)) everybody
            GROUP BY 1
            ORDER BY 1) ordered
        """)

    /// Whom occurrences ($1) are for, and those of their open deliveries who were taken off the reminder since: theirs
    /// have to end too.
    private static let recipientsOfOccurrences = """
        SELECT DISTINCT who.recipient
        FROM sag_reminder_queue q
        JOIN sag_reminders r ON r.id = q.reminder_id
        CROSS JOIN LATERAL (
            SELECT unnest(r.recipients) AS recipient
            UNION ALL
            SELECT d.recipient FROM deliveries d WHERE d.occurrence_id = q.id AND d.release_at IS NOT NULL) who
        WHERE q.id = ANY ($1) AND (q.only_recipient IS NULL OR q.only_recipient = who.recipient)
        """

    static let occurrencesToDecide = Statement(
        "occurrencesToDecide", selectDueOccurrences(of: "sag_reminder_queue", where: "q.id = ANY ($1)"))

    /// What `DueOccurrence` reads, of occurrences as they are in the queue or in a query that has the same columns.
    static func selectDueOccurrences(of occurrences: String, where condition: String) -> String {
        """
        SELECT q.id, q.reminder_id, q.trigger_type, q.due_at, q.old_status, q.new_status, q.only_recipient, q.deadline,
            q.traceparent,
            r.title, r.message, r.priority, r.entity_type, r.sag_id,
            \(ChannelColumns.list(ChannelColumns.ofReminder, of: "r.")), r.override_user_preferences, r.is_active, r.deleted_at IS NOT NULL AS is_deleted,
            (extract(epoch FROM r.maximum_lateness) * 1000000)::bigint AS maximum_lateness, r.recipients,
            c.id IS NOT NULL AS case_is_known, c.title AS case_title, c.status AS case_status, c.url AS case_url,
            c.deadline AS case_deadline, c.closed_at IS NOT NULL AS case_is_closed, c.deleted_at IS NOT NULL AS case_is_deleted,
            \(Withdrawal.isSupersededSQL) AS is_superseded, r.recipient_emails,
            ARRAY(SELECT who.recipient FROM unnest(r.recipients) AS who (recipient) WHERE \(isToldAsUser)) AS told_as_users,
            r.time_zone
        FROM \(occurrences) q
        JOIN sag_reminders r ON r.id = q.reminder_id
        LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        WHERE \(condition)
        ORDER BY q.due_at, q.id
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

    static let recipientsToDecide = Statement(
        "recipientsToDecide", selectAddressees(of: recipientsOfOccurrences))

    static let recipientToExplain = Statement(
        "recipientToExplain", selectAddressees(of: "SELECT $4::text AS recipient"))

    /// What `Addressee` reads, of the recipients that a query names.
    ///
    /// The permits of a little more than the window ($2): what counts is decided on the batch's one clock. The latest $3
    /// of them, and the first $3 of those who wait. Of the occurrences $1 also whether they hold one of all permits.
    private static func selectAddressees(of recipients: String) -> String {
        """
        SELECT who.recipient, u.id IS NOT NULL AND u.deleted_at IS NULL AS is_known, u.display_name,
            coalesce(p.email_override, u.email) AS email, u.mattermost_username, u.locale, u.time_zone,
            \(ChannelColumns.selectAddresses(of: "who.recipient")) AS addresses, p.user_id IS NOT NULL AS has_chosen,
            \(ChannelColumns.list(ChannelColumns.ofPerson, of: "p.")), p.quiet_hours_enabled,
            (extract(epoch FROM p.quiet_hours_start) / 60)::int AS quiet_hours_start,
            (extract(epoch FROM p.quiet_hours_end) / 60)::int AS quiet_hours_end,
            p.quiet_hours_days::bigint[] AS quiet_hours_days,
            ARRAY(SELECT granted_at FROM permits
                WHERE recipient = who.recipient AND granted_at > clock_timestamp() - $2 * interval '1 millisecond'
                ORDER BY granted_at DESC LIMIT $3) AS permits,
            ARRAY(SELECT occurrence_id FROM permits
                WHERE recipient = who.recipient AND granted_at > clock_timestamp() - $2 * interval '1 millisecond'
                    AND occurrence_id = ANY ($1)) AS permit_holders,
            ARRAY(SELECT occurrence_id FROM (
                SELECT DISTINCT due_at, occurrence_id FROM deliveries
                WHERE recipient = who.recipient AND state = 'held' AND release_at IS NOT NULL AND reason = 'rate_limited'
                ORDER BY due_at, occurrence_id LIMIT $3) line) AS held_for_rate
        FROM (\(recipients)) who
        LEFT JOIN users u ON u.id = who.recipient
        LEFT JOIN user_notification_preferences p ON p.user_id = who.recipient
        """
    }

    static let responsesToOccurrences = Statement(
        "responsesToOccurrences",
        """
        SELECT s.reminder_id, s.user_id, s.snoozed_until, s.dismissed_at IS NOT NULL AS is_dismissed
        FROM (SELECT DISTINCT reminder_id FROM sag_reminder_queue WHERE id = ANY ($1) OFFSET 0) q
        JOIN sag_reminder_responses s ON s.reminder_id = q.reminder_id
        """)

    static let deliveriesOfOccurrences = Statement(
        "deliveriesOfOccurrences", selectDeliveries(where: "occurrence_id = ANY ($1)"))

    /// What `StoredDelivery` reads: of what was tried anew only the newest time.
    static func selectDeliveries(where condition: String) -> String {
        """
        SELECT DISTINCT ON (occurrence_id, recipient, channel)
            occurrence_id, recipient, channel, id, state, coalesce(release_at <= clock_timestamp(), false) AS is_releasable,
            reason, release_at IS NOT NULL AS is_awaited, carrier_occurrence_id,
            CASE WHEN carrier_occurrence_id = occurrence_id THEN (
                SELECT count(*) FROM deliveries part
                WHERE part.carrier_occurrence_id = d.occurrence_id AND part.recipient = d.recipient
                    AND part.channel = d.channel AND part.release_at IS NOT NULL) ELSE 0 END AS digest_size,
            generation
        FROM deliveries d WHERE \(condition)
        ORDER BY occurrence_id, recipient, channel, generation DESC
        """
    }

    static let factsOfBatch = [
        lockRecipients, occurrencesToDecide, recipientsToDecide, recipientToExplain, responsesToOccurrences,
        deliveriesOfOccurrences,
    ]
}

/// All facts of one batch; for a decision that is carried out they are read under the recipients' locks.
public struct DecisionBatch: Sendable {
    /// The database's clock before the facts were read and after the locks were taken.
    public let now: Instant
    /// In the order of their due times, so that the first come are the first served.
    public let facts: [StoredFacts]
    /// What the ledger has of these occurrences.
    public let deliveries: [OccurrenceRecipient: [StoredDelivery]]
    /// Occurrences that this version can't read, and why: nothing is decided about them.
    public var unreadable: [Int64: UnreadableRow] = [:]

    /// A batch with these parts.
    init(now: Instant, facts: [StoredFacts], deliveries: [OccurrenceRecipient: [StoredDelivery]]) {
        self.now = now
        self.facts = facts
        self.deliveries = deliveries
    }
}

/// What the pipeline of a batch answered, as it came.
struct AnsweredFacts {
    let clock: Rows
    let occurrences: Rows
    let people: Rows
    let responses: Rows
    let deliveries: Rows

    static func queries(
        _ ids: PostgresValue, people: Query
    ) -> [Query] {
        [
            SQL.clock(), SQL.occurrencesToDecide(ids), people, SQL.responsesToOccurrences(ids),
            SQL.deliveriesOfOccurrences(ids),
        ]
    }

    init(_ answers: some Collection<Rows>) {
        let answers = Array(answers)
        (clock, occurrences, people, responses, deliveries) = (
            answers[0], answers[1], answers[2], answers[3], answers[4]
        )
    }
}

extension DecisionBatch {
    /// Puts together who is told of what.
    ///
    /// - Parameter locked: whose lock is held; nil where nothing is carried out, and then those count who were found.
    /// - Throws: `RecipientsChanged` when somebody is to be told whose lock is not held: they were added meanwhile.
    init(_ answers: AnsweredFacts, locked: Set<Recipient>? = nil) throws {
        var unreadable: [Int64: UnreadableRow] = [:]
        var deliveriesOf: [OccurrenceRecipient: [StoredDelivery]] = [:]
        var awaiting: [Int64: Set<Recipient>] = [:]
        try answers.deliveries.forEachRow { row in
            let key = try OccurrenceRecipient(row: &row)
            let delivery = try StoredDelivery(row: &row)
            deliveriesOf[key, default: []].append(delivery)
            if delivery.isAwaited { awaiting[key.occurrenceID, default: []].insert(key.recipient) }
        } unreadable: { row, reason in
            let id = try row.int64("occurrence_id")
            unreadable[id] = UnreadableRow(id: id, reason: reason)
        }
        var people: [Recipient: Addressee] = [:]
        var unreadablePeople: [Recipient: String] = [:]
        try answers.people.forEachRow { row in
            let person = try Addressee(row: &row)
            people[person.recipient] = person
        } unreadable: { row, reason in
            unreadablePeople[try row.recipient("recipient")] = reason
        }
        var responses: [Int64: [Recipient: StoredFacts.Response]] = [:]
        try answers.responses.forEachRow { row in
            responses[try row.int64("reminder_id"), default: [:]][.user(try row.text("user_id"))] = .init(
                snoozedUntil: try row.instantOrNil("snoozed_until"), isDismissed: try row.bool("is_dismissed"))
        }
        var facts: [StoredFacts] = []
        facts.reserveCapacity(answers.occurrences.count)
        try answers.occurrences.forEachRow { row in
            guard unreadable[try row.int64("id")] == nil else { return }
            let due = try DueOccurrence(row: &row)
            let everybody = due.everybody(awaiting: awaiting[due.occurrenceID])
            if let reason = everybody.lazy.compactMap({ unreadablePeople[$0] }).first {
                unreadable[due.occurrenceID] = UnreadableRow(id: due.occurrenceID, reason: reason)
                return
            }
            for recipient in everybody {
                guard let person = people[recipient], locked?.contains(recipient) ?? true else {
                    if locked == nil { continue }
                    throw RecipientsChanged()
                }
                let response = responses[due.reminderID]?[recipient]
                facts.append(
                    StoredFacts(
                        due: due, person: person,
                        response: response ?? .init(snoozedUntil: nil, isDismissed: false)))
            }
        } unreadable: { row, reason in
            let id = try row.int64("id")
            unreadable[id] = UnreadableRow(id: id, reason: reason)
        }
        if !unreadable.isEmpty { deliveriesOf = deliveriesOf.filter { unreadable[$0.key.occurrenceID] == nil } }
        self.init(now: try answers.clock.now(), facts: facts, deliveries: deliveriesOf)
        self.unreadable = unreadable
    }
}

/// Somebody became a recipient between the locks and the facts: the batch has to be read again.
struct RecipientsChanged: Error {}

extension DueOccurrence {
    /// Whom it is for, in the order of their names: its recipients, and those who still wait for it.
    fileprivate func everybody(awaiting: Set<Recipient>?) -> [Recipient] {
        let everybody = awaiting.map { Array($0.union(recipients)) } ?? recipients
        return everybody.filter { onlyRecipient == nil || onlyRecipient == $0 }.sorted()
    }
}

extension ReminderStore {
    /// The facts a decision about these occurrences weighs now, without the locks: for showing, not for acting.
    ///
    /// - Parameter switches: the operator's: how much of permits and lines matters.
    public func facts(
        ofOccurrences ids: [Int64], switches: DecisionFacts.Switches
    ) async throws -> DecisionBatch {
        let ids = PostgresValue.int8Array(ids)
        return try DecisionBatch(
            AnsweredFacts(
                try await pool.pipeline(
                    AnsweredFacts.queries(ids, people: SQL.recipientsToDecide(ids, switches)))))
    }
}

extension Statement {
    /// The statement about occurrences, and what matters of their recipients' permits and lines.
    func callAsFunction(
        _ ids: PostgresValue, _ switches: DecisionFacts.Switches, _ more: PostgresValue...
    ) -> Query {
        let window = switches.limit?.length ?? .seconds(3_600)
        return Query(
            sql,
            [ids, .milliseconds(window + .seconds(1)), .int8(Int64(WaitingLine.reach(switches)))] + more)
    }
}
