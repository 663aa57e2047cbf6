import RemindersDomain
import RemindersPostgres

/// What was handed to the broker, and is not there any more.
///
/// A row is taken to have lost its message when nobody has got on with it for a time, and either its queue is empty or what
/// was handed over that long after it has come through: a queue that is merely long says neither. It is handed over again
/// under the same ids, so that a message which was there after all does no harm.
extension SQL {
    /// Since when nobody has got on with `d`: what a dead sender had claimed is as if it had not been claimed.
    static let leftSince = """
        CASE WHEN d.state = 'sending' AND NOT is_living_instance(d.owner) THEN d.requested_at
            ELSE coalesce(d.lease_until, d.requested_at) END
        """

    /// When the newest was handed over of those that have come through a channel's queue: null where nothing tells. Ends of the
    /// last deliveries say so: a row is read by its key for each of a few.
    ///
    /// - Parameters:
    ///   - channel: the channel, in SQL.
    ///   - outcomes: the final states, in SQL.
    static func newestComeThrough(_ channel: String, outcomes: String) -> String {
        """
        SELECT max(d.requested_at) AS requested_at
            FROM unnest(\(outcomes)) AS o (outcome)
            CROSS JOIN LATERAL (
                SELECT l.occurrence_id, l.user_id, l.channel, l.generation FROM sag_reminder_logs l
                WHERE l.kind = 'delivery' AND l.outcome = o.outcome AND l.channel = \(channel)
                ORDER BY l.created_at DESC, l.id DESC LIMIT 20) ended
            JOIN deliveries d ON d.occurrence_id = ended.occurrence_id AND d.recipient = ended.user_id
                AND d.channel = ended.channel AND d.generation = ended.generation AND d.attempts > 0
        """
    }

    static let handOverLostDeliveriesAgain = Statement<ChannelKind, Bool, Duration, Int, [DeliveryState]>(
        "handOverLostDeliveriesAgain",
        """
        WITH come_through AS (
            \(newestComeThrough("$1", outcomes: "$5::text[]"))
        ), lost AS (
            SELECT d.occurrence_id, d.recipient, d.channel, d.generation
            FROM deliveries d
            WHERE d.channel = $1 AND d.finished_at IS NULL AND d.release_at IS NULL AND d.state IN ('requested', 'sending')
                AND d.requested_at < now() - $3 * interval '1 millisecond'
                AND (\(leftSince)) < CASE WHEN $2 THEN now() ELSE (SELECT requested_at FROM come_through) END
                    - $3 * interval '1 millisecond'
                AND coalesce(d.carrier_occurrence_id = d.occurrence_id, true)
                AND NOT EXISTS (SELECT FROM channel_pauses p WHERE p.channel = $1)
                AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.settled_at IS NULL AND l.message_id = d.id::text)
            ORDER BY d.requested_at
            LIMIT $4
            FOR UPDATE SKIP LOCKED
        ), together AS (
            SELECT * FROM lost
            UNION
            SELECT part.occurrence_id, part.recipient, part.channel, part.generation
            FROM lost
            JOIN deliveries part ON part.carrier_occurrence_id = lost.occurrence_id AND part.recipient = lost.recipient
                AND part.channel = lost.channel AND part.state = 'requested'
            WHERE part.carrier_occurrence_id IS NOT NULL
        )
        UPDATE deliveries d SET release_at = now()
        FROM (SELECT * FROM together OFFSET 0) again
        WHERE d.occurrence_id = again.occurrence_id AND d.recipient = again.recipient AND d.channel = again.channel
            AND d.generation = again.generation
        """)

    static let stalledChannels = Statement<[ChannelKind], Duration>(
        "stalledChannels",
        """
        SELECT c.channel FROM unnest($1::text[]) AS c (channel)
        WHERE NOT EXISTS (SELECT FROM channel_pauses p WHERE p.channel = c.channel)
            AND EXISTS (
                SELECT FROM deliveries d
                WHERE d.channel = c.channel AND d.finished_at IS NULL AND d.release_at IS NULL
                    AND d.requested_at < now() - $2 * interval '1 millisecond'
                    AND (\(leftSince)) < now() - $2 * interval '1 millisecond')
        """)

    static let publishLostOccurrencesAgain = Statement<Bool, Duration, Int>(
        "publishLostOccurrencesAgain",
        """
        WITH again AS (
            UPDATE sag_reminder_queue SET published_at = NULL, available_at = now()
            WHERE id = ANY (ARRAY(
                SELECT q.id FROM sag_reminder_queue q
                WHERE q.published_at IS NOT NULL AND q.processed_at IS NULL
                    AND q.published_at < now() - $2 * interval '1 millisecond'
                    AND ($1 OR q.published_at < (
                        SELECT max(last.published_at) FROM (
                            SELECT published_at, processed_at FROM sag_reminder_queue ORDER BY id DESC LIMIT 1000) last
                        WHERE last.processed_at IS NOT NULL) - $2 * interval '1 millisecond')
                    AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.settled_at IS NULL AND l.message_id = q.id::text)
                ORDER BY q.due_at
                LIMIT $3
                FOR UPDATE SKIP LOCKED))
            RETURNING id)
        SELECT count(*) AS occurrences, CASE WHEN count(*) > 0 THEN pg_notify('reminders_due', '')::text END AS woken
        FROM again
        """)

    static let haveOccurrencesStalled = Statement<Duration>(
        "haveOccurrencesStalled",
        """
        SELECT EXISTS (
            SELECT FROM sag_reminder_queue
            WHERE published_at IS NOT NULL AND processed_at IS NULL
                AND published_at < now() - $1 * interval '1 millisecond') AS have_stalled
        """)

    static let lostMessages: [any AnyStatement] = [
        handOverLostDeliveriesAgain, stalledChannels, publishLostOccurrencesAgain, haveOccurrencesStalled,
    ]
}

extension ReminderStore {
    /// Channels of which something was handed over and nobody has got on with it for `patience`. One that waits for its
    /// operator is not among them.
    public func stalledChannels(among channels: [ChannelKind], for patience: Duration) async throws -> [ChannelKind] {
        try await pool.query(SQL.stalledChannels(channels, patience)).read { try $0.value("channel") }
    }

    /// Lets rate-limiters come back at once to deliveries of a channel whose messages are lost: with all that left with
    /// them.
    ///
    /// - Parameters:
    ///   - isQueueEmpty: whether the broker has none ready for the channel's senders.
    ///   - patience: how long nobody has got on with them, from when they were handed over, or from when whoever has them
    ///     was to be done.
    ///   - limit: the most messages.
    /// - Returns: how many deliveries.
    public func handOverLostDeliveriesAgain(
        through channel: ChannelKind, isQueueEmpty: Bool, after patience: Duration, limit: Int
    ) async throws -> Int {
        try await pool.query(
            SQL.handOverLostDeliveriesAgain(
                channel, isQueueEmpty, patience, limit, DeliveryState.allCases.filter(\.isFinal))
        ).affectedRows
    }

    /// Whether an occurrence was published, and nobody has decided about it for `patience`.
    public func haveOccurrencesStalled(for patience: Duration) async throws -> Bool {
        try await pool.query(SQL.haveOccurrencesStalled(patience)).readOne { try $0.bool("have_stalled") }
    }

    /// Lets schedulers publish occurrences again whose messages are lost.
    ///
    /// - Parameters: as of `handOverLostDeliveriesAgain`.
    /// - Returns: how many.
    public func publishLostOccurrencesAgain(
        isQueueEmpty: Bool, after patience: Duration, limit: Int
    ) async throws -> Int {
        try await pool.query(SQL.publishLostOccurrencesAgain(isQueueEmpty, patience, limit)).readOne {
            try $0.int("occurrences")
        }
    }
}
