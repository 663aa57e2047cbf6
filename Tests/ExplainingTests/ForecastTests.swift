import RemindersDomain
import Testing

/// Forecasts of plain situations, to be read.
@Suite struct ForecastTests {
    private let now = Instant(seconds: 1_770_733_800)  // 2026-02-10T14:30:00Z

    private func facts(
        _ id: Int64 = 1, due: Duration = .zero, granted: [Instant] = [], quiet: (String, String)? = nil,
        switches: DecisionFacts.Switches? = nil
    ) throws -> DecisionFacts {
        try DecisionFacts(
            now: now, occurrence: .init(id: id, dueAt: now + due), reminder: .init(),
            recipient: .init(
                recipient: .user("1"), defaultChannels: .email, addresses: .email,
                quietHours: quiet.map { hours in
                    QuietHours(
                        start: try #require(LocalTime(hours.0)), end: try #require(LocalTime(hours.1)), zone: .utc)
                }),
            permits: .init(granted: granted),
            switches: switches ?? .init(channels: .all, limit: PermitWindow(limit: 1)))
    }

    @Test func `nothing in the way: it goes when it is due`() throws {
        let forecast = Forecast.of(.init(facts: try facts(due: .seconds(600))))
        #expect(forecast[.email] == .sent(at: now + .seconds(600)))
        #expect(forecast.turns.count == 1)
        #expect(forecast[.frontend] == nil)
    }

    @Test func `quiet hours and then the limit: two holds, the second from the first`() throws {
        // Quiet until 15:00; somebody else's turn at 15:00 takes the one slot.
        let ahead = Forecast.Waiting(
            facts: try facts(1, due: .seconds(-60), quiet: ("14:00", "15:00")),
            holds: [.init(channel: .email, reason: .quietHours, until: now + .seconds(1_800))])
        let forecast = Forecast.of(
            .init(facts: try facts(2, quiet: ("14:00", "15:00"))), among: [ahead])
        #expect(forecast.turns.map(\.at) == [now, now + .seconds(1_800), now + .seconds(5_400)])
        #expect(forecast[.email] == .sent(at: now + .seconds(5_400)))
    }

    @Test func `permits slide: the slot is free an hour after the oldest was taken`() throws {
        let forecast = Forecast.of(.init(facts: try facts(granted: [now - .seconds(600)])))
        #expect(forecast[.email] == .sent(at: now + .seconds(3_000)))
    }

    @Test func `a channel that is off waits for a switch, the others go`() throws {
        var facts = try facts(switches: .init(channels: .frontend, limit: nil))
        facts.recipient.defaultChannels = [.email, .frontend]
        let forecast = Forecast.of(.init(facts: facts))
        #expect(forecast[.email] == .waits(.switchedOff))
        #expect(forecast[.frontend] == .sent(at: now))
    }

    @Test func `what the operator drops ends at once`() throws {
        let forecast = Forecast.of(
            .init(
                facts: try facts(
                    granted: [now],
                    switches: .init(channels: .all, limit: PermitWindow(limit: 1), overflow: .drop))))
        #expect(forecast[.email] == .ended(at: now, .drop(.rateLimited)))
    }

    @Test func `in a digest those who wait go together`() throws {
        let switches = DecisionFacts.Switches(channels: .all, limit: PermitWindow(limit: 1), overflow: .digest)
        let others = try (1...3).map { number in
            Forecast.Waiting(
                facts: try facts(Int64(number), due: .seconds(-60), granted: [now - .seconds(60)], switches: switches),
                holds: [.init(channel: .email, reason: .rateLimited, until: now + .seconds(3_540))])
        }
        let new = Forecast.Waiting(facts: try facts(9, granted: [now - .seconds(60)], switches: switches))
        #expect(Forecast.of(new, among: others)[.email] == .sent(at: now + .seconds(3_540)))
        // Each for itself it would be the fourth.
        let alone = DecisionFacts.Switches(channels: .all, limit: PermitWindow(limit: 1))
        let one = Forecast.Waiting(facts: try facts(9, granted: [now - .seconds(60)], switches: alone))
        let apart = others.map { other in
            var other = other
            other.facts.switches = alone
            return other
        }
        #expect(Forecast.of(one, among: apart)[.email] == .sent(at: now + .seconds(3_540 + 3 * 3_600)))
    }

    @Test func `what lies too far behind others is said to do so`() throws {
        let others = try (1...50).map { number in
            Forecast.Waiting(
                facts: try facts(Int64(number), due: .seconds(-60)),
                holds: [.init(channel: .email, reason: .rateLimited, until: now)])
        }
        let forecast = Forecast.of(.init(facts: try facts(99)), among: others, bound: 100)
        guard case .beyond(let moment, .rateLimited) = forecast[.email] else {
            Issue.record("\(forecast.outlooks)")
            return
        }
        #expect(moment > now)
    }
}
