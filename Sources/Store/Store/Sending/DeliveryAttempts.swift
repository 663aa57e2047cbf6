import RemindersDomain
import RemindersPostgres

/// `deliveries`, as a sender claims and ends them.
extension SQL {
    // In one order, so that two senders who were handed the same messages never wait for each other. OFFSET 0 keeps the
    // planner, whose statistics may be of a time when the table was empty, from looking inside: it must find the rows by
    // their whole key.
    private static let keys = """
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::uuid[])
            AS key (occurrence_id, recipient, channel, generation, id)
        WHERE \(isNumber("occurrence_id"))
        ORDER BY 1, 2, 3 OFFSET 0
        """

    private static func isKey(_ other: String) -> String {
        """
        d.occurrence_id = \(other).occurrence_id AND d.recipient = \(other).recipient AND d.channel = \(other).channel
            AND d.generation = \(other).generation
        """
    }

    // With the id: after the database was restored from a backup, numbers are given again, and a message from before would
    // meet another delivery under its key.
    static let claimRequestedDeliveries = Statement<[RequestedDelivery], Int32, Duration>(
        "claimRequestedDeliveries",
        """
        UPDATE deliveries d
        SET state = 'sending', attempts = d.attempts + 1, owner = $6,
            lease_until = now() + $7 * interval '1 millisecond'
        FROM (\(keys)) claim
        WHERE \(isKey("claim")) AND d.id = claim.id
            AND d.state = 'requested'
        RETURNING d.occurrence_id, d.recipient, d.channel, d.generation, d.attempts
        """)

    static let statesOfUnclaimed = Statement<[RequestedDelivery], Int32>(
        "statesOfUnclaimed",
        """
        SELECT d.occurrence_id, d.recipient, d.channel, d.generation, d.state, d.attempts, d.owner, d.id = claim.id AS is_same,
            d.state = 'sending' AND d.lease_until > now() AND d.owner <> $6 AND is_living_instance(d.owner) AS is_busy
        FROM (\(keys)) claim
        JOIN deliveries d ON \(isKey("claim"))
        """)

    private static let ofTakenOver = LineInSQL(
        kind: LogKind.attempt.literal, outcome: "'unknown'", attempt: "attempts - 1", reason: "'sender_died'")

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

    // The attempt whose end nobody knows gets its own line in the log; then the delivery is this process's.
    static let takeOverIfOwnerUnchanged = Statement<[OrphanedClaim], Int32, Duration>(
        "takeOverIfOwnerUnchanged",
        """
        WITH taken AS (
            UPDATE deliveries d
            SET attempts = d.attempts + 1, deaths = d.deaths + 1, owner = $7, lease_until = now() + $8 * interval '1 millisecond'
            FROM (
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::smallint[], $6::integer[])
                    AS seen (occurrence_id, recipient, channel, generation, attempts, owner)
                WHERE \(isNumber("occurrence_id"))
                OFFSET 0) seen
            WHERE \(isKey("seen"))
                AND d.state = 'sending' AND d.attempts = seen.attempts AND d.owner = seen.owner
            RETURNING d.occurrence_id, d.recipient, d.channel, d.generation, d.id, d.reminder_id, d.due_at, d.attempts,
                d.deaths
        ), logged AS (
            \(insertLines(ofTakenOver, from: "taken"))
        )
        SELECT occurrence_id, recipient, channel, generation, attempts, deaths FROM taken
        """)

    // What a digest carries ends with its carrier, in this one statement; where nothing is carried, nothing is looked
    // for. A claim that ended in a withdrawal was no attempt.
    static let recordAttemptsIfOwned = Statement<[DeliveryKey], Int32, [AttemptRecord], [CarriedEnd]>(
        "recordAttemptsIfOwned",
        """
        WITH recorded AS (
            UPDATE deliveries d
            SET state = outcome.state, reason = outcome.reason, reply = outcome.reply,
                lease_until = CASE WHEN outcome.state = 'requested'
                    THEN clock_timestamp() + coalesce(outcome.retried_after, 0) * interval '1 millisecond' END,
                attempts = d.attempts - (outcome.state = 'withdrawn')::int,
                finished_at = CASE WHEN outcome.state = 'requested' THEN NULL ELSE clock_timestamp() END
            FROM (
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $6::smallint[], $7::text[],
                                     $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[])
                    AS outcome (occurrence_id, recipient, channel, generation, attempts, state, attempt_outcome, reason,
                                reply, content, retried_after)
                WHERE \(isNumber("occurrence_id"))
                OFFSET 0) outcome
            WHERE \(isKey("outcome"))
                AND d.state = 'sending' AND d.owner = $5 AND d.attempts = outcome.attempts
            RETURNING d.occurrence_id, d.recipient, d.channel, d.generation, d.id, d.reminder_id, d.attempts, d.due_at, outcome.state,
                outcome.attempt_outcome, outcome.reason, outcome.reply, outcome.content, NULL::bigint AS carrier
        ), carried AS (
            UPDATE deliveries d
            SET state = part.state, reason = part.reason, reply = part.reply,
                attempts = part.attempts - (part.state = 'withdrawn')::int, finished_at = clock_timestamp()
            FROM (
                SELECT part.*
                FROM unnest($13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::smallint[], $18::smallint[],
                            $19::text[], $20::text[], $21::text[])
                    AS part (carrier, occurrence_id, recipient, channel, generation, attempts, state, reason, reply)
                JOIN recorded ON recorded.occurrence_id = part.carrier AND recorded.recipient = part.recipient
                    AND recorded.channel = part.channel
                WHERE \(isNumber("part.occurrence_id"))
                OFFSET 0) part
            WHERE \(isKey("part"))
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
            OFFSET 0) claim
        WHERE \(isKey("claim")) AND d.state = 'sending' AND d.owner = $5 AND d.attempts = claim.attempts
        """)

    static let sending: [any AnyStatement] = [
        claimRequestedDeliveries, withdrawals, statesOfUnclaimed, takeOverIfOwnerUnchanged,
        recordAttemptsIfOwned, putBackIfOwned,
    ]
}

/// A delivery as a message names it.
public struct RequestedDelivery: Hashable, Sendable {
    /// Its key in the ledger.
    public let key: DeliveryKey
    /// Its id, which is never given twice.
    public let id: DeliveryID

    /// The delivery with this key and id.
    public init(key: DeliveryKey, id: DeliveryID) {
        self.key = key
        self.id = id
    }
}

extension RequestedDelivery: RowParameter {
    static let parameterColumns: [ParameterColumn<RequestedDelivery>] = [
        .init(\.key.occurrenceID), .init(\.key.recipient), .init(\.key.channel),
        .init { Int16(clamping: $0.key.generation) }, .init(\.id),
    ]
}

/// How a try to claim a delivery went.
public enum Claim: Sendable {
    /// It is this process's to attempt; the number counts attempts from 1. With `deaths` the one before may have gone out:
    /// so many attempts ended with their sender. 0 for what nobody died with just now.
    case claimed(attempt: Int, deaths: Int)
    /// It has ended already, or is held again: the message is of no more use.
    case settled(DeliveryState)
    /// A living sender is at it, or it changed at this very moment: look again later.
    case busy
    /// Senders died with it in hand, and the next should have nothing else at risk: claim it alone.
    case suspect
    /// The ledger has no such delivery.
    case missing
    /// The ledger has another delivery in its place: the message is from before the database was restored.
    case replaced
    /// The ledger has it in a state that this version does not know.
    case unreadable(reason: String)
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
    /// Claims deliveries before they are attempted. What a dead sender had claimed is taken over, its attempt being
    /// logged as unknown.
    ///
    /// - Parameter isInHand: whether this process is at a delivery that it claimed before. One of its own that it is not
    ///   at was claimed by a statement whose answer was lost.
    /// - Parameter suspectFrom: what has been attempted so often and was left by a dead sender is not claimed but
    ///   suspect.
    /// - Parameter carried: what digests among them carry, to be looked at with them.
    /// - Returns: one answer for each, in their order. A key that comes twice is busy the second time. And what
    ///   nobody wants any more with its reason (a word of `WithdrawReason`, or of a newer version's), looked at after the
    ///   claims in the same round trip.
    public func claim(
        _ requested: [RequestedDelivery], carrying carried: [OccurrenceRecipient] = [], owner: Int32, lease: Duration,
        suspectFrom: Int = .max, isInHand: @Sendable (DeliveryKey) -> Bool
    ) async throws -> (claims: [Claim], unwanted: [OccurrenceRecipient: String]) {
        var attempts: [DeliveryKey: Claim] = [:]
        attempts.reserveCapacity(requested.count)
        let answers = try await pool.pipeline([
            SQL.claimRequestedDeliveries(requested, owner, lease),
            SQL.withdrawals(requested.map(\.key.occurrence) + carried),
        ])
        try answers[0].forEachRow { row in
            attempts[try DeliveryKey(row: &row)] = .claimed(attempt: try row.int("attempts"), deaths: 0)
        }
        if attempts.count < requested.count {
            let left = requested.filter { attempts[$0.key] == nil }
            let others = try await claimLeftBehind(
                left, owner: owner, lease: lease, suspectFrom: suspectFrom, isInHand: isInHand)
            attempts.merge(others) { first, _ in first }
        }
        let claims = requested.map { attempts.updateValue(.busy, forKey: $0.key) ?? .missing }
        var unwanted: [OccurrenceRecipient: String] = [:]
        try answers[1].forEachRow { row in
            unwanted[try OccurrenceRecipient(row: &row)] = try row.text("reason")
        }
        return (claims, unwanted)
    }

    private func claimLeftBehind(
        _ requested: [RequestedDelivery], owner: Int32, lease: Duration, suspectFrom: Int,
        isInHand: @Sendable (DeliveryKey) -> Bool
    ) async throws -> [DeliveryKey: Claim] {
        var claims: [DeliveryKey: Claim] = [:]
        var orphans: [OrphanedClaim] = []
        try await pool.query(SQL.statesOfUnclaimed(requested, owner)).forEachRow { row in
            let key = try DeliveryKey(row: &row)
            guard try row.bool("is_same") else {
                claims[key] = .replaced
                return
            }
            let word = try row.text("state")
            guard let state = DeliveryState(rawValue: word) else {
                let error = StoreError.unknownValue(column: "state", value: word)
                claims[key] = .unreadable(reason: error.description)
                return
            }
            let isBusy = try row.bool("is_busy")
            switch state {
            case .sending where isBusy, .requested:
                claims[key] = .busy
            case .sending:
                claims[key] = .busy
                // One that is being attempted here came back because the connection to the broker was lost: it ends
                // by itself.
                let seen = try row.int32("owner")
                guard seen != owner || !isInHand(key) else { break }
                let attempts = Int16(try row.int32("attempts"))
                if attempts >= suspectFrom {
                    claims[key] = .suspect
                } else {
                    orphans.append(OrphanedClaim(delivery: key, attempts: attempts, owner: seen))
                }
            default:
                claims[key] = .settled(state)
            }
        }
        guard !orphans.isEmpty else { return claims }
        let taken = try await pool.query(SQL.takeOverIfOwnerUnchanged(orphans, owner, lease))
        try taken.forEachRow { row in
            claims[try DeliveryKey(row: &row)] = .claimed(
                attempt: try row.int("attempts"), deaths: try row.int("deaths"))
        }
        return claims
    }

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
}

extension ReminderStore {
    /// Gives claims back, where they still are `owner`'s: the deliveries are requested as before, with one attempt less.
    ///
    /// - Parameter claims: which, and the number of the attempt that the claim gave.
    public func putBackIfOwned(_ claims: [(delivery: DeliveryKey, attempt: Int)], owner: Int32) async throws {
        _ = try await pool.query(
            SQL.putBackIfOwned(claims.map(\.delivery), owner, claims.map { Int16(clamping: $0.attempt) }))
    }
}

extension OccurrenceRecipient {
    init(row: inout RowReader) throws {
        self.init(occurrenceID: try row.int64("occurrence_id"), recipient: try row.recipient("recipient"))
    }
}

extension DeliveryKey {
    fileprivate init(row: inout RowReader) throws {
        self.init(
            occurrenceID: try row.int64("occurrence_id"), recipient: try row.recipient("recipient"),
            channel: try row.value("channel"), generation: try row.int("generation"))
    }
}

/// A claim that a dead sender has left, as it was seen.
struct OrphanedClaim: RowParameter {
    let delivery: DeliveryKey
    let attempts: Int16
    let owner: Int32

    static let parameterColumns: [ParameterColumn<OrphanedClaim>] = [
        .init(\.delivery), .init(\.attempts), .init(\.owner),
    ]
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
