import RemindersDomain
import RemindersPostgres

/// `sag_reminder_queue`: every occurrence, a row here before it is a message.
extension SQL {
    static let queueOccurrences = Statement<[NewOccurrence], Int32, Duration>(
        "queueOccurrences",
        """
        SELECT id, reminder_id, due_at
        FROM queue_occurrences($1::bigint[], $2::text[], $3::timestamptz[], $4, $5 * interval '1 millisecond')
        """)

    static let claimUnpublished = Statement<Int, Int32, Duration, Bool>(
        "claimUnpublished",
        """
        WITH unpublished AS MATERIALIZED (
            SELECT id FROM sag_reminder_queue
            WHERE published_at IS NULL AND available_at <= now() AND \(isOfLastDays(unless: "$4", "id"))
            ORDER BY available_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE sag_reminder_queue q
            SET status = CASE status WHEN 'pending' THEN 'processing' ELSE status END, owner = $2,
                available_at = now() + $3 * interval '1 millisecond'
            FROM unpublished
            WHERE q.id = unpublished.id
            RETURNING q.id, q.reminder_id, q.trigger_type, q.due_at, q.traceparent
        )
        SELECT claimed.id, claimed.reminder_id, claimed.trigger_type, claimed.due_at, claimed.traceparent,
            r.entity_type, r.sag_id, r.title, r.priority
        FROM claimed JOIN sag_reminders r ON r.id = claimed.reminder_id
        ORDER BY claimed.due_at, claimed.id
        """)

    static let undecidedOccurrences = Statement<[Int64]>(
        "undecidedOccurrences",
        """
        SELECT q.id FROM \(keys("$1")) AS asked (id) JOIN sag_reminder_queue q ON q.id = asked.id
        WHERE num_nulls(q.processed_at) = 1
        """)

    static let freeClaimsOfDeadSchedulers = Statement<Int32>(
        "freeClaimsOfDeadSchedulers",
        """
        UPDATE sag_reminder_queue q SET available_at = now()
        FROM (
            SELECT id FROM sag_reminder_queue
            WHERE published_at IS NULL AND available_at > now() AND owner = ANY (ARRAY(
                SELECT owner FROM (
                    SELECT DISTINCT owner FROM sag_reminder_queue
                    WHERE published_at IS NULL AND available_at > now() AND owner IS NOT NULL AND owner <> $1) owners
                WHERE NOT is_living_instance(owner)))
            ORDER BY id FOR UPDATE OFFSET 0) left_behind
        WHERE q.id = left_behind.id
        """)

    // num_nulls and not IS NULL in these: with that the planner may read the index of all that is unpublished, where it is
    // to find the rows by their ids.
    static let markPublishedIfOwned = Statement<[Int64], Int32>(
        "markPublishedIfOwned",
        """
        UPDATE sag_reminder_queue q SET published_at = now()
        FROM \(keys("$1")) AS confirmed (id)
        WHERE q.id = confirmed.id AND q.owner = $2 AND num_nulls(q.published_at) = 1
        """)

    static let giveBackOccurrences = Statement<[Int64], Int32, Duration>(
        "giveBackOccurrences",
        """
        UPDATE sag_reminder_queue q SET available_at = now() + $3 * interval '1 millisecond'
        FROM \(keys("$1")) AS returned (id)
        WHERE q.id = returned.id AND q.owner = $2 AND num_nulls(q.published_at) = 1
        """)

    static let putOffUnreadableOccurrences = Statement<[UnreadableRow], Int32, Duration>(
        "putOffUnreadableOccurrences",
        """
        UPDATE sag_reminder_queue q
        SET available_at = now() + $4 * interval '1 millisecond', reason = unreadable.reason, owner = NULL
        FROM (
            SELECT * FROM unnest($1::bigint[], $2::text[]) AS unreadable (id, reason)
            WHERE \(isNumber("id")) ORDER BY id OFFSET 0) unreadable
        WHERE q.id = unreadable.id AND q.owner = $3 AND num_nulls(q.published_at) = 1
        """)

    static let giveBackAllOccurrences = Statement<Int32>(
        "giveBackAllOccurrences",
        """
        UPDATE sag_reminder_queue q SET available_at = now()
        FROM (
            SELECT id FROM sag_reminder_queue
            WHERE owner = $1 AND published_at IS NULL AND available_at > now()
            ORDER BY id FOR UPDATE OFFSET 0) claimed
        WHERE q.id = claimed.id
        """)

    static let sagReminderQueue: [any AnyStatement] = [
        queueOccurrences, claimUnpublished, undecidedOccurrences, freeClaimsOfDeadSchedulers, markPublishedIfOwned,
        giveBackOccurrences,
        putOffUnreadableOccurrences, giveBackAllOccurrences,
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

extension ClaimedOccurrence {
    /// Reads a row of `claimUnpublished`.
    fileprivate init(row: inout RowReader) throws {
        id = try row.int64("id")
        reminderID = try row.int64("reminder_id")
        trigger = try row.value("trigger_type")
        dueAt = try row.instant("due_at")
        traceparent = try row.textOrNil("traceparent")
        about = try row.caseReference("entity_type", "sag_id")
        title = try row.text("title")
        priority = try row.value("priority")
    }
}

extension ReminderStore {
    /// Fires reminders as they were planned, those that are as they were read: in one transaction the occurrences are
    /// written and the reminders moved on to their next time. What another scheduler fired meanwhile, or somebody
    /// changed, is left alone.
    ///
    /// - Parameters:
    ///   - owner: this process, from `enrol`.
    ///   - lease: how long the occurrences are this process's to publish.
    /// - Returns: the occurrences to publish, and how many reminders were fired.
    public func fireRemindersIfUnchanged(
        _ planned: [PlannedReminder], owner: Int32, lease: Duration
    ) async throws -> (occurrences: [ClaimedOccurrence], reminders: Int) {
        guard !planned.isEmpty else { return ([], 0) }
        return try await pool.transaction { transaction in
            let advanced = try await transaction.query(
                SQL.advanceRemindersIfUnchanged(planned))
            let ids = Set(try advanced.read { try $0.int64("id") })
            guard !ids.isEmpty else { return ([], 0) }

            var firing = FiringBatch(capacity: ids.count)
            for one in planned where ids.contains(one.reminder.id) { firing.add(one) }
            let results = try await transaction.finish(firing.queries(owner: owner, lease: lease))
            let byID = Dictionary(uniqueKeysWithValues: planned.map { ($0.reminder.id, $0.reminder) })
            let occurrences = try results[0].read { row -> ClaimedOccurrence? in
                let reminderID = try row.int64("reminder_id")
                guard let reminder = byID[reminderID] else { return nil }
                return ClaimedOccurrence(
                    id: try row.int64("id"), reminderID: reminderID, trigger: reminder.trigger,
                    dueAt: try row.instant("due_at"), about: reminder.about, title: reminder.title,
                    priority: reminder.priority, traceparent: nil)
            }.compactMap(\.self)
            return (occurrences, ids.count)
        }
    }

    /// Claims occurrences that nobody has published: those that triggers queued, and those whose owner let its claim
    /// run out or died.
    ///
    /// - Parameter ofAllWeeks: also those that were made more than a week ago, which costs a look into every partition.
    /// - Returns: the occurrences, and those among them that this version cannot read: to be put off.
    public func claimUnpublished(
        limit: Int, owner: Int32, lease: Duration, ofAllWeeks: Bool = true
    ) async throws -> Readable<ClaimedOccurrence> {
        try await pool.query(SQL.claimUnpublished(limit, owner, lease, ofAllWeeks))
            .readable(by: "id", ClaimedOccurrence.init(row:))
    }

    /// Those of these occurrences that no rate-limiter has decided about yet.
    public func undecidedOccurrences(of ids: [Int64]) async throws -> Set<Int64> {
        Set(try await pool.query(SQL.undecidedOccurrences(ids)).read { try $0.int64("id") })
    }

    /// Lets occurrences rest that this version cannot read, with the reason; whoever claims them next may be able to.
    public func putOffUnreadableOccurrences(
        _ occurrences: [UnreadableRow], owner: Int32, rest: Duration
    ) async throws {
        _ = try await pool.query(SQL.putOffUnreadableOccurrences(occurrences, owner, rest))
    }

    /// Makes the claims of schedulers that are no longer there available at once.
    ///
    /// - Returns: how many.
    public func freeClaimsOfDeadSchedulers(survivor owner: Int32) async throws -> Int {
        try await pool.query(SQL.freeClaimsOfDeadSchedulers(owner)).affectedRows
    }

    /// Records that the broker has confirmed these occurrences, where the claim still is `owner`'s.
    public func markPublishedIfOwned(_ ids: [Int64], owner: Int32) async throws {
        _ = try await pool.query(SQL.markPublishedIfOwned(ids, owner))
    }

    /// Lets go of everything that `owner` has claimed and not published, also by claims whose answer was lost. To be
    /// called while nothing of it is on its way to the broker.
    public func giveBackAllOccurrences(owner: Int32) async throws {
        _ = try await pool.query(SQL.giveBackAllOccurrences(owner))
    }

    /// Lets go of occurrences that could not be published; any scheduler may claim them after `delay`.
    public func giveBackOccurrences(_ ids: [Int64], owner: Int32, delay: Duration) async throws {
        _ = try await pool.query(SQL.giveBackOccurrences(ids, owner, delay))
    }
}

/// A due reminder with what it leads to.
public struct PlannedReminder: Sendable {
    /// As it was read.
    public let reminder: DueReminder
    /// What follows.
    public let plan: FiringPlan

    /// A reminder with its plan.
    public init(_ reminder: DueReminder, _ plan: FiringPlan) {
        self.reminder = reminder
        self.plan = plan
    }
}

extension PlannedReminder: RowParameter {
    static let parameterColumns: [ParameterColumn<PlannedReminder>] = [
        .init(\.reminder.id), .init(\.reminder.version), .init(\.plan.next), .init(\.plan.occurrences.last),
        .init { Int64($0.plan.occurrences.count) },
    ]
}

extension UnreadableRow: RowParameter {
    static let parameterColumns: [ParameterColumn<UnreadableRow>] = [.init(\.id), .init(\.reason)]
}

/// An occurrence that is to be written.
struct NewOccurrence: RowParameter {
    let reminderID: Int64
    let trigger: Trigger
    let dueAt: Instant

    static let parameterColumns: [ParameterColumn<NewOccurrence>] = [
        .init(\.reminderID), .init(\.trigger), .init(\.dueAt),
    ]
}

/// The rows of one firing transaction.
private struct FiringBatch {
    var occurrences: [NewOccurrence] = []
    var skipped: [(reminder: Int64, count: Int, dueAt: Instant)] = []

    init(capacity: Int) {
        occurrences.reserveCapacity(capacity)
    }

    mutating func add(_ planned: PlannedReminder) {
        let reminder = planned.reminder
        for instant in planned.plan.occurrences {
            occurrences.append(NewOccurrence(reminderID: reminder.id, trigger: reminder.trigger, dueAt: instant))
        }
        if planned.plan.skipped > 0 { skipped.append((reminder.id, planned.plan.skipped, reminder.dueAt)) }
    }

    func queries(owner: Int32, lease: Duration) -> [Query] {
        var queries = [SQL.queueOccurrences(occurrences, owner, lease)]
        if !skipped.isEmpty {
            queries.append(
                SQL.appendToLog(
                    skipped.map {
                        NewLogLine(
                            kind: .skipped, reminderID: $0.reminder, outcome: "skipped", reason: "catch_up",
                            details: "{\"count\":\($0.count)}", dueAt: $0.dueAt)
                    }))
        }
        return queries
    }
}
