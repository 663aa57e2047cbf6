import Domain
import Postgres

/// `deliveries.release_at`: what a rate-limiter has to come back to.
extension SQL {
    static let releasableOccurrences = Statement(
        "releasableOccurrences",
        """
        SELECT occurrence_id FROM (
            SELECT occurrence_id, min(release_at) AS release_at, min(due_at) AS due_at FROM (
                SELECT occurrence_id, release_at, due_at FROM deliveries
                WHERE release_at <= now() ORDER BY release_at LIMIT $1) releasable
            GROUP BY occurrence_id) occurrences
        ORDER BY release_at, due_at, occurrence_id
        """)

    static let nextRelease = Statement(
        "nextRelease",
        """
        SELECT (SELECT nullif(release_at, 'infinity') FROM deliveries WHERE release_at IS NOT NULL
                ORDER BY release_at LIMIT 1),
            clock_timestamp()
        """)

    static let clearRelease = Statement(
        "clearRelease",
        """
        UPDATE deliveries d SET release_at = NULL
        FROM unnest($1::bigint[], $2::text[], $3::text[]) AS published (occurrence_id, recipient, channel)
        WHERE d.occurrence_id = published.occurrence_id AND d.recipient = published.recipient
            AND d.channel = published.channel AND d.state <> 'held' AND d.release_at IS NOT NULL
        """)

    static let clearReleaseOfEnded = Statement(
        "clearReleaseOfEnded",
        """
        UPDATE deliveries SET release_at = NULL
        WHERE release_at <= now() AND occurrence_id = ANY ($1)
            AND state NOT IN ('held', 'requested')
        """)

    static let releaseSwitchedOn = Statement(
        "releaseSwitchedOn",
        "UPDATE deliveries SET release_at = now() WHERE release_at = 'infinity' AND channel = ANY ($1)")

    static let releases = [
        releasableOccurrences, nextRelease, clearRelease, clearReleaseOfEnded, releaseSwitchedOn,
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

    /// The delivery of this occurrence to this recipient through this channel.
    public init(occurrenceID: Int64, recipient: Recipient, channel: ChannelKind) {
        self.occurrenceID = occurrenceID
        self.recipient = recipient
        self.channel = channel
    }
}

extension ReminderStore {
    /// Occurrences with deliveries whose time of release has come, or whose publishing was not completed in time;
    /// those that waited longest first.
    public func releasableOccurrences(limit: Int) async throws -> [Int64] {
        try await pool.query(SQL.releasableOccurrences(.int8(Int64(limit)))).map { try $0.int64(0) }
    }

    /// When the next delivery is to be released, and the database's clock; nil when none waits for a time.
    public func nextRelease() async throws -> (release: Instant?, now: Instant) {
        guard let row = try await pool.query(SQL.nextRelease()).first else { throw StoreError.noRow }
        return (try row.instantOrNil(0), try row.instant(1))
    }

    /// Records that released deliveries have been published: nobody has to come back to them.
    public func clearRelease(of keys: [DeliveryKey]) async throws {
        _ = try await pool.query(
            SQL.clearRelease(
                .int8Array(keys.map(\.occurrenceID)), .textArray(keys.map(\.recipient.key)),
                .textArray(keys.map(\.channel.rawValue))))
    }

    /// Forgets release times of deliveries that were sent, or are being sent, before theirs was cleared.
    public func clearReleaseOfEnded(occurrences: [Int64]) async throws {
        _ = try await pool.query(SQL.clearReleaseOfEnded(.int8Array(occurrences)))
    }

    /// Lets go of what was held because its channel was switched off.
    ///
    /// - Returns: how many deliveries.
    public func releaseSwitchedOn(channels: Set<ChannelKind>) async throws -> Int {
        try await pool.query(SQL.releaseSwitchedOn(.textArray(channels.map(\.rawValue)))).affectedRows
    }
}
