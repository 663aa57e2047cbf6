import RemindersDomain
import SeededRandom
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// A forecast says what the rate-limiter then does: thousands of random people, reminders, queues and settings.
@Suite struct ForecastPropertyTests {
    private static let casesPerSeed = 400

    @Test(arguments: UInt64(1)...12)
    func `what is forecast is what happens`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var seen: Set<String> = []
        for number in 0..<Self.casesPerSeed {
            var person = try person(&random)
            var next: Int64 = 1
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                person.pass(until: person.now + .seconds(Int.random(in: 0...2_400, using: &random)))
                var batch: [Int64] = []
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    person.add(due(next, at: person.now - .seconds(Int.random(in: 0...5, using: &random)), &random))
                    batch.append(next)
                    next += 1
                }
                person.decide(batch)
            }
            let start = person.now
            // Either one that waits, or one that will fall due.
            let waiting = Bool.random(using: &random) ? person.held.randomElement(using: &random) : nil
            let subject =
                waiting ?? due(.max, at: person.now + .seconds(Int.random(in: 0...80_000, using: &random)), &random)
            let forecast = Forecast.of(person.waiting(subject), among: person.held.map(person.waiting))
            let before = person.outcome(of: subject.id).filter { end in
                if case .waits = end.value { false } else { true }
            }

            let turnsBefore = person.turns[subject.id]?.count ?? 0

            if waiting == nil {
                person.add(subject)
                person.pass(until: subject.dueAt)
                person.decide([subject.id])
            }
            person.pass(until: start + .seconds(40 * 86_400))

            var happened = person.outcome(of: subject.id)
            for channel in before.keys { happened[channel] = nil }
            let said = Dictionary(uniqueKeysWithValues: forecast.outlooks.map { ($0.channel, $0.end) })
            let turns = Array((person.turns[subject.id] ?? []).dropFirst(turnsBefore))
            guard said == happened, forecast.turns.map(\.at) == turns else {
                Issue.record(
                    """
                    seed \(seed), case \(number), at \(start), \(waiting == nil ? "new" : "held") \(subject)
                    said      \(said)
                    happened  \(happened)
                    turns     \(forecast.turns.map { "\($0.at) \($0.decision.trace)" })
                    decided   \(turns)
                    \(person.policy.switches)
                    """)
                return
            }
            for end in said.values { seen.insert(word(end)) }
            if forecast.turns.count > 2 { seen.insert("held twice") }
        }
        // Every end occurs, so that the comparison means something.
        #expect(seen.isSuperset(of: ["sent", "waits", "drop", "withdraw", "held twice"]), "\(seen)")
    }

    private func word(_ end: Forecast.End) -> String {
        switch end {
        case .sent: "sent"
        case .waits: "waits"
        case .beyond: "beyond"
        case .ended(_, .drop): "drop"
        case .ended(_, .withdraw): "withdraw"
        case .ended: "reject"
        }
    }

    private func person(_ random: inout SeededGenerator) throws -> OnePerson {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var switches = DecisionFacts.Switches(
            channels: chance(85) ? .all : ChannelSet(ChannelKind.withColumns.filter { _ in chance(50) }),
            limit: PermitWindow(limit: Int.random(in: 1...4, using: &random)),
            urgentPassesQuietHours: chance(30), urgentPassesLimit: chance(30),
            overflow: OverflowPolicy.allCases.randomElement(using: &random) ?? .defer,
            quietHoursOverflow: OverflowPolicy.allCases.randomElement(using: &random) ?? .defer,
            maximumLateness: chance(20) ? .seconds(Int.random(in: 60...7_200, using: &random)) : nil)
        switches.countsOwnApart = chance(80)
        if chance(5) { switches.limit = nil }
        var policy = RateLimiter.Policy(switches: switches)
        let ids = SeededGenerator(seed: 99)
        policy.newID = { now in DeliveryID(at: now, random: (0, ids.first)) }
        // Clocks change in these weeks in some of these zones.
        let days = Int.random(in: 0...1, using: &random) == 0 ? 20_541 : 20_751
        return OnePerson(
            preferred: chance(50)
                ? nil : [.email: chance(80), .mattermost: chance(40), .frontend: chance(60)],
            quietHours: chance(60)
                ? StoredQuietHours(
                    startMinute: Int.random(in: 0..<1_440, using: &random),
                    endMinute: Int.random(in: 0..<1_440, using: &random),
                    isoWeekdays: chance(70) ? Array(1...7) : [1, 3, 5, 6]) : nil,
            timeZone: ["UTC", "Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
                .randomElement(using: &random) ?? "UTC",
            policy: policy, now: Instant(seconds: Int64(days * 86_400 + Int.random(in: 0..<86_400 * 4, using: &random)))
        )
    }

    private func due(_ id: Int64, at moment: Instant, _ random: inout SeededGenerator) -> OnePerson.Due {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var due = OnePerson.Due(id: id, dueAt: moment)
        due.priority = chance(25) ? .urgent : .normal
        due.isCausedByOther = chance(40)
        if chance(40) { due.channels[.mattermost] = chance(50) }
        if chance(20) { due.channels[.email] = chance(50) }
        due.isActive = !chance(4)
        if chance(10) { due.maximumLateness = .seconds(Int.random(in: 1...9_000, using: &random)) }
        if chance(10) { due.snoozedUntil = moment + .seconds(Int.random(in: -500...20_000, using: &random)) }
        return due
    }
}

extension SeededGenerator {
    /// The first number of a fresh generator.
    fileprivate var first: UInt64 {
        var copy = self
        return copy.next()
    }
}
