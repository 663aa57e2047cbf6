import SeededRandom
import Testing

@testable import RemindersDomain

/// Who gets a permit, and what leaves together: the one line that is acted and forecast by.
@Suite struct WaitingLineTests {
    private static let now = Instant(seconds: 1_770_000_000)

    private func entry(_ id: Int64, _ holds: [WaitingLine.Hold] = [], priority: Priority = .normal) -> WaitingLine.Entry
    {
        WaitingLine.Entry(
            facts: DecisionFacts(
                now: Self.now,
                occurrence: .init(id: id, dueAt: Self.now - .seconds(10_000 - id % 10_000)),
                reminder: .init(priority: priority),
                recipient: .init(recipient: .user("1"), defaultChannels: .email, addresses: .email),
                switches: .init(channels: .all, limit: nil)),
            holds: holds, isNew: holds.isEmpty)
    }

    private func rateLimited(isOver: Bool = true) -> [WaitingLine.Hold] {
        [.init(channel: .email, reason: .rateLimited, isOver: isOver)]
    }

    private func switches(_ limit: Int, _ overflow: OverflowPolicy = .defer) -> DecisionFacts.Switches {
        .init(channels: .all, limit: PermitWindow(limit: limit), overflow: overflow)
    }

    @Test func `a permit that one takes is gone for the next, who joins the line and is called for its slot`() {
        var line = WaitingLine(switches: switches(1), granted: [])
        let turns = line.decide([entry(1), entry(2)].map { with(switches(1), $0) }, digested: [], at: Self.now)
        #expect(turns.map(\.decision.takesPermit) == [true, false])
        #expect(turns[1].decision[.email] == .hold(until: Self.now + .seconds(3_600), .rateLimited))
        #expect(line.calledForward(at: Self.now) == [.init(occurrence: 2, slot: Self.now + .seconds(3_600))])
    }

    @Test func `who leaves the line lets those behind come forward`() {
        let switches = switches(1)
        var line = WaitingLine(switches: switches, granted: [], waiting: [1, 2, 3])
        let turns = line.decide([with(switches, entry(1, rateLimited()))], digested: [], at: Self.now)
        #expect(turns.map(\.decision.takesPermit) == [true])
        #expect(line.calledForward(at: Self.now).map(\.occurrence) == [2])
    }

    @Test func `a digest takes along what waits still, with one permit, until it is full by number or by bytes`() {
        let switches = switches(1, .digest)
        func batch(_ count: Int64, bytes: Int = 1) -> [WaitingLine.Entry] {
            (1...count).map { id in
                var entry = with(switches, entry(id, rateLimited(isOver: id == 1)))
                entry.digestBytes = { bytes }
                return entry
            }
        }
        var line = WaitingLine(switches: switches, granted: [], waiting: Array(1...60))
        let byNumber = line.decide(batch(60), digested: [.rateLimited], at: Self.now)
        #expect(byNumber.count == DigestLimit.reminders)
        #expect(byNumber.map(\.beginsDigest) == [true] + Array(repeating: false, count: DigestLimit.reminders - 1))
        #expect(byNumber.count { $0.decision.takesPermit } == 1)
        #expect(byNumber.dropFirst().allSatisfy { $0.isEarly })
        line = WaitingLine(switches: switches, granted: [], waiting: Array(1...60), digestBytes: 30)
        #expect(line.decide(batch(60, bytes: 10), digested: [.rateLimited], at: Self.now).count == 3)
    }

    /// However long the line is, a batch needs only the front of it.
    @Test(arguments: UInt64(1)...6)
    func `with the front of the line and the latest permits all is decided as with everything`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var held = 0
        for _ in 0..<60 {
            func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
            var switches = switches(
                [1, 2, 5, 40].randomElement(using: &random) ?? 1,
                OverflowPolicy.allCases.randomElement(using: &random) ?? .defer)
            switches.urgentPassesLimit = chance(30)
            let reach = WaitingLine.reach(switches)
            let waiting = (1...Int64(Int.random(in: 1...6_000, using: &random))).map { $0 }
            let permits = Int.random(in: 0...(chance(20) ? 3_000 : 8), using: &random)
            let granted = (0..<permits).map { _ in
                Self.now - .milliseconds(Int.random(in: 0...3_700_000, using: &random))
            }
            var entries = Set((0..<200).compactMap { _ in waiting.randomElement(using: &random) }).sorted().map {
                entry($0, rateLimited(isOver: chance(70)), priority: chance(10) ? .urgent : .normal)
            }
            for id in 0..<Int64(Int.random(in: 0...56, using: &random)) { entries.append(entry(9_000 + id)) }
            entries = entries.map { with(switches, $0) }
            let digested = chance(70) ? switches.digestedReasons : []

            var all = WaitingLine(switches: switches, granted: granted, waiting: waiting)
            var front = WaitingLine(
                switches: switches, granted: Array(granted.sorted(by: >).prefix(reach)),
                waiting: Array(waiting.prefix(reach)))
            let expected = all.decide(entries, digested: digested, at: Self.now)
            let turns = front.decide(entries, digested: digested, at: Self.now)
            #expect(turns.map(\.entry) == expected.map(\.entry))
            for (turn, expected) in zip(turns, expected) {
                #expect(turn.decision.takesPermit == expected.decision.takesPermit)
                #expect(turn.beginsDigest == expected.beginsDigest && turn.isEarly == expected.isEarly)
                switch (turn.decision[.email], expected.decision[.email]) {
                case (.hold(let slot?, let reason), .hold(let later?, let same)):
                    // Far back it is a lower bound: then it is decided about again.
                    #expect(slot <= later && reason == same)
                    held += 1
                case (let verdict, let same): #expect(verdict == same)
                }
            }
            #expect(front.calledForward(at: Self.now) == all.calledForward(at: Self.now))
        }
        #expect(held > 1_000)
    }

    private func with(_ switches: DecisionFacts.Switches, _ entry: WaitingLine.Entry) -> WaitingLine.Entry {
        var entry = entry
        entry.facts.switches = switches
        return entry
    }
}
