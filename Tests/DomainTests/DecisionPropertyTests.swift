import RemindersDomain
import SeededRandom
import Testing

@Suite("Decision, whatever the facts")
struct DecisionPropertyTests {
    private let now = Instant(seconds: 1_770_733_800)
    /// Those there are, and one that somebody added.
    private let everyChannel = ChannelKind.withColumns + [ChannelKind(rawValue: "a-pager")!]

    private func randomFacts(_ generator: inout SeededGenerator) throws -> DecisionFacts {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
        func answer() -> Bool? { chance(60) ? nil : chance(50) }
        func channels() -> ChannelSet {
            ChannelSet(everyChannel.filter { _ in chance(50) })
        }
        func moment() -> Instant { now + .seconds(.random(in: -9_000...9_000, using: &generator)) }

        let isAddress = chance(20)
        var facts = try DecisionFacts(
            now: now,
            occurrence: .init(
                id: 1, dueAt: moment(), trigger: #require(Trigger.allCases.randomElement(using: &generator)),
                newStatus: chance(50) ? "open" : "done", deadline: chance(50) ? now : nil),
            reminder: .init(
                priority: #require(Priority.allCases.randomElement(using: &generator)),
                channels: ChannelChoice(
                    everyChannel.reduce(into: [:]) { answers, channel in answers[channel] = answer() }),
                overridesPreferences: chance(20), isActive: !chance(5), isDeleted: chance(5)),
            caseFacts: chance(20)
                ? nil : .init(status: "open", deadline: now, isClosed: chance(10), isDeleted: chance(5)),
            recipient: .init(
                recipient: isAddress ? .address("a@b.dk") : .user("1"), isKnown: isAddress || !chance(5),
                defaultChannels: channels(), addresses: isAddress ? .email : channels(),
                quietHours: chance(50)
                    ? QuietHours(
                        isEnabled: chance(80),
                        start: #require(LocalTime(minutes: .random(in: 0...1_440, using: &generator))),
                        end: #require(LocalTime(minutes: .random(in: 0...1_440, using: &generator))), zone: .utc) : nil,
                snoozedUntil: chance(20) ? moment() : nil, hasDismissed: chance(5)),
            permits: .init(
                granted: (0..<Int.random(in: 0...8, using: &generator)).map { _ in moment() }, holdsPermit: chance(10),
                sharesPermit: chance(5), heldAhead: .random(in: 0...7, using: &generator)),
            ledger: chance(30)
                ? .init(open: channels().union(.email), heldUntil: chance(50) ? moment() : nil) : nil,
            switches: .init(
                channels: channels().union(chance(50) ? .all : []), limit: chance(90) ? PermitWindow(limit: 5) : nil,
                urgentPassesQuietHours: chance(30), urgentPassesLimit: chance(30),
                overflow: #require(OverflowPolicy.allCases.randomElement(using: &generator)),
                quietHoursOverflow: #require(OverflowPolicy.allCases.randomElement(using: &generator)),
                maximumLateness: chance(50) ? .seconds(3_600) : nil))
        facts.isCausedByOther = chance(40)
        facts.permits.grantedToOthers = (0..<Int.random(in: 0...8, using: &generator)).map { _ in moment() }
        facts.switches.countsOwnApart = chance(80)
        return facts
    }

    @Test("equal facts give equal decisions; every channel has one verdict; a permit goes with sending")
    func invariants() throws {
        var generator = SeededGenerator(seed: 7)
        var states: Set<DeliveryState> = []
        for _ in 0..<20_000 {
            let facts = try randomFacts(&generator)
            let decision = Decision.decide(facts)
            guard decision == Decision.decide(facts) else {
                Issue.record("two decisions: \(facts)")
                return
            }
            let channels = decision.verdicts.map(\.channel)
            var isRight = !channels.isEmpty && Set(channels).count == channels.count
            if let open = facts.ledger?.open { isRight = isRight && ChannelSet(channels) == open }
            if facts.recipient.recipient.address != nil, facts.ledger == nil {
                isRight = isRight && channels == [.email]
            }
            if decision.takesPermit { isRight = isRight && !decision.sent.isEmpty && !facts.permits.holdsPermit }
            for item in decision.verdicts {
                states.insert(item.verdict.state)
                // A newcomer among those that leave together may have its turn at once.
                if let until = item.verdict.releaseAt, facts.ledger != nil || facts.switches.overflow != .digest {
                    isRight = isRight && until > facts.now
                }
            }
            for channel in decision.sent.channels {
                isRight = isRight && facts.switches.channels.contains(channel)
                let mayDisturb = facts.switches.urgentPassesQuietHours && facts.reminder.priority == .urgent
                if !mayDisturb { isRight = isRight && facts.recipient.quietHours?.end(containing: facts.now) == nil }
            }
            if !isRight {
                Issue.record("\(decision)\n\(facts)")
                return
            }
            _ = decision.trace.map(\.description)
        }
        #expect(states == [.requested, .held, .withdrawn, .rejected, .dropped])
    }

    @Test("what is held is decided again at its time, and ends in the end")
    func forecast() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<3_000 {
            var facts = try randomFacts(&generator)
            facts.switches.channels = .all
            facts.permits.heldAhead = 0
            if facts.recipient.quietHours?.isEndless == true { facts.recipient.quietHours = nil }
            var rounds = 0
            while true {
                let decision = Decision.decide(facts)
                let open = decision.verdicts.filter { !$0.verdict.state.isFinal && $0.verdict != .send }
                guard let until = open.compactMap(\.verdict.releaseAt).min() else { break }
                facts.ledger = .init(open: ChannelSet(open.map(\.channel)), heldUntil: until)
                facts.now = until
                rounds += 1
                // Quiet, limited, quiet again, limited again by nobody: it can't go on.
                guard rounds <= 4 else {
                    Issue.record("held again and again: \(facts)")
                    return
                }
            }
        }
    }
}
