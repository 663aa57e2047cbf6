import RemindersDomain
import RemindersPostgres

/// `deliveries`, as an operator asks again for what ended without having been sent.
extension SQL {
    // Newest first, by the log's index of outcomes; only what ended last counts, and only where the occurrence is still
    // there to be decided about.
    static let endedDeliveries = Statement<[DeliveryState], [ChannelKind], Instant, RecordPosition, Int>(
        "endedDeliveries",
        """
        SELECT d.id, d.generation, d.channel, d.state, l.created_at, l.id AS record
        FROM unnest($1::text[]) AS o (outcome) CROSS JOIN unnest($2::text[]) AS c (channel)
        CROSS JOIN LATERAL (
            SELECT * FROM sag_reminder_logs
            WHERE kind = 'delivery' AND outcome = o.outcome AND channel = c.channel AND created_at >= $3
                AND (created_at, id) < ($4, $5)
            ORDER BY created_at DESC, id DESC LIMIT $6) l
        JOIN deliveries d ON d.occurrence_id = l.occurrence_id AND d.recipient = l.user_id AND d.channel = l.channel
            AND d.generation = l.generation
        WHERE NOT EXISTS (
                SELECT FROM deliveries newer WHERE newer.occurrence_id = d.occurrence_id
                    AND newer.recipient = d.recipient AND newer.channel = d.channel
                    AND newer.generation > d.generation)
            AND EXISTS (SELECT FROM sag_reminder_queue q WHERE q.id = d.occurrence_id)
        ORDER BY l.created_at DESC, l.id DESC
        LIMIT $6
        """)

    private static let ofRetry = LineInSQL(
        kind: LogKind.retry.literal, outcome: "ended", reason: "'asked_for_again'",
        details: "jsonb_build_object('by', $3::text)")

    // A row of the next generation that is held and whose time has come: a rate-limiter decides about it like about
    // every hold that is over. Two who ask at once meet at the key: one row is made, and one line in the log. The lock is
    // drop_partition()'s, which has looked for what is not finished.
    static let askForDeliveriesAgain = Statement<[DeliveryID], [DeliveryState], String>(
        "askForDeliveriesAgain",
        """
        WITH newest AS (
            SELECT DISTINCT ON (id) * FROM deliveries
            WHERE id = ANY ($1) AND (SELECT pg_advisory_xact_lock_shared(1380273487)) IS NOT NULL
            ORDER BY id, generation DESC
        ), again AS (
            \(insertDeliveries(from: nextGeneration))
            RETURNING d.occurrence_id, d.recipient, d.channel, d.generation, d.id, d.reminder_id, d.due_at
        ), logged AS (
            \(insertLines(ofRetry, from: "(SELECT again.*, newest.state AS ended FROM again JOIN newest USING (id)) retry"))
        )
        SELECT id, generation FROM again
        """)

    private static let nextGeneration = """
        (SELECT occurrence_id, recipient, channel, generation + 1 AS generation, id, reminder_id, 'held' AS state,
             'asked_for_again' AS reason, due_at, now() AS release_at, NULL::jsonb AS decision
         FROM newest
         WHERE state = ANY ($2) AND EXISTS (SELECT FROM sag_reminder_queue q WHERE q.id = occurrence_id)
         ORDER BY occurrence_id, recipient, channel) next
        """

    static let deliveriesAgain: [any AnyStatement] = [endedDeliveries, askForDeliveriesAgain]
}

/// Which deliveries that ended are asked for again.
public struct EndedFilter: Hashable, Sendable {
    /// How they ended; only those of `DeliveryState.askedForAgain` are found.
    public var outcomes: [DeliveryState]
    /// Recorded at this time or later.
    public var since: Instant
    /// Recorded before this time.
    public var before: Instant?
    /// Through one channel.
    public var channel: ChannelKind?
    /// The channels there are.
    public var channels = ChannelRegistry.standard
    /// Behind this record of the batch before.
    public var after: RecordPosition?
    /// At most so many, the newest.
    public var limit = 500

    /// Those with these outcomes since then.
    public init(outcomes: [DeliveryState], since: Instant) {
        self.outcomes = outcomes
        self.since = since
    }
}

/// A delivery that ended and may be asked for again.
public struct EndedDelivery: Hashable, Sendable {
    /// Its id.
    public let id: DeliveryID
    /// How often it was asked for again before.
    public let generation: Int
    /// Through which channel.
    public let channel: ChannelKind
    /// How it ended.
    public let outcome: DeliveryState
    /// Where its record stands in the log.
    public let position: RecordPosition
}

extension ReminderStore {
    /// Deliveries that ended without having been sent, newest first.
    public func endedDeliveries(_ filter: EndedFilter) async throws -> [EndedDelivery] {
        try await page(
            of: "deliveries that ended", limit: filter.limit, filter.query,
            next: { row in
                var behind = filter
                behind.after = try RecordPosition(ofEnded: &row)
                return behind.query
            }
        ) { row in
            EndedDelivery(
                id: try row.deliveryID("id"), generation: try row.int("generation"), channel: try row.value("channel"),
                outcome: try row.value("state"), position: try RecordPosition(ofEnded: &row))
        }
    }

    /// Asks again for deliveries that ended without having been sent: each gets a next generation under its own id,
    /// which is decided about anew. The record of the generation before stays.
    ///
    /// - Parameter asker: who asks, for the log.
    /// - Returns: the new generation of each; what is missing did not end so, is under way again, or is of an occurrence
    ///   that is no longer there.
    public func askAgain(for ids: [DeliveryID], by asker: String) async throws -> [DeliveryID: Int] {
        let rows = try await pool.query(
            SQL.askForDeliveriesAgain(ids, Array(DeliveryState.askedForAgain), asker))
        var generations: [DeliveryID: Int] = [:]
        try rows.forEachRow { row in generations[try row.deliveryID("id")] = try row.int("generation") }
        return generations
    }
}

extension EndedFilter {
    fileprivate var query: Query {
        SQL.endedDeliveries(
            outcomes.filter(\.canBeAskedForAgain), channel.map { [$0] } ?? channels.kinds, since,
            RecordPosition(before: before, behind: after), limit)
    }
}

extension RecordPosition {
    /// - Parameter row: of `endedDeliveries`.
    fileprivate init(ofEnded row: inout RowReader) throws {
        self.init(recordedAt: try row.instant("created_at"), id: try row.int64("record"))
    }
}
