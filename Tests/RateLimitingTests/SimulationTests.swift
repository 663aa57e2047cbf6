import RemindersDomain
import SeededRandom
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Thousands of random batches, one after another, on a ledger in memory; each seed is a case of its own.
@Suite struct SimulationTests {
    private let begin = Instant(seconds: 1_770_000_000)
    private let window = Duration.seconds(3_600)

    @Test(arguments: UInt64(1)...12)
    func `the limit holds, nothing is lost or doubled, and nobody waits while a slot is free`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...4, using: &random)
        var simulation = Simulation(people: people(&random), policy: try .limit(limit), now: begin)
        var arrived: [Int64] = []
        var next = begin
        var number: Int64 = 0
        let total = 150

        while number < total || simulation.nextRelease.map({ $0 < .distantFuture }) ?? false {
            let release = simulation.nextRelease ?? .distantFuture
            simulation.now = number < total ? min(next, max(release, simulation.now)) : max(release, simulation.now)
            simulation.release { _ in Int.random(in: 0..<20, using: &random) == 0 ? .lost : .confirmed }
            check(simulation, limit: limit)
            guard number < total, simulation.now == next else { continue }

            var batch: [Int64] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                number += 1
                simulation.add(due(number, at: next, &random), for: some(of: simulation.people, &random))
                batch.append(number)
            }
            // Now and then somebody thinks better of an earlier one, which may be waiting.
            if Bool.random(using: &random), let dropped = arrived.randomElement(using: &random) {
                simulation.change(dropped) { $0.isActive = false }
            }
            arrived += batch
            // Now and then a message comes again.
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                arrived.randomElement(using: &random).map { batch.append($0) }
            }
            simulation.decide(Array(Set(batch))) { _ in
                Int.random(in: 0..<20, using: &random) == 0 ? .lost : .confirmed
            }
            check(simulation, limit: limit)
            next = next + .seconds(Int.random(in: 0...900, using: &random))
        }
        // What was requested in a first decision and lost is published when its message comes again.
        simulation.decide(arrived)

        #expect(simulation.faults.isEmpty)
        #expect(Set(simulation.rows.keys) == simulation.expected)
        #expect(simulation.rows.values.allSatisfy { $0.state.isFinal })
        #expect(Set(simulation.sent).count == simulation.sent.count)
        for (recipient, permits) in simulation.permits {
            #expect(Set(permits.map(\.occurrence)).count == permits.count, "two permits for one, \(recipient)")
            let sent = Set(simulation.sent.filter { $0.recipient == recipient }.map(\.occurrenceID))
            #expect(Set(permits.map(\.occurrence)) == sent, "permits and what was sent, \(recipient)")
        }
        #expect(simulation.statuses.count == Int(number))
    }

    @Test(arguments: UInt64(1)...10)
    func `who came first goes first`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let ada = Person("1")
        var simulation = Simulation(
            people: [ada], policy: try .limit(Int.random(in: 1...4, using: &random)), now: begin)
        for number in Int64(1)...60 {
            simulation.now = simulation.now + .seconds(Int.random(in: 0...600, using: &random))
            simulation.release()
            simulation.add(Due(number, at: simulation.now), for: [ada])
            simulation.decide([number])
        }
        while let release = simulation.nextRelease {
            simulation.now = max(release, simulation.now)
            simulation.release()
        }
        let order = simulation.sent.filter { $0.channel == .email }.map(\.occurrenceID)
        #expect(order == Array(1...60))
    }

    @Test(arguments: UInt64(1)...12)
    func `in digests everything leaves once, with one message a channel for each permit`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...3, using: &random)
        var policy = try RateLimiter.Policy.limit(limit)
        policy.switches.overflow = seed % 3 == 0 ? .defer : .digest
        policy.switches.quietHoursOverflow = seed % 3 == 1 ? .defer : .digest
        var simulation = Simulation(people: people(&random), policy: policy, now: begin)
        func fate(_ key: DeliveryKey) -> Simulation.Fate {
            switch Int.random(in: 0..<20, using: &random) {
            case 0: .lost
            case 1: .unconfirmed
            default: .confirmed
            }
        }
        var arrived: [Int64] = []
        var next = begin
        var number: Int64 = 0
        while number < 200 || simulation.nextRelease.map({ $0 < .distantFuture }) ?? false {
            let release = simulation.nextRelease ?? .distantFuture
            simulation.now = number < 200 ? min(next, max(release, simulation.now)) : max(release, simulation.now)
            // Small batches: what belongs together must not depend on where they end.
            simulation.release(limit: Int.random(in: 1...6, using: &random), fate: fate)
            check(simulation, limit: limit)
            guard number < 200, simulation.now == next else { continue }
            var batch: [Int64] = []
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                number += 1
                simulation.add(due(number, at: next, &random), for: some(of: simulation.people, &random))
                batch.append(number)
            }
            if Bool.random(using: &random), let dropped = arrived.randomElement(using: &random) {
                simulation.change(dropped) { $0.isActive = false }
            }
            arrived += batch
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                arrived.randomElement(using: &random).map { batch.append($0) }
            }
            simulation.decide(Array(Set(batch)), fate: fate)
            simulation.release(fate: fate)
            check(simulation, limit: limit)
            next = next + .seconds(Int.random(in: 0...1_500, using: &random))
        }
        simulation.decide(arrived)

        #expect(simulation.faults.isEmpty)
        #expect(Set(simulation.rows.keys) == simulation.expected)
        #expect(simulation.rows.values.allSatisfy { $0.state.isFinal })
        #expect(Set(simulation.sent).count == simulation.sent.count)
        #expect(simulation.messages.contains { $0.occurrences.count > 2 })
        #expect(simulation.messages.allSatisfy { $0.occurrences.count <= DigestLimit.reminders })
        #expect(simulation.messages.allSatisfy { $0.channel != .frontend || $0.occurrences.count == 1 })
        for person in simulation.people {
            for channel in [ChannelKind.email, .mattermost] {
                let messages = simulation.messages.count { $0.recipient == person.recipient && $0.channel == channel }
                #expect(messages <= simulation.permits[person.recipient]?.count ?? 0, "\(person.recipient) \(channel)")
            }
        }
    }

    @Test func `what others cause uses up nobody's own, and the other way round`() throws {
        let ada = Person("1")
        var simulation = Simulation(people: [ada], policy: try .limit(2), now: begin)
        for number in Int64(1)...3 {
            var due = Due(number, at: begin)
            due.isCausedByOther = true
            simulation.add(due, for: [ada])
        }
        simulation.decide([1, 2, 3])
        #expect(Set(simulation.sent.map(\.occurrenceID)) == [1, 2])
        for number in Int64(4)...6 { simulation.add(Due(number, at: begin), for: [ada]) }
        simulation.decide([4, 5, 6])
        #expect(Set(simulation.sent.map(\.occurrenceID)) == [1, 2, 4, 5])
        #expect(simulation.line(of: ada.recipient, .others) == [3] && simulation.line(of: ada.recipient, .own) == [6])
        // Each goes when the first slot of its own kind is free.
        simulation.now = begin + window
        simulation.release()
        #expect(Set(simulation.sent.map(\.occurrenceID)) == [1, 2, 3, 4, 5, 6])
    }

    @Test func `where they are not counted apart, the limit holds for all together`() throws {
        let ada = Person("1")
        var policy = try RateLimiter.Policy.limit(2)
        policy.switches.countsOwnApart = false
        var simulation = Simulation(people: [ada], policy: policy, now: begin)
        for number in Int64(1)...4 {
            var due = Due(number, at: begin)
            due.isCausedByOther = number % 2 == 1
            simulation.add(due, for: [ada])
        }
        simulation.decide([1, 2, 3, 4])
        #expect(Set(simulation.sent.map(\.occurrenceID)) == [1, 2])
        #expect(simulation.line(of: ada.recipient, .own) == [3, 4])
    }

    // MARK: -

    /// The limit of each kind in every window that ends now, and that no slot is left free while somebody waits for one.
    private func check(_ simulation: Simulation, limit: Int, _ location: SourceLocation = #_sourceLocation) {
        for (person, kind) in simulation.people.flatMap({ person in PermitKind.allCases.map { (person, $0) } }) {
            let used =
                simulation.permits[person.recipient]?.count { $0.kind == kind && $0.at + window > simulation.now } ?? 0
            #expect(used <= limit, "\(kind) of \(person.recipient) at \(simulation.now)", sourceLocation: location)
            let line = simulation.line(of: person.recipient, kind)
            if !line.isEmpty, used < limit {
                Issue.record(
                    "\(line), \(kind) of \(person.recipient), wait at \(simulation.now) with \(used) of \(limit) used",
                    sourceLocation: location)
            }
        }
    }

    private func people(_ random: inout SeededGenerator) -> [Person] {
        var people = (1...4).map { Person("\($0)") }
        people[1].preferred = [.email: true, .mattermost: true, .frontend: false]
        people[2].quietHours = StoredQuietHours(
            startMinute: Int.random(in: 0..<1_440, using: &random),
            endMinute: Int.random(in: 0..<1_440, using: &random),
            isoWeekdays: Array(1...7))
        people[2].timeZone = "Europe/Copenhagen"
        people[3].email = nil
        var unknown = Person("404")
        unknown.isKnown = false
        return people + [unknown, Person(address: "info@example.com")]
    }

    private func some(of people: [Person], _ random: inout SeededGenerator) -> [Person] {
        Array(people.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
    }

    private func due(_ number: Int64, at now: Instant, _ random: inout SeededGenerator) -> Due {
        var due = Due(number, at: now - .seconds(Int.random(in: 0...20, using: &random)))
        if Bool.random(using: &random) { due.channels[.mattermost] = Bool.random(using: &random) }
        due.isCausedByOther = Int.random(in: 0..<3, using: &random) == 0
        due.overridesPreferences = Int.random(in: 0..<5, using: &random) == 0
        // Put off: withdrawn, as another occurrence brings it again.
        if Int.random(in: 0..<5, using: &random) == 0 {
            due.snoozedUntil = now + .seconds(Int.random(in: 60...20_000, using: &random))
        }
        return due
    }
}
