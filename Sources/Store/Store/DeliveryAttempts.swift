import RemindersDomain
import RemindersPostgres

/// `deliveries`, as a sender claims and ends them.
extension SQL {
    // The channel as a column of the keys, and not as a condition of its own: the planner, whose statistics may be of
    // a time when the table was empty, must find the rows by their whole key (OFFSET 0 keeps it from looking inside).
    // In one order, so that two senders who were handed the same messages never wait for each other.
    private static let keys = """
        SELECT *, $3::text AS channel FROM unnest($1::bigint[], $2::text[]) AS key (occurrence_id, recipient)
        ORDER BY 1, 2 OFFSET 0
        """

    static let claimRequestedDeliveries = Statement(
        "claimRequestedDeliveries",
        """
        UPDATE deliveries d
        SET state = 'sending', attempts = d.attempts + 1, owner = $4,
            lease_until = now() + $5 * interval '1 millisecond'
        FROM (\(keys)) claim
        WHERE d.occurrence_id = claim.occurrence_id AND d.recipient = claim.recipient AND d.channel = claim.channel
            AND d.state = 'requested'
        RETURNING d.occurrence_id, d.recipient, d.attempts
        """)

    static let statesOfUnclaimed = Statement(
        "statesOfUnclaimed",
        """
        SELECT d.occurrence_id, d.recipient, d.state, d.attempts, d.owner,
            d.state = 'sending' AND d.lease_until > now() AND d.owner <> $4 AND is_living_instance(d.owner)
        FROM (\(keys)) claim
        JOIN deliveries d ON d.occurrence_id = claim.occurrence_id AND d.recipient = claim.recipient
            AND d.channel = claim.channel
        """)

    // The attempt whose end nobody knows gets its own line in the log; then the delivery is this process's.
    static let takeOverIfOwnerUnchanged = Statement(
        "takeOverIfOwnerUnchanged",
        """
        WITH taken AS (
            UPDATE deliveries d
            SET attempts = d.attempts + 1, owner = $6, lease_until = now() + $7 * interval '1 millisecond'
            FROM (
                SELECT *, $3::text AS channel
                FROM unnest($1::bigint[], $2::text[], $4::smallint[], $5::integer[])
                    AS seen (occurrence_id, recipient, attempts, owner)
                OFFSET 0) seen
            WHERE d.occurrence_id = seen.occurrence_id AND d.recipient = seen.recipient AND d.channel = seen.channel
                AND d.state = 'sending' AND d.attempts = seen.attempts AND d.owner = seen.owner
            RETURNING d.occurrence_id, d.recipient, d.channel, d.id, d.reminder_id, d.due_at, d.attempts
        ), logged AS (
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel,
                attempt, reason, due_at)
            SELECT 'attempt', 'unknown', occurrence_id, id, reminder_id, recipient, channel, attempts - 1,
                'sender_died', due_at
            FROM taken
        )
        SELECT occurrence_id, recipient, attempts FROM taken
        """)

    // What a digest carries ends with its carrier, in this one statement; where nothing is carried, nothing is looked
    // for. A claim that ended in a withdrawal was no attempt.
    static let recordAttemptsIfOwned = Statement(
        "recordAttemptsIfOwned",
        """
        WITH recorded AS (
            UPDATE deliveries d
            SET state = outcome.state, reason = outcome.reason, reply = outcome.reply, lease_until = NULL,
                attempts = d.attempts - (outcome.state = 'withdrawn')::int,
                finished_at = CASE WHEN outcome.state = 'requested' THEN NULL ELSE clock_timestamp() END
            FROM (
                SELECT *, $3::text AS channel
                FROM unnest($1::bigint[], $2::text[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::text[],
                            $10::text[])
                    AS outcome (occurrence_id, recipient, attempts, state, attempt_outcome, reason, reply, content)
                OFFSET 0) outcome
            WHERE d.occurrence_id = outcome.occurrence_id AND d.recipient = outcome.recipient AND d.channel = outcome.channel
                AND d.state = 'sending' AND d.owner = $4 AND d.attempts = outcome.attempts
            RETURNING d.occurrence_id, d.recipient, d.id, d.reminder_id, d.attempts, d.due_at, outcome.state,
                outcome.attempt_outcome, outcome.reason, outcome.reply, outcome.content, NULL::bigint AS carrier
        ), carried AS (
            UPDATE deliveries d
            SET state = part.state, reason = part.reason, reply = part.reply,
                attempts = part.attempts - (part.state = 'withdrawn')::int, finished_at = clock_timestamp()
            FROM (
                SELECT part.*, $3::text AS channel
                FROM unnest($11::bigint[], $12::bigint[], $13::text[], $14::smallint[], $15::text[], $16::text[],
                            $17::text[])
                    AS part (carrier, occurrence_id, recipient, attempts, state, reason, reply)
                JOIN recorded ON recorded.occurrence_id = part.carrier AND recorded.recipient = part.recipient
                OFFSET 0) part
            WHERE d.occurrence_id = part.occurrence_id AND d.recipient = part.recipient AND d.channel = part.channel
                AND d.state = 'requested' AND d.carrier_occurrence_id = part.carrier
            RETURNING d.occurrence_id, d.recipient, d.id, d.reminder_id, d.attempts, d.due_at, part.state,
                NULL::text, part.reason, part.reply, NULL::text, part.carrier
        )
        INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel,
            attempt, reason, reply, details, due_at, created_at)
        SELECT CASE state WHEN 'requested' THEN 'attempt' ELSE 'delivery' END,
            CASE state WHEN 'requested' THEN attempt_outcome ELSE state END, occurrence_id, id, reminder_id,
            recipient, $3, nullif(attempts, 0), reason, reply,
            CASE WHEN content IS NOT NULL THEN jsonb_build_object('content', content)
                WHEN carrier IS NOT NULL THEN jsonb_build_object('carrier_occurrence_id', carrier) END,
            due_at, clock_timestamp()
        FROM (SELECT * FROM recorded UNION ALL SELECT * FROM carried) ended
        RETURNING occurrence_id, user_id, created_at
        """)

    static let sending = [
        claimRequestedDeliveries, doubtsAboutDeliveries, statesOfUnclaimed, takeOverIfOwnerUnchanged,
        recordAttemptsIfOwned,
    ]
}

/// How a try to claim a delivery went.
public enum Claim: Sendable {
    /// It is this process's to attempt; the number counts attempts from 1. `inDoubt`: the one before may have gone out.
    case claimed(attempt: Int, inDoubt: Bool)
    /// It has ended already, or is held again: the message is of no more use.
    case settled(DeliveryState)
    /// A living sender is at it, or it changed at this very moment: look again later.
    case busy
    /// Senders died with it in hand, and the next should have nothing else at risk: claim it alone.
    case suspect
    /// The ledger has no such delivery.
    case missing
}

/// The end of an attempt, to be recorded.
public struct AttemptRecord: Sendable {
    /// Which delivery.
    public let delivery: OccurrenceRecipient
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
    /// What ends with it: the deliveries that a digest carries beside its own. Empty when it is tried again.
    public let carried: [CarriedRecord]

    /// A record with these parts.
    public init(
        delivery: OccurrenceRecipient, attempt: Int, state: DeliveryState, outcome: String, reason: String?,
        reply: String?, content: String? = nil, carried: [CarriedRecord] = []
    ) {
        self.carried = carried
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
    /// A final state.
    public let state: DeliveryState
    /// Why, where the reply alone does not say it.
    public let reason: String?
    /// What the other side said.
    public let reply: String?

    /// A record with these parts.
    public init(occurrenceID: Int64, state: DeliveryState, reason: String?, reply: String?) {
        self.occurrenceID = occurrenceID
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
    /// - Returns: one answer for each key, in their order. A key that comes twice is busy the second time. And the facts
    ///   about what may not be wanted any more, read after the claims in the same round trip.
    public func claim(
        _ keys: [OccurrenceRecipient], carrying carried: [OccurrenceRecipient] = [], channel: ChannelKind, owner: Int32,
        lease: Duration, suspectFrom: Int = .max, isInHand: @Sendable (OccurrenceRecipient) -> Bool
    ) async throws -> (claims: [Claim], doubts: [OccurrenceRecipient: WantedFacts]) {
        var attempts: [OccurrenceRecipient: Claim] = [:]
        attempts.reserveCapacity(keys.count)
        let answers = try await pool.pipeline([
            SQL.claimRequestedDeliveries(
                .int8Array(keys.map(\.occurrenceID)), .textArray(keys.map(\.recipient.key)),
                .text(channel.rawValue), .int4(owner), .milliseconds(lease)),
            SQL.doubts(about: keys + carried),
        ])
        for row in answers[0] {
            attempts[try OccurrenceRecipient(row: row)] = .claimed(attempt: Int(try row.int32(2)), inDoubt: false)
        }
        if attempts.count < keys.count {
            let left = keys.filter { attempts[$0] == nil }
            let others = try await claimLeftBehind(
                left, channel: channel, owner: owner, lease: lease, suspectFrom: suspectFrom, isInHand: isInHand)
            attempts.merge(others) { first, _ in first }
        }
        let claims = keys.map { attempts.updateValue(.busy, forKey: $0) ?? .missing }
        return (claims, try WantedFacts.byDelivery(answers[1]))
    }

    private func claimLeftBehind(
        _ keys: [OccurrenceRecipient], channel: ChannelKind, owner: Int32, lease: Duration, suspectFrom: Int,
        isInHand: @Sendable (OccurrenceRecipient) -> Bool
    ) async throws -> [OccurrenceRecipient: Claim] {
        let channelName = PostgresValue.text(channel.rawValue)
        let rows = try await pool.query(
            SQL.statesOfUnclaimed(
                .int8Array(keys.map(\.occurrenceID)), .textArray(keys.map(\.recipient.key)), channelName,
                .int4(owner)))
        var claims: [OccurrenceRecipient: Claim] = [:]
        var orphans: [(key: OccurrenceRecipient, attempts: Int16, owner: Int32)] = []
        for row in rows {
            let key = try OccurrenceRecipient(row: row)
            let state: DeliveryState = try row.value(2, "state")
            switch state {
            case .sending where try row.bool(5), .requested:
                claims[key] = .busy
            case .sending:
                claims[key] = .busy
                // One that is being attempted here came back because the connection to the broker was lost: it ends
                // by itself.
                let seen = try row.int32(4)
                guard seen != owner || !isInHand(key) else { break }
                let attempts = Int16(try row.int32(3))
                if attempts >= suspectFrom {
                    claims[key] = .suspect
                } else {
                    orphans.append((key, attempts, seen))
                }
            default:
                claims[key] = .settled(state)
            }
        }
        guard !orphans.isEmpty else { return claims }
        let taken = try await pool.query(
            SQL.takeOverIfOwnerUnchanged(
                .int8Array(orphans.map(\.key.occurrenceID)), .textArray(orphans.map(\.key.recipient.key)),
                channelName, .int2Array(orphans.map(\.attempts)), .int4Array(orphans.map(\.owner)), .int4(owner),
                .milliseconds(lease)))
        for row in taken {
            claims[try OccurrenceRecipient(row: row)] = .claimed(attempt: Int(try row.int32(2)), inDoubt: true)
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
        _ records: [AttemptRecord], channel: ChannelKind, owner: Int32
    ) async throws -> [OccurrenceRecipient: Instant] {
        let carried = records.flatMap { record in record.carried.map { (carrier: record, part: $0) } }
        let rows = try await pool.query(
            SQL.recordAttemptsIfOwned(
                .int8Array(records.map(\.delivery.occurrenceID)), .textArray(records.map(\.delivery.recipient.key)),
                .text(channel.rawValue), .int4(owner), .int2Array(records.map { Int16(clamping: $0.attempt) }),
                .textArray(records.map(\.state.rawValue)), .textArray(records.map(\.outcome)),
                .textOrNilArray(records.map(\.reason)), .textOrNilArray(records.map(\.reply)),
                .textOrNilArray(records.map(\.content)),
                .int8Array(carried.map(\.carrier.delivery.occurrenceID)), .int8Array(carried.map(\.part.occurrenceID)),
                .textArray(carried.map(\.carrier.delivery.recipient.key)),
                .int2Array(carried.map { Int16(clamping: $0.carrier.attempt) }),
                .textArray(carried.map(\.part.state.rawValue)), .textOrNilArray(carried.map(\.part.reason)),
                .textOrNilArray(carried.map(\.part.reply))))
        var recorded: [OccurrenceRecipient: Instant] = [:]
        recorded.reserveCapacity(rows.count)
        for row in rows { recorded[try OccurrenceRecipient(row: row)] = try row.instant(2) }
        return recorded
    }
}

extension OccurrenceRecipient {
    init(row: Row) throws {
        self.init(occurrenceID: try row.int64(0), recipient: Recipient(key: try row.text(1)))
    }
}
