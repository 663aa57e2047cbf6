import RemindersDomain
import RemindersPostgres

/// `deliveries`, as a sender ends what it has claimed.
extension SQL {
    /// That `d` is the delivery that another row names.
    static func isDelivery(_ other: String) -> String {
        """
        d.occurrence_id = \(other).occurrence_id AND d.recipient = \(other).recipient AND d.channel = \(other).channel
            AND d.generation = \(other).generation
        """
    }

    private static let ofRecorded = LineInSQL(
        kind: """
            CASE state WHEN 'requested' THEN \(LogKind.attempt.literal) ELSE \(LogKind.delivery.literal) END
            """,
        outcome: "CASE state WHEN 'requested' THEN attempt_outcome ELSE state END", attempt: "nullif(attempts, 0)",
        reason: "reason", reply: "reply",
        details: """
            CASE WHEN content IS NOT NULL THEN jsonb_build_object('content', content)
                WHEN carrier IS NOT NULL THEN jsonb_build_object('carrier_occurrence_id', carrier) END
            """)

    // What a digest carries ends with its carrier, in this one statement; where nothing is carried, nothing is looked
    // for. A claim that ended before anything was tried was no attempt.
    static let recordAttemptsIfOwned = Statement<[DeliveryKey], Int32, [AttemptRecord], [CarriedEnd]>(
        "recordAttemptsIfOwned",
        """
        WITH recorded AS (
            UPDATE deliveries d
            SET state = outcome.state, reason = outcome.reason, reply = outcome.reply,
                lease_until = CASE WHEN outcome.state = 'requested'
                    THEN clock_timestamp() + coalesce(outcome.retried_after, 0) * interval '1 millisecond' END,
                attempts = d.attempts - (outcome.state IN ('withdrawn', 'dropped'))::int,
                finished_at = CASE WHEN outcome.state = 'requested' THEN NULL ELSE clock_timestamp() END
            FROM (
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $6::smallint[], $7::text[],
                                     $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[])
                    AS outcome (occurrence_id, recipient, channel, generation, attempts, state, attempt_outcome, reason,
                                reply, content, retried_after)
                WHERE \(isNumber("occurrence_id"))
                ORDER BY 1, 2, 3 OFFSET 0) outcome
            WHERE \(isDelivery("outcome"))
                AND d.state = 'sending' AND d.owner = $5 AND d.attempts = outcome.attempts
            RETURNING d.occurrence_id, d.recipient, d.channel, d.generation, d.id, d.reminder_id, d.attempts, d.due_at, outcome.state,
                outcome.attempt_outcome, outcome.reason, outcome.reply, outcome.content, NULL::bigint AS carrier
        ), carried AS (
            UPDATE deliveries d
            SET state = part.state, reason = part.reason, reply = part.reply,
                attempts = part.attempts - (part.state IN ('withdrawn', 'dropped'))::int, finished_at = clock_timestamp()
            FROM (
                SELECT part.*
                FROM unnest($13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::smallint[], $18::smallint[],
                            $19::text[], $20::text[], $21::text[])
                    AS part (carrier, occurrence_id, recipient, channel, generation, attempts, state, reason, reply)
                JOIN recorded ON recorded.occurrence_id = part.carrier AND recorded.recipient = part.recipient
                    AND recorded.channel = part.channel
                WHERE \(isNumber("part.occurrence_id"))
                ORDER BY 2, 3, 4 OFFSET 0) part
            WHERE \(isDelivery("part"))
                AND d.state = 'requested' AND d.carrier_occurrence_id = part.carrier
            RETURNING d.occurrence_id, d.recipient, d.channel, d.generation, d.id, d.reminder_id, d.attempts, d.due_at, part.state,
                NULL::text, part.reason, part.reply, NULL::text, part.carrier
        )
        \(insertLines(ofRecorded, from: "(SELECT * FROM recorded UNION ALL SELECT * FROM carried) ended"))
        RETURNING occurrence_id, user_id AS recipient, channel, generation, created_at
        """)

    // No attempt was made that counts, so there is no line in the log.
    static let putBackIfOwned = Statement<[DeliveryKey], Int32, [Int16]>(
        "putBackIfOwned",
        """
        UPDATE deliveries d
        SET state = 'requested', attempts = d.attempts - 1, lease_until = now()
        FROM (
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $6::smallint[])
                AS claim (occurrence_id, recipient, channel, generation, attempts)
            WHERE \(isNumber("occurrence_id"))
            ORDER BY 1, 2, 3 OFFSET 0) claim
        WHERE \(isDelivery("claim")) AND d.state = 'sending' AND d.owner = $5 AND d.attempts = claim.attempts
        """)

    static let attempts: [any AnyStatement] = [recordAttemptsIfOwned, putBackIfOwned]
}

/// The end of an attempt, to be recorded.
public struct AttemptRecord: Sendable {
    /// Which delivery.
    public let delivery: DeliveryKey
    /// Which attempt, as `claim` numbered it.
    public let attempt: Int
    /// A final state, or `requested` when it is tried again.
    public let state: DeliveryState
    /// What became of the attempt itself, in the log's words: `delivered`, `rejected`, `deferred`, `unknown`.
    public let outcome: String
    /// Why, where the reply alone does not say it.
    public let reason: String?
    /// What the other side said.
    public let reply: String?
    /// The message, byte for byte: of dry runs only.
    public let content: String?
    /// How long the message of one that is tried again waits; nil where it does not.
    public let retriedAfter: Duration?
    /// What ends with it: the deliveries that a digest carries beside its own. Empty when it is tried again.
    public let carried: [CarriedRecord]

    /// A record with these parts.
    public init(
        delivery: DeliveryKey, attempt: Int, state: DeliveryState, outcome: String, reason: String?,
        reply: String?, content: String? = nil, retriedAfter: Duration? = nil, carried: [CarriedRecord] = []
    ) {
        self.carried = carried
        self.retriedAfter = retriedAfter
        self.delivery = delivery
        self.attempt = attempt
        self.state = state
        self.outcome = outcome
        self.reason = reason
        self.reply = reply
        self.content = content
    }
}

/// The end of a delivery that a digest carries.
public struct CarriedRecord: Sendable {
    /// The occurrence; recipient and channel are the carrier's.
    public let occurrenceID: Int64
    /// How often what had ended was tried anew; not the carrier's.
    public let generation: Int
    /// A final state.
    public let state: DeliveryState
    /// Why, where the reply alone does not say it.
    public let reason: String?
    /// What the other side said.
    public let reply: String?

    /// A record with these parts.
    public init(
        occurrenceID: Int64, generation: Int = 0, state: DeliveryState, reason: String?, reply: String?
    ) {
        self.occurrenceID = occurrenceID
        self.generation = generation
        self.state = state
        self.reason = reason
        self.reply = reply
    }
}

extension ReminderStore {
    /// Records how attempts ended: the ledger row and its line in the log in one statement, where the claim still is
    /// `owner`'s.
    ///
    /// What a digest carries ends by the same statement as its carrier.
    ///
    /// - Returns: when each was recorded, also what was carried; what is missing was taken over by another sender, which
    ///   records it.
    public func recordAttemptsIfOwned(
        _ records: [AttemptRecord], owner: Int32
    ) async throws -> [DeliveryKey: Instant] {
        let carried = records.flatMap { record in record.carried.map { CarriedEnd(carrier: record, part: $0) } }
        let rows = try await pool.query(
            SQL.recordAttemptsIfOwned(records.map(\.delivery), owner, records, carried))
        var recorded: [DeliveryKey: Instant] = [:]
        recorded.reserveCapacity(rows.count)
        try rows.forEachRow { row in recorded[try DeliveryKey(row: &row)] = try row.instant("created_at") }
        return recorded
    }

    /// Gives claims back, where they still are `owner`'s: the deliveries are requested as before, with one attempt less.
    ///
    /// - Parameter claims: which, and the number of the attempt that the claim gave.
    public func putBackIfOwned(_ claims: [(delivery: DeliveryKey, attempt: Int)], owner: Int32) async throws {
        _ = try await pool.query(
            SQL.putBackIfOwned(claims.map(\.delivery), owner, claims.map { Int16(clamping: $0.attempt) }))
    }
}

/// Its end, beside the key of its delivery.
extension AttemptRecord: RowParameter {
    static let parameterColumns: [ParameterColumn<AttemptRecord>] = [
        .init { Int16(clamping: $0.attempt) }, .init(\.state), .init(\.outcome), .init(\.reason), .init(\.reply),
        .init(\.content), .init { $0.retriedAfter?.wholeMilliseconds },
    ]
}

/// The end of a delivery that a digest carries, with its carrier's.
struct CarriedEnd: RowParameter {
    let carrier: AttemptRecord
    let part: CarriedRecord

    static let parameterColumns: [ParameterColumn<CarriedEnd>] = [
        .init(\.carrier.delivery.occurrenceID), .init(\.part.occurrenceID), .init(\.carrier.delivery.recipient),
        .init(\.carrier.delivery.channel), .init { Int16(clamping: $0.part.generation) },
        .init { Int16(clamping: $0.carrier.attempt) }, .init(\.part.state), .init(\.part.reason), .init(\.part.reply),
    ]
}
