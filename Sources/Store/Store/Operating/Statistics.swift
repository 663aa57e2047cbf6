import RemindersDomain
import RemindersPostgres

/// `delivery_counts`: final records, counted as they are recorded.
extension SQL {
    // What is before the first whole hour and after the last is counted anew from the log itself.
    static let deliveryStatistics = Statement<StatisticsSpans, [DeliveryState], [ChannelKind]>(
        "deliveryStatistics",
        """
        WITH counted AS (
            SELECT at, channel, outcome, deliveries, lateness, median_seconds, p99_seconds
            FROM counted_deliveries WHERE span = 'day' AND at >= $4 AND at < $5
            UNION ALL
            SELECT date_bin($1 * interval '1 second', at, timestamptz 'epoch'), channel, outcome, deliveries, lateness,
                median_seconds, p99_seconds
            FROM counted_deliveries WHERE span = 'hour' AND (at >= $3 AND at < $4 OR at >= $5 AND at < $6)
            UNION ALL
            SELECT at, channel, outcome, deliveries, lateness, lateness_within(0.5, lateness), lateness_within(0.99, lateness)
            FROM (
                SELECT at, channel, outcome, sum(deliveries)::bigint AS deliveries, histogram(step, deliveries) AS lateness
                FROM (
                    SELECT at, channel, outcome, step, count(*) AS deliveries
                    FROM (\(lines(from: "$2", before: "$3")) UNION ALL \(lines(from: "$6", before: "$7"))) line
                    GROUP BY at, channel, outcome, step) steps
                GROUP BY at, channel, outcome) edges)
        SELECT at, channel, outcome, sum(deliveries)::bigint AS deliveries,
            CASE count(*) WHEN 1 THEN min(median_seconds) ELSE lateness_within(0.5, sum_histograms(lateness)) END
                AS median_seconds,
            CASE count(*) WHEN 1 THEN min(p99_seconds) ELSE lateness_within(0.99, sum_histograms(lateness)) END
                AS p99_seconds
        FROM counted WHERE outcome = ANY ($8) AND channel = ANY ($9)
        GROUP BY at, channel, outcome
        ORDER BY at, channel, outcome
        """)

    private static func lines(from start: String, before end: String) -> String {
        """
        SELECT date_bin($1 * interval '1 second', l.created_at, timestamptz 'epoch') AS at, l.channel, l.outcome,
            lateness_step(l.created_at - l.due_at) AS step
        FROM unnest($8::text[]) AS o (outcome) CROSS JOIN unnest($9::text[]) AS c (channel)
        JOIN sag_reminder_logs l ON l.kind = 'delivery' AND l.outcome = o.outcome AND l.channel = c.channel
            AND l.created_at >= \(start) AND l.created_at < \(end)
        """
    }

    static let mergeDeliveryCounts = Statement<Int32>(
        "mergeDeliveryCounts", "SELECT merge_delivery_counts($1) AS merged")

    static let statistics: [any AnyStatement] = [deliveryStatistics, mergeDeliveryCounts]
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
    /// Half of them were recorded within so many seconds of being due, deliberate holds included; at most 9.1 % above the
    /// exact value.
    public let medianSeconds: Double
    /// 99 in 100 were.
    public let p99Seconds: Double
}

/// What is counted together in statistics: stretches begin at whole ones since 1970-01-01T00:00:00Z.
public enum StatisticsStretch: String, CaseIterable, Sendable {
    case minute
    case hour
    case day

    /// How long it is.
    public var length: Duration {
        switch self {
        case .minute: .seconds(60)
        case .hour: .seconds(3_600)
        case .day: .seconds(86_400)
        }
    }
}

/// A length of time taken apart by what is counted already: rows of the log from `start`, whole hours from `firstHour`,
/// whole days from `firstDay`, hours again from `lastDay`, and rows of the log from `lastHour` until `end`. Each of them may
/// be nothing.
struct StatisticsSpans: Hashable, Sendable {
    let stretch: StatisticsStretch
    let start: Instant
    let firstHour: Instant
    let firstDay: Instant
    let lastDay: Instant
    let lastHour: Instant
    let end: Instant

    /// - Parameter now: nothing is recorded after it, so that an hour that goes on at `end` counts as whole from then on.
    init(_ stretch: StatisticsStretch, from start: Instant, before end: Instant, now: Instant) {
        self.stretch = stretch
        self.start = start
        self.end = end
        guard stretch != .minute else {
            (firstHour, firstDay, lastDay, lastHour) = (end, end, end, end)
            return
        }
        let closing = end >= now ? end.rounded(up: true, to: StatisticsStretch.day.length) : end
        let hours = StatisticsSpans.whole(StatisticsStretch.hour.length, from: start, before: closing)
        (firstHour, lastHour) = hours ?? (end, end)
        let days = StatisticsSpans.whole(StatisticsStretch.day.length, from: start, before: closing)
        (firstDay, lastDay) = stretch == .day ? days ?? (lastHour, lastHour) : (lastHour, lastHour)
    }

    /// The whole stretches between two instants; nil when there is none.
    private static func whole(_ length: Duration, from start: Instant, before end: Instant) -> (Instant, Instant)? {
        let first = start.rounded(up: true, to: length)
        let last = end.rounded(up: false, to: length)
        return first < last ? (first, last) : nil
    }
}

extension StatisticsSpans: RowParameter {
    static let parameterColumns: [ParameterColumn<StatisticsSpans>] = [
        .init { Double($0.stretch.length.wholeMilliseconds / 1_000) }, .init(\.start), .init(\.firstHour),
        .init(\.firstDay),
        .init(\.lastDay), .init(\.lastHour), .init(\.end),
    ]
}

extension Instant {
    /// The whole multiple of `length` since 1970-01-01T00:00:00Z at or before it, or at or after it.
    fileprivate func rounded(up: Bool, to length: Duration) -> Instant {
        let length = length.wholeMilliseconds * 1_000
        let rest = microseconds % length
        let before = microseconds - (rest < 0 ? rest + length : rest)
        return Instant(microseconds: up && before < microseconds ? before + length : before)
    }
}

extension ReminderStore {
    /// Counts final records recorded from `start` on and before `end`, for each stretch, channel and outcome that has any.
    ///
    /// - Parameters:
    ///   - channels: those of the installation.
    ///   - now: the database's clock, or earlier.
    public func deliveryStatistics(
        of channels: ChannelRegistry = .standard, by stretch: StatisticsStretch, from start: Instant,
        before end: Instant,
        now: Instant
    ) async throws -> [DeliveryCount] {
        let rows = try await pool.query(
            SQL.deliveryStatistics(
                StatisticsSpans(stretch, from: start, before: end, now: now), DeliveryState.allCases.filter(\.isFinal),
                channels.kinds))
        return try rows.read { row in
            DeliveryCount(
                at: try row.instant("at"), channel: try row.value("channel"), outcome: try row.value("outcome"),
                deliveries: try row.int64("deliveries"), medianSeconds: try row.double("median_seconds"),
                p99Seconds: try row.double("p99_seconds"))
        }
    }

    /// Moves what was counted lately to where statistics over years are read.
    ///
    /// - Parameter most: the most rows that are moved.
    /// - Returns: whether there may be more.
    public func mergeDeliveryCounts(most: Int32 = 20_000) async throws -> Bool {
        try await pool.query(SQL.mergeDeliveryCounts(most)).readOne { try $0.int64("merged") } >= most
    }
}
