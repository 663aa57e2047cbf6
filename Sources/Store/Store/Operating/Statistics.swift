import RemindersDomain
import RemindersPostgres

/// `sag_reminder_logs`, counted.
extension SQL {
    static let deliveryStatistics = Statement<Double, Instant, Instant, [DeliveryState], [ChannelKind]>(
        "deliveryStatistics",
        """
        SELECT date_bin($1 * interval '1 second', l.created_at, timestamptz 'epoch') AS bucket, l.channel, l.outcome,
            count(*) AS deliveries,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.created_at - l.due_at)::float8) AS median_seconds,
            percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM l.created_at - l.due_at)::float8) AS p99_seconds
        FROM unnest($4::text[]) AS o (outcome)
        CROSS JOIN unnest($5::text[]) AS c (channel)
        JOIN sag_reminder_logs l ON l.kind = 'delivery' AND l.outcome = o.outcome AND l.channel = c.channel
            AND l.created_at >= $2 AND l.created_at < $3
        GROUP BY bucket, l.channel, l.outcome
        ORDER BY bucket, l.channel, l.outcome
        """)

    static let statistics: [any AnyStatement] = [deliveryStatistics]
}

/// How many deliveries through a channel came to an end in a stretch of time, and how.
public struct DeliveryCount: Hashable, Sendable {
    /// When the stretch begins.
    public let at: Instant
    /// Through which channel.
    public let channel: ChannelKind
    /// How they ended.
    public let outcome: DeliveryState
    /// How many.
    public let deliveries: Int64
    /// Half of them were recorded within so many seconds of being due; deliberate holds included.
    public let medianSeconds: Double
    /// 99 in 100 were.
    public let p99Seconds: Double
}

extension ReminderStore {
    /// Counts final records recorded from `from` on and before `end`, for each stretch, channel and outcome that has any.
    ///
    /// - Parameters:
    ///   - channels: those of the installation.
    ///   - stretch: whole seconds; stretches are counted from 1970-01-01T00:00:00Z.
    public func deliveryStatistics(
        of channels: ChannelRegistry = .standard, from: Instant, before end: Instant, stretch: Duration
    ) async throws -> [DeliveryCount] {
        let rows = try await pool.query(
            SQL.deliveryStatistics(
                Double(stretch.wholeMilliseconds / 1_000), from, end, DeliveryState.allCases.filter(\.isFinal),
                channels.kinds))
        return try rows.read { row in
            DeliveryCount(
                at: try row.instant("bucket"), channel: try row.value("channel"), outcome: try row.value("outcome"),
                deliveries: try row.int64("deliveries"), medianSeconds: try row.double("median_seconds"),
                p99Seconds: try row.double("p99_seconds"))
        }
    }
}
