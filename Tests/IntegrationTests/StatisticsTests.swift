import RemindersDomain
import RemindersPostgres
import SeededRandom
import Testing

@testable import RemindersStore

/// Statistics are read from counts, and say what the log says.
@Suite(.timeLimit(.minutes(1))) struct StatisticsTests {
    /// 2026-03-01T00:00:00Z.
    private let begin = Instant(microseconds: 1_772_323_200_000_000)
    private let days = 6

    @Test(arguments: UInt64(1)...2)
    func `whatever stretch of time is asked for, the counts are those of the log to the last row`(
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let scene = try await Scene.make()
        let end = begin + .seconds(days * 86_400)
        for batch in 1...12 {
            try await record(300, batch: batch, scene, &random)
            if Bool.random(using: &random) { _ = try await scene.store.mergeDeliveryCounts(most: 40) }
        }
        for _ in 0..<60 {
            let moments = [instant(&random), instant(&random)].sorted()
            let stretch = StatisticsStretch.allCases.randomElement(using: &random) ?? .day
            let counts = try await scene.store.deliveryStatistics(
                by: stretch, from: moments[0], before: moments[1], now: end)
            let lines = try await logCounts(stretch, moments[0], moments[1], scene)
            #expect(counts.map(\.described) == lines.map(\.text), "\(stretch) \(moments)")
            for (count, line) in zip(counts, lines) {
                #expect(isWithinAStep(count.medianSeconds, line.median) && isWithinAStep(count.p99Seconds, line.p99))
            }
        }
        let hours = try await scene.number("SELECT sum(deliveries)::bigint FROM reporting.hourly_stats_v1")
        #expect(try await hours == scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'"))
    }

    @Test func `what is recorded in the hour or day that goes on is counted until now`() async throws {
        let scene = try await Scene.make()
        try await scene.run(StatisticsTests.line(created: "clock_timestamp()", lateness: "0.02", channel: "email"))
        let now = Instant(
            microseconds: try await scene.number(
                "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
        for stretch in StatisticsStretch.allCases {
            for merges in [false, true] {
                if merges { _ = try await scene.store.mergeDeliveryCounts() }
                let counts = try await scene.store.deliveryStatistics(
                    by: stretch, from: now - .seconds(90_000), before: now, now: now)
                #expect(counts.map(\.deliveries) == [1], "\(stretch)")
            }
        }
        #expect(try await scene.number("SELECT count(*) FROM delivery_counts_added") == 0)
    }

    @Test func `two that merge at once count each row once`() async throws {
        let scene = try await Scene.make()
        var random = SeededGenerator(seed: 3)
        for batch in 1...6 { try await record(200, batch: batch, scene, &random) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...4 {
                group.addTask { while try await scene.store.mergeDeliveryCounts(most: 25) {} }
            }
            try await group.waitForAll()
        }
        while try await scene.store.mergeDeliveryCounts() {}
        for span in ["hour", "day"] {
            let counted = try await scene.number(
                "SELECT sum(deliveries)::bigint FROM delivery_counts WHERE span = '\(span)'")
            #expect(try await counted == scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'"))
        }
    }

    @Test func `what is rolled back is not counted`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            "BEGIN; \(StatisticsTests.line(created: "now()", lateness: "1", channel: "email")); ROLLBACK")
        #expect(try await scene.number("SELECT count(*) FROM delivery_counts_added") == 0)
    }

    // MARK: - What is recorded

    private static func line(created: String, lateness: String, channel: String) -> String {
        """
        INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, due_at, created_at, week)
        SELECT 'delivery', 'sent', 1, 1, '1', '\(channel)', at - \(lateness) * interval '1 second', at, week_of_id(1)
        FROM (SELECT \(created) AS at) moment
        """
    }

    /// Records final lines, and attempts among them, which are not counted.
    private func record(
        _ lines: Int, batch: Int, _ scene: Scene, _ random: inout SeededGenerator
    ) async throws {
        let draw = Double.random(in: -1...1, using: &random)
        try await scene.run(
            """
            SELECT setseed(\(draw));
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, due_at, created_at,
                week)
            SELECT kind, (ARRAY['sent', 'sent', 'dead', 'withdrawn'])[1 + floor(random() * 4)], \(batch) * 10000 + n, 1, '1',
                (ARRAY['email', 'email', 'frontend'])[1 + floor(random() * 3)],
                at - (random() ^ 8 * 90000 - 0.5) * interval '1 second', at, 0
            FROM (
                SELECT n, (ARRAY['delivery', 'delivery', 'attempt'])[1 + floor(random() * 3)] AS kind,
                    timestamptz '2026-03-01T00:00:00Z' + random() * \(days) * interval '1 day' AS at
                FROM generate_series(1, \(lines)) n) line
            """)
    }

    /// Whole hours and days more often than chance has them.
    private func instant(_ random: inout SeededGenerator) -> Instant {
        let second = Int.random(in: 0...(days * 86_400), using: &random)
        let unit = [1, 60, 3_600, 86_400].randomElement(using: &random) ?? 1
        return begin + .seconds(second / unit * unit)
    }

    /// What the log itself says.
    private func logCounts(
        _ stretch: StatisticsStretch, _ start: Instant, _ end: Instant, _ scene: Scene
    ) async throws -> [(text: String, median: Double, p99: Double)] {
        let texts = try await scene.texts(
            """
            SELECT concat_ws(' ', (extract(epoch FROM date_trunc($1, created_at, 'UTC')) * 1000000)::bigint, channel, outcome,
                    count(*))
                || '|' || percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - due_at))
                || '|' || percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - due_at))
            FROM sag_reminder_logs
            WHERE kind = 'delivery' AND created_at >= $2 AND created_at < $3
            GROUP BY date_trunc($1, created_at, 'UTC'), channel, outcome
            ORDER BY date_trunc($1, created_at, 'UTC'), channel, outcome
            """,
            [
                .text(stretch.rawValue), .timestamptz(microsecondsSince1970: start.microseconds),
                .timestamptz(microsecondsSince1970: end.microseconds),
            ])
        return texts.map { text in
            let parts = text.split(separator: "|").map(String.init)
            return (parts[0], Double(parts[1]) ?? .nan, Double(parts[2]) ?? .nan)
        }
    }

    private func isWithinAStep(_ counted: Double, _ exact: Double) -> Bool {
        exact <= 0 ? counted == 0 : counted >= exact * 0.999_999 && counted <= Swift.max(0.001, exact * 1.092)
    }
}

extension DeliveryCount {
    fileprivate var described: String { "\(at.microseconds) \(channel.rawValue) \(outcome.rawValue) \(deliveries)" }
}
