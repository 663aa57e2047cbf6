import RemindersDomain
import RemindersPostgres

/// `deliveries`, as the rate-limiter writes it.
extension SQL {
    /// The one INSERT of the ledger: a row that is there already stays as it is.
    ///
    /// - Parameter source: has a column for each but `finished_at`.
    static func insertDeliveries(from source: String) -> String {
        """
        INSERT INTO deliveries AS d (occurrence_id, recipient, channel, generation, id, reminder_id, state, reason, due_at,
            release_at, decision, finished_at)
        SELECT occurrence_id, recipient, channel, generation, id, reminder_id, state, reason, due_at, release_at, decision,
            CASE WHEN state IN ('requested', 'held') THEN NULL ELSE clock_timestamp() END
        FROM \(source)
        ON CONFLICT DO NOTHING
        """
    }

    static let insertDeliveries = Statement<[DecidedDelivery.New]>(
        "insertDeliveries",
        insertDeliveries(
            from: """
                (SELECT *, CASE WHEN held_for_switch THEN 'infinity' ELSE released END AS release_at
                 FROM unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::text[], $7::text[],
                             $8::timestamptz[], $9::timestamptz[], $10::boolean[], $11::jsonb[], $12::smallint[])
                     AS new (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, released,
                             held_for_switch, decision, generation)) new
                """))

    static let updateHeldDeliveries = Statement<[DecidedDelivery.Again]>(
        "updateHeldDeliveries",
        """
        UPDATE deliveries d
        SET state = new.state, reason = new.reason, decision = new.decision,
            carrier_occurrence_id = new.carrier_occurrence_id,
            release_at = CASE WHEN new.held_for_switch THEN 'infinity' ELSE new.release_at END,
            finished_at = CASE WHEN new.state IN ('requested', 'held') THEN NULL ELSE clock_timestamp() END
        FROM (
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                                 $7::boolean[], $8::jsonb[], $9::bigint[])
                AS new (occurrence_id, recipient, channel, state, reason, release_at, held_for_switch, decision,
                        carrier_occurrence_id)
            WHERE \(isNumber("occurrence_id")) ORDER BY 1, 2, 3 OFFSET 0) new
        WHERE d.occurrence_id = new.occurrence_id AND d.recipient = new.recipient AND d.channel = new.channel
            AND d.state = 'held'
        """)

    static let markOccurrencesDecided = Statement<[Int64], [String], [String?]>(
        "markOccurrencesDecided",
        """
        UPDATE sag_reminder_queue q
        SET status = new.status, reason = new.reason, processed_at = clock_timestamp(),
            published_at = coalesce(q.published_at, clock_timestamp())
        FROM (
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) AS new (id, status, reason)
            WHERE \(isNumber("id")) ORDER BY id OFFSET 0) new
        WHERE q.id = new.id
        """)

    private static let reasonsOfLimit = PermitKind.allCases.map { "'\($0.holdReason.rawValue)'" }.joined(
        separator: ", ")

    // coalesce: bare comparisons let the planner read an index of all that is held.
    static let callForward = Statement<[Int64], [Recipient], [Instant]>(
        "callForward",
        """
        UPDATE deliveries d SET release_at = next.release_at
        FROM (
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS line (occurrence_id, recipient, release_at)
            WHERE \(isNumber("occurrence_id")) ORDER BY 1, 2 OFFSET 0) next
        WHERE d.occurrence_id = next.occurrence_id AND d.recipient = next.recipient
            AND coalesce(d.state = 'held' AND d.reason IN (\(reasonsOfLimit)) AND d.release_at > next.release_at, false)
        """)

    static let deliveries: [any AnyStatement] = [
        insertDeliveries, updateHeldDeliveries, markOccurrencesDecided, callForward,
    ]
}

/// What was decided about one delivery.
public struct DecidedDelivery: Sendable {
    /// Of which occurrence.
    public let occurrenceID: Int64
    /// For whom.
    public let recipient: Recipient
    /// Through which channel.
    public let channel: ChannelKind
    /// How often it was tried anew after it had ended: 0 at first.
    public let generation: Int
    /// The delivery's id for ever.
    public let id: DeliveryID
    /// The reminder behind it.
    public let reminderID: Int64
    /// `requested`, `held`, or the final `rejected`, `withdrawn` or `dropped`.
    public let state: DeliveryState
    /// Why, unless it is simply sent.
    public let reason: String?
    /// When the occurrence was due.
    public let dueAt: Instant
    /// With `held`: until when; nil until a switch is turned on. With a `requested` that was held: when another
    /// rate-limiter may take it that this one died before publishing it.
    public let releaseAt: Instant?
    /// The steps of the decision as JSON, unless it is simply sent.
    public let decision: String?
    /// The ledger has the row already: it was held.
    public let wasHeld: Bool
    /// The occurrence whose message carries it in a digest; its own when that is this one. Only what was held has one.
    public var carrierOccurrenceID: Int64?

    /// A decision with these parts.
    public init(
        occurrenceID: Int64, recipient: Recipient, channel: ChannelKind, generation: Int = 0, id: DeliveryID,
        reminderID: Int64, state: DeliveryState, reason: String?, dueAt: Instant, releaseAt: Instant?,
        decision: String?, wasHeld: Bool
    ) {
        self.occurrenceID = occurrenceID
        self.recipient = recipient
        self.channel = channel
        self.generation = generation
        self.id = id
        self.reminderID = reminderID
        self.state = state
        self.reason = reason
        self.dueAt = dueAt
        self.releaseAt = releaseAt
        self.decision = decision
        self.wasHeld = wasHeld
    }
}

/// Everything one batch of decisions writes.
public struct DecisionWrites: Sendable {
    /// The deliveries that are new, and those that were held and are decided again.
    public var deliveries: [DecidedDelivery] = []
    /// The permits taken.
    public var permits: [(recipient: Recipient, occurrenceID: Int64, kind: PermitKind)] = []
    /// When the first of those who wait for the limit are to be released, should they have been given a later time.
    public var calledForward: [(recipient: Recipient, occurrenceID: Int64, releaseAt: Instant)] = []
    /// The occurrences' new status: `sent`, `rate_limited` or `failed`, and why.
    public var occurrences: [(id: Int64, status: String, reason: String?)] = []

    /// Nothing yet.
    public init() {}
}

extension ReminderStore {
    /// Decides about a batch of occurrences: locks their recipients, reads the facts, lets `decide` say what happens,
    /// and writes ledger, permits, log and queue, all in one transaction and two round trips.
    ///
    /// - Parameters:
    ///   - occurrences: ids; unknown ones are left out.
    ///   - switches: the operator's: how much of permits and lines matters.
    ///   - decide: pure; the permits it takes are granted at the batch's `now`.
    /// - Returns: what `decide` returned beside the writes.
    public func decide<Result: Sendable>(
        occurrences: [Int64], switches: DecisionFacts.Switches,
        decide: @Sendable (DecisionBatch) throws -> (DecisionWrites, Result)
    ) async throws -> Result {
        while true {
            do {
                return try await pool.transaction { transaction in
                    let answers = try await transaction.pipeline(
                        [SQL.lockRecipients(occurrences, OldestOccurrence(of: occurrences))]
                            + AnsweredFacts.queries(occurrences))
                    let facts = AnsweredFacts(answers.dropFirst())
                    let locked = try AnsweredPeople.Question(
                        of: answers[0].read { try $0.recipients("recipients") }.flatMap { $0 },
                        creators: facts.creators(), decidedBefore: facts.decidedBefore(), switches)
                    let people = AnsweredPeople(locked, try await transaction.pipeline(locked.queries))
                    let batch = try DecisionBatch(facts, people, isCarriedOut: true)
                    let (writes, result) = try decide(batch)
                    _ = try await transaction.finish(writes.queries(now: batch.now))
                    return result
                }
            } catch is RecipientsChanged {
                try Task.checkCancellation()
            }
        }
    }
}

extension DecisionWrites {
    fileprivate func queries(now: Instant) -> [Query] {
        var queries: [Query] = []
        let new = deliveries.filter { !$0.wasHeld }
        if !new.isEmpty { queries.append(SQL.insertDeliveries(new.map(DecidedDelivery.New.init))) }
        let held = deliveries.filter(\.wasHeld)
        if !held.isEmpty { queries.append(SQL.updateHeldDeliveries(held.map(DecidedDelivery.Again.init))) }
        if !permits.isEmpty {
            queries.append(
                SQL.grantPermits(
                    permits.map(\.recipient), permits.map(\.occurrenceID), permits.map { $0.kind == .others }, now))
        }
        if !calledForward.isEmpty {
            queries.append(
                SQL.callForward(
                    calledForward.map(\.occurrenceID), calledForward.map(\.recipient), calledForward.map(\.releaseAt)))
        }
        let logged = deliveries.filter { $0.state != .requested }
        if !logged.isEmpty { queries.append(SQL.appendToLog(logged.map(\.line))) }
        if !occurrences.isEmpty {
            queries.append(
                SQL.markOccurrencesDecided(
                    occurrences.map(\.id), occurrences.map(\.status), occurrences.map(\.reason)))
        }
        return queries
    }
}

extension DecidedDelivery {
    /// As a row that the ledger does not have yet.
    struct New: RowParameter {
        let delivery: DecidedDelivery

        static let parameterColumns: [ParameterColumn<New>] = [
            .init(\.delivery.occurrenceID), .init(\.delivery.recipient), .init(\.delivery.channel),
            .init(\.delivery.id),
            .init(\.delivery.reminderID), .init(\.delivery.state), .init(\.delivery.reason), .init(\.delivery.dueAt),
            .init(\.delivery.releaseAt), .init(\.delivery.isHeldForSwitch),
            .init { $0.delivery.decision.map(JSONText.init) }, .init { Int16(clamping: $0.delivery.generation) },
        ]
    }

    /// As a change of the row that was held.
    struct Again: RowParameter {
        let delivery: DecidedDelivery

        static let parameterColumns: [ParameterColumn<Again>] = [
            .init(\.delivery.occurrenceID), .init(\.delivery.recipient), .init(\.delivery.channel),
            .init(\.delivery.state), .init(\.delivery.reason), .init(\.delivery.releaseAt),
            .init(\.delivery.isHeldForSwitch), .init { $0.delivery.decision.map(JSONText.init) },
            .init(\.delivery.carrierOccurrenceID),
        ]
    }
}

extension DecidedDelivery {
    /// What the log says of it, unless it is requested: then its end will be logged.
    fileprivate var line: NewLogLine {
        NewLogLine(
            kind: state == .held ? .held : .delivery, reminderID: reminderID, userID: recipient.key,
            delivery: (
                DeliveryKey(
                    occurrenceID: occurrenceID, recipient: recipient, channel: channel, generation: generation), id
            ),
            outcome: state.rawValue, reason: reason, details: decision, dueAt: dueAt)
    }

    fileprivate var isHeldForSwitch: Bool { state == .held && releaseAt == nil }
}

/// `permits`: the hourly limit.
extension SQL {
    static let grantPermits = Statement<[Recipient], [Int64], [Bool], Instant>(
        "grantPermits",
        """
        INSERT INTO permits (recipient, granted_at, occurrence_id, of_others)
        SELECT recipient, $4, occurrence_id, of_others
        FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS new (recipient, occurrence_id, of_others)
        """)

    static let purgePermits = Statement<Duration>(
        "purgePermits",
        "DELETE FROM permits WHERE granted_at < now() - $1 * interval '1 millisecond'")

    static let permits: [any AnyStatement] = [grantPermits, purgePermits]
}

extension ReminderStore {
    /// Deletes permits that were granted longer ago than `age`, which no window reaches any more.
    ///
    /// - Returns: how many.
    public func purgePermits(olderThan age: Duration) async throws -> Int {
        try await pool.query(SQL.purgePermits(age)).affectedRows
    }
}
