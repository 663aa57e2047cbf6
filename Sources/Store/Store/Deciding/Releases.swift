import RemindersDomain
import RemindersPostgres

/// `deliveries.release_at`: what a rate-limiter has to come back to.
extension SQL {
    // And what leaves with them: the rest of a digest that was perhaps not published, and what else is held for the
    // same person where that goes into digests.
    static let releasableOccurrences = Statement<Int, [HoldReason], Int>(
        "releasableOccurrences",
        """
        WITH releasable AS (
            SELECT occurrence_id, recipient, channel, state, reason, carrier_occurrence_id, release_at, due_at
            FROM deliveries WHERE release_at <= now() ORDER BY release_at LIMIT $1
        ), together AS (
            SELECT occurrence_id, release_at, due_at FROM releasable
            UNION ALL
            SELECT carrier_occurrence_id, release_at, due_at FROM releasable WHERE carrier_occurrence_id IS NOT NULL
            UNION ALL
            SELECT d.occurrence_id, d.release_at, d.due_at
            FROM (
                SELECT DISTINCT recipient, channel, carrier_occurrence_id FROM releasable
                WHERE carrier_occurrence_id IS NOT NULL OFFSET 0) digest
            CROSS JOIN LATERAL (
                SELECT * FROM deliveries
                WHERE carrier_occurrence_id = digest.carrier_occurrence_id AND recipient = digest.recipient
                    AND channel = digest.channel AND num_nulls(release_at) = 0
                OFFSET 0) d
            UNION ALL
            SELECT waiting.*
            FROM (
                SELECT DISTINCT recipient FROM releasable WHERE state = 'held' AND reason = ANY ($2) OFFSET 0) person
            CROSS JOIN LATERAL (
                SELECT front.*
                FROM unnest($2) AS digested (reason)
                CROSS JOIN LATERAL (
                    SELECT d.occurrence_id, d.release_at, d.due_at FROM deliveries d
                    WHERE d.recipient = person.recipient AND d.state = 'held' AND d.release_at IS NOT NULL
                        AND d.reason = digested.reason
                    ORDER BY d.due_at, d.occurrence_id LIMIT $3) front
                ORDER BY front.due_at, front.occurrence_id LIMIT $3) waiting
        )
        SELECT occurrence_id, (SELECT count(*) FROM releasable) = $1 AS are_more FROM together
        GROUP BY occurrence_id ORDER BY min(release_at), min(due_at), occurrence_id
        """)

    static let nextRelease = PlainStatement(
        "nextRelease",
        """
        SELECT (SELECT nullif(release_at, 'infinity') FROM deliveries WHERE release_at IS NOT NULL
                ORDER BY release_at LIMIT 1) AS release,
            clock_timestamp() AS now
        """)

    static let clearRelease = Statement<[DeliveryKey]>(
        "clearRelease",
        """
        UPDATE deliveries d SET release_at = NULL, lease_until = greatest(d.lease_until, now())
        FROM (
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[])
                AS published (occurrence_id, recipient, channel, generation)
            WHERE \(isNumber("occurrence_id")) ORDER BY 1, 2, 3 OFFSET 0) published
        WHERE d.occurrence_id = published.occurrence_id AND d.recipient = published.recipient
            AND d.channel = published.channel AND d.generation = published.generation AND d.state <> 'held'
            AND num_nulls(d.release_at) = 0
        """)

    static let clearReleaseOfEnded = Statement<[Int64]>(
        "clearReleaseOfEnded",
        """
        UPDATE deliveries SET release_at = NULL
        WHERE release_at <= now() AND occurrence_id = ANY ($1)
            AND state NOT IN ('held', 'requested')
        """)

    static let postponeRelease = Statement<Int64, Duration>(
        "postponeRelease",
        """
        UPDATE deliveries SET release_at = now() + $2 * interval '1 millisecond'
        WHERE occurrence_id = $1 AND release_at <= now()
        """)

    static let releaseSwitchedOn = Statement<[ChannelKind]>(
        "releaseSwitchedOn",
        "UPDATE deliveries SET release_at = now() WHERE release_at = 'infinity' AND channel = ANY ($1)")

    static let goOnDecidingAgain = PlainStatement("goOnDecidingAgain", "SELECT go_on_deciding_again() AS was_any")

    static let releases: [any AnyStatement] = [
        releasableOccurrences, nextRelease, clearRelease, clearReleaseOfEnded, postponeRelease, releaseSwitchedOn,
        goOnDecidingAgain,
    ]
}

/// Identifies one delivery.
public struct DeliveryKey: Hashable, Sendable {
    /// Of which occurrence.
    public let occurrenceID: Int64
    /// For whom.
    public let recipient: Recipient
    /// Through which channel.
    public let channel: ChannelKind
    /// How often it was tried anew after it had ended: 0 at first.
    public let generation: Int

    /// The delivery of this occurrence to this recipient through this channel.
    public init(occurrenceID: Int64, recipient: Recipient, channel: ChannelKind, generation: Int = 0) {
        self.occurrenceID = occurrenceID
        self.recipient = recipient
        self.channel = channel
        self.generation = generation
    }

    /// Its occurrence and recipient.
    public var occurrence: OccurrenceRecipient {
        OccurrenceRecipient(occurrenceID: occurrenceID, recipient: recipient)
    }
}

extension DeliveryKey: RowParameter {
    static let parameterColumns: [ParameterColumn<DeliveryKey>] = [
        .init(\.occurrenceID), .init(\.recipient), .init(\.channel), .init { Int16(clamping: $0.generation) },
    ]
}

extension ReminderStore {
    /// Occurrences with deliveries whose time of release has come, or whose publishing was not completed in time;
    /// those that waited longest first.
    ///
    /// - Parameters:
    ///   - limit: at most so many deliveries.
    ///   - digesting: reasons of holds that end together for one person: up to `DigestLimit.reminders` occurrences that
    ///     wait for one of them are added to those of the same recipient whose time has come.
    ///   - channels: those of the installation: each may have a delivery of an occurrence.
    /// - Returns: the occurrences, and whether there may be more of them.
    public func releasableOccurrences(
        limit: Int, digesting: Set<HoldReason> = [], channels: ChannelRegistry = .standard
    ) async throws -> (occurrences: [Int64], areMore: Bool) {
        let rows = try await pool.query(
            SQL.releasableOccurrences(limit, Array(digesting), DigestLimit.reminders * channels.kinds.count))
        return (
            try rows.read { try $0.int64("occurrence_id") }, try rows.readFirst { try $0.bool("are_more") } ?? false
        )
    }

    /// When the next delivery is to be released, and the database's clock; nil when none waits for a time.
    public func nextRelease() async throws -> (release: Instant?, now: Instant) {
        try await pool.query(SQL.nextRelease()).readOne { (try $0.instantOrNil("release"), try $0.instant("now")) }
    }

    /// Records that released deliveries have been published: nobody has to come back to them.
    public func clearRelease(of keys: [DeliveryKey]) async throws {
        _ = try await pool.query(SQL.clearRelease(keys))
    }

    /// Forgets release times of deliveries that were sent, or are being sent, before theirs was cleared.
    public func clearReleaseOfEnded(occurrences: [Int64]) async throws {
        _ = try await pool.query(SQL.clearReleaseOfEnded(occurrences))
    }

    /// Puts off what of an occurrence is to be released now.
    public func postponeRelease(of occurrence: Int64, by delay: Duration) async throws {
        _ = try await pool.query(SQL.postponeRelease(occurrence, delay))
    }

    /// Lets go of what was held because its channel was switched off.
    ///
    /// - Returns: how many deliveries.
    public func releaseSwitchedOn(channels: Set<ChannelKind>) async throws -> Int {
        try await pool.query(SQL.releaseSwitchedOn(Array(channels))).affectedRows
    }

    /// Lets the next slice of what waits for somebody be decided about again, where something that concerns all of it was
    /// changed and it was too much for one transaction.
    ///
    /// - Returns: whether there was any.
    public func goOnDecidingAgain() async throws -> Bool {
        try await pool.query(SQL.goOnDecidingAgain()).readOne { try $0.bool("was_any") }
    }
}
