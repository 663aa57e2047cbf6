import RemindersDomain
import RemindersPostgres

/// `deliveries`, as a sender claims them.
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

    // With the id: after the database was restored from a backup, numbers are given again, and a message from before would
    // meet another delivery under its key.
    static let claimRequestedDeliveries = Statement<[RequestedDelivery], Int32, Duration>(
        "claimRequestedDeliveries",
        """
        UPDATE deliveries d
        SET state = 'sending', attempts = d.attempts + 1, owner = $6,
            lease_until = now() + $7 * interval '1 millisecond'
        FROM (\(keys)) claim
        WHERE \(isDelivery("claim")) AND d.id = claim.id
            AND d.state = 'requested'
        RETURNING d.occurrence_id, d.recipient, d.channel, d.generation, d.id, d.attempts
        """)

    static let statesOfUnclaimed = Statement<[RequestedDelivery], Int32>(
        "statesOfUnclaimed",
        """
        SELECT d.occurrence_id, d.recipient, d.channel, d.generation, claim.id, d.state, d.attempts, d.owner, d.id = claim.id AS is_same,
            d.state = 'sending' AND d.lease_until > now() AND d.owner <> $6 AND is_living_instance(d.owner) AS is_busy
        FROM (\(keys)) claim
        JOIN deliveries d ON \(isDelivery("claim"))
        """)

    private static let ofTakenOver = LineInSQL(
        kind: LogKind.attempt.literal, outcome: "'unknown'", attempt: "attempts - 1", reason: "'sender_died'")

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
                ORDER BY 1, 2, 3 OFFSET 0) seen
            WHERE \(isDelivery("seen"))
                AND d.state = 'sending' AND d.attempts = seen.attempts AND d.owner = seen.owner
            RETURNING d.occurrence_id, d.recipient, d.channel, d.generation, d.id, d.reminder_id, d.due_at, d.attempts,
                d.deaths
        ), logged AS (
            \(insertLines(ofTakenOver, from: "taken"))
        )
        SELECT occurrence_id, recipient, channel, generation, id, attempts, deaths FROM taken
        """)

    static let claims: [any AnyStatement] = [
        claimRequestedDeliveries, withdrawals, statesOfUnclaimed, takeOverIfOwnerUnchanged,
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

extension RequestedDelivery {
    fileprivate init(row: inout RowReader) throws {
        self.init(key: try DeliveryKey(row: &row), id: try row.deliveryID("id"))
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
        // By the whole name: after a restore a message of before and one of now may come together under the same key.
        var attempts: [RequestedDelivery: Claim] = [:]
        attempts.reserveCapacity(requested.count)
        let answers = try await pool.pipeline([
            SQL.claimRequestedDeliveries(requested, owner, lease),
            SQL.withdrawals(requested.map(\.key.occurrence) + carried),
        ])
        try answers[0].forEachRow { row in
            attempts[try RequestedDelivery(row: &row)] = .claimed(attempt: try row.int("attempts"), deaths: 0)
        }
        if attempts.count < requested.count {
            let left = requested.filter { attempts[$0] == nil }
            let others = try await claimLeftBehind(
                left, owner: owner, lease: lease, suspectFrom: suspectFrom, isInHand: isInHand)
            attempts.merge(others) { first, _ in first }
        }
        let claims = requested.map { attempts.updateValue(.busy, forKey: $0) ?? .missing }
        var unwanted: [OccurrenceRecipient: String] = [:]
        try answers[1].forEachRow { row in
            unwanted[try OccurrenceRecipient(row: &row)] = try row.text("reason")
        }
        return (claims, unwanted)
    }

    private func claimLeftBehind(
        _ requested: [RequestedDelivery], owner: Int32, lease: Duration, suspectFrom: Int,
        isInHand: @Sendable (DeliveryKey) -> Bool
    ) async throws -> [RequestedDelivery: Claim] {
        var claims: [RequestedDelivery: Claim] = [:]
        var orphans: [OrphanedClaim] = []
        try await pool.query(SQL.statesOfUnclaimed(requested, owner)).forEachRow { row in
            let asked = try RequestedDelivery(row: &row)
            guard try row.bool("is_same") else {
                claims[asked] = .replaced
                return
            }
            let word = try row.text("state")
            guard let state = DeliveryState(rawValue: word) else {
                let error = StoreError.unknownValue(column: "state", value: word)
                claims[asked] = .unreadable(reason: error.description)
                return
            }
            let isBusy = try row.bool("is_busy")
            switch state {
            case .sending where isBusy, .requested:
                claims[asked] = .busy
            case .sending:
                claims[asked] = .busy
                // One that is being attempted here came back because the connection to the broker was lost: it ends
                // by itself.
                let seen = try row.int32("owner")
                guard seen != owner || !isInHand(asked.key) else { break }
                let attempts = Int16(try row.int32("attempts"))
                if attempts >= suspectFrom {
                    claims[asked] = .suspect
                } else {
                    orphans.append(OrphanedClaim(delivery: asked.key, attempts: attempts, owner: seen))
                }
            default:
                claims[asked] = .settled(state)
            }
        }
        guard !orphans.isEmpty else { return claims }
        let taken = try await pool.query(SQL.takeOverIfOwnerUnchanged(orphans, owner, lease))
        try taken.forEachRow { row in
            claims[try RequestedDelivery(row: &row)] = .claimed(
                attempt: try row.int("attempts"), deaths: try row.int("deaths"))
        }
        return claims
    }
}

extension OccurrenceRecipient {
    init(row: inout RowReader) throws {
        self.init(occurrenceID: try row.int64("occurrence_id"), recipient: try row.recipient("recipient"))
    }
}

extension DeliveryKey {
    init(row: inout RowReader) throws {
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
