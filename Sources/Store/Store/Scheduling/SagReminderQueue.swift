import RemindersDomain
import RemindersPostgres

/// `sag_reminder_queue`: every occurrence, a row here before it is a message.
extension SQL {
    // The deadline is read here, and not with the claim: whoever changes it has planned the reminder by it, and so has
    // committed, or waits for the rows of this transaction.
    static let insertOccurrences = Statement(
        "insertOccurrences",
        """
        INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, status, owner, available_at, deadline)
        SELECT reminder_id, trigger_type, due_at, 'processing', $4, now() + $5 * interval '1 millisecond',
            CASE trigger_type WHEN 'deadline_approaching' THEN (
                SELECT c.deadline FROM sag_reminders r JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
                WHERE r.id = due.reminder_id) END
        FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS due (reminder_id, trigger_type, due_at)
        ON CONFLICT DO NOTHING
        RETURNING id, reminder_id, due_at
        """)

    static let claimUnpublished = Statement(
        "claimUnpublished",
        """
        WITH claimed AS (
            UPDATE sag_reminder_queue
            SET status = CASE status WHEN 'pending' THEN 'processing' ELSE status END, owner = $2,
                available_at = now() + $3 * interval '1 millisecond'
            WHERE id = ANY (ARRAY(
                SELECT id FROM sag_reminder_queue
                WHERE published_at IS NULL AND available_at <= now()
                ORDER BY available_at
                LIMIT $1
                FOR UPDATE SKIP LOCKED))
            RETURNING id, reminder_id, trigger_type, due_at, traceparent
        )
        SELECT claimed.id, claimed.reminder_id, claimed.trigger_type, claimed.due_at, claimed.traceparent,
            r.entity_type, r.sag_id, r.title, r.priority
        FROM claimed JOIN sag_reminders r ON r.id = claimed.reminder_id
        ORDER BY claimed.due_at, claimed.id
        """)

    static let freeClaimsOfDeadSchedulers = Statement(
        "freeClaimsOfDeadSchedulers",
        """
        UPDATE sag_reminder_queue SET available_at = now()
        WHERE published_at IS NULL AND available_at > now() AND owner = ANY (ARRAY(
            SELECT owner FROM (
                SELECT DISTINCT owner FROM sag_reminder_queue
                WHERE published_at IS NULL AND available_at > now() AND owner IS NOT NULL AND owner <> $1) owners
            WHERE NOT is_living_instance(owner)))
        """)

    // num_nulls and not IS NULL in these two: with that the planner may read the index of all that is unpublished,
    // where it is to find the rows by their ids.
    static let markPublishedIfOwned = Statement(
        "markPublishedIfOwned",
        """
        UPDATE sag_reminder_queue SET published_at = now()
        WHERE id = ANY ($1) AND owner = $2 AND num_nulls(published_at) = 1
        """)

    static let giveBackOccurrences = Statement(
        "giveBackOccurrences",
        """
        UPDATE sag_reminder_queue SET available_at = now() + $3 * interval '1 millisecond'
        WHERE id = ANY ($1) AND owner = $2 AND num_nulls(published_at) = 1
        """)

    static let giveBackAllOccurrences = Statement(
        "giveBackAllOccurrences",
        """
        UPDATE sag_reminder_queue SET available_at = now()
        WHERE owner = $1 AND published_at IS NULL AND available_at > now()
        """)

    static let sagReminderQueue = [
        insertOccurrences, claimUnpublished, freeClaimsOfDeadSchedulers, markPublishedIfOwned, giveBackOccurrences,
        giveBackAllOccurrences,
    ]
}

/// An occurrence that this process has claimed and is to publish.
public struct ClaimedOccurrence: Sendable {
    /// `sag_reminder_queue.id`: the occurrence's id for ever.
    public let id: Int64
    /// The reminder that fired.
    public let reminderID: Int64
    /// Why it fired.
    public let trigger: Trigger
    /// When it was due.
    public let dueAt: Instant
    /// What it is about.
    public let about: CaseReference
    /// The reminder's title.
    public let title: String
    /// How much it matters.
    public let priority: Priority
    /// The W3C trace it belongs to, if an event from outside began one.
    public let traceparent: String?
}

extension ReminderStore {
    /// Claims reminders whose time has come: in one transaction `plan` says for each what it leads to, the
    /// occurrences are written, and the reminders are moved on to their next time. Two round trips for a batch.
    ///
    /// - Parameters:
    ///   - limit: at most so many reminders.
    ///   - owner: this process, from `enrol`.
    ///   - lease: how long the occurrences are this process's to publish.
    ///   - plan: pure; called once for each reminder.
    /// - Returns: the occurrences to publish, with the reminders that this version can't read, which stay as they are,
    ///   and how many reminders were claimed.
    public func fireDueReminders(
        limit: Int, owner: Int32, lease: Duration, plan: @Sendable (DueReminder) -> FiringPlan
    ) async throws -> (occurrences: Readable<ClaimedOccurrence>, reminders: Int) {
        try await pool.transaction { transaction in
            let claimed = try await transaction.query(SQL.claimDueReminders(.int8(Int64(limit))))
                .readable(by: "id", DueReminder.init)
            let due = claimed.rows
            guard !due.isEmpty else { return (Readable([], unreadable: claimed.unreadable), 0) }

            var firing = FiringBatch(capacity: due.count)
            for reminder in due { firing.add(plan(reminder), of: reminder) }
            var queries = [
                SQL.insertOccurrences(
                    .int8Array(firing.reminderIDs), .textArray(firing.triggers), .instants(firing.dueAt), .int4(owner),
                    .milliseconds(lease)),
                SQL.advanceReminders(
                    .int8Array(due.map(\.id)), .instants(firing.next), .instants(firing.lastFired),
                    .int8Array(firing.counts)),
            ]
            if !firing.skipped.isEmpty { queries.append(firing.logSkipped) }
            let results = try await transaction.finish(queries)

            let byID = Dictionary(uniqueKeysWithValues: due.map { ($0.id, $0) })
            let occurrences = try results[0].read { row -> ClaimedOccurrence? in
                let id = try row.int64("id")
                let reminderID = try row.int64("reminder_id")
                guard let reminder = byID[reminderID] else { return nil }
                return ClaimedOccurrence(
                    id: id, reminderID: reminderID, trigger: reminder.trigger, dueAt: try row.instant("due_at"),
                    about: reminder.about, title: reminder.title, priority: reminder.priority, traceparent: nil)
            }
            return (Readable(occurrences.compactMap(\.self), unreadable: claimed.unreadable), due.count)
        }
    }

    /// Claims occurrences that nobody has published: those that triggers queued, and those whose owner let its claim
    /// run out or died.
    ///
    /// - Returns: those that this version can read; the others are claimed too, so that they come up again no sooner than
    ///   the lease is over.
    public func claimUnpublished(limit: Int, owner: Int32, lease: Duration) async throws -> Readable<ClaimedOccurrence>
    {
        let rows = try await pool.query(SQL.claimUnpublished(.int8(Int64(limit)), .int4(owner), .milliseconds(lease)))
        return try rows.readable(by: "id") { row in
            ClaimedOccurrence(
                id: try row.int64("id"), reminderID: try row.int64("reminder_id"),
                trigger: try row.value("trigger_type"), dueAt: try row.instant("due_at"),
                about: try row.caseReference("entity_type", "sag_id"), title: try row.text("title"),
                priority: try row.value("priority"), traceparent: try row.textOrNil("traceparent"))
        }
    }

    /// Makes the claims of schedulers that are no longer there available at once.
    ///
    /// - Returns: how many.
    public func freeClaimsOfDeadSchedulers(survivor owner: Int32) async throws -> Int {
        try await pool.query(SQL.freeClaimsOfDeadSchedulers(.int4(owner))).affectedRows
    }

    /// Records that the broker has confirmed these occurrences, where the claim still is `owner`'s.
    public func markPublishedIfOwned(_ ids: [Int64], owner: Int32) async throws {
        _ = try await pool.query(SQL.markPublishedIfOwned(.int8Array(ids), .int4(owner)))
    }

    /// Lets go of everything that `owner` has claimed and not published, also by claims whose answer was lost. To be
    /// called while nothing of it is on its way to the broker.
    public func giveBackAllOccurrences(owner: Int32) async throws {
        _ = try await pool.query(SQL.giveBackAllOccurrences(.int4(owner)))
    }

    /// Lets go of occurrences that could not be published; any scheduler may claim them after `delay`.
    public func giveBackOccurrences(_ ids: [Int64], owner: Int32, delay: Duration) async throws {
        _ = try await pool.query(SQL.giveBackOccurrences(.int8Array(ids), .int4(owner), .milliseconds(delay)))
    }
}

/// The columns of one firing transaction.
private struct FiringBatch {
    var reminderIDs: [Int64] = []
    var triggers: [String] = []
    var dueAt: [Instant?] = []
    var next: [Instant?] = []
    var lastFired: [Instant?] = []
    var counts: [Int64] = []
    var skipped: [(reminder: Int64, count: Int, dueAt: Instant)] = []

    init(capacity: Int) {
        reminderIDs.reserveCapacity(capacity)
        triggers.reserveCapacity(capacity)
        dueAt.reserveCapacity(capacity)
        next.reserveCapacity(capacity)
        lastFired.reserveCapacity(capacity)
        counts.reserveCapacity(capacity)
    }

    mutating func add(_ plan: FiringPlan, of reminder: DueReminder) {
        for instant in plan.occurrences {
            reminderIDs.append(reminder.id)
            triggers.append(reminder.trigger.rawValue)
            dueAt.append(instant)
        }
        next.append(plan.next)
        lastFired.append(plan.occurrences.last)
        counts.append(Int64(plan.occurrences.count))
        if plan.skipped > 0 { skipped.append((reminder.id, plan.skipped, reminder.dueAt)) }
    }

    var logSkipped: Query {
        SQL.logSkipped(
            .int8Array(skipped.map(\.reminder)), .int8Array(skipped.map { Int64($0.count) }),
            .instants(skipped.map(\.dueAt)))
    }
}
