/// Everything that waits for one recipient, as time passes: what rate-limiters do, one release after another.
struct RecipientQueue {
    private struct Place {
        var waiting: Forecast.Waiting
        /// A first decision is yet to be made, when it is due.
        var isNew: Bool

        var id: Int64 { waiting.facts.occurrence.id }
        var order: (Instant, Int64) { (waiting.facts.occurrence.dueAt, id) }
        var isInLine: Bool { waiting.holds.contains { $0.reason == .rateLimited } }

        /// When something is decided about it next.
        var next: Instant? {
            isNew ? waiting.facts.occurrence.dueAt : waiting.holds.compactMap(\.until).min()
        }

        func isRipe(at now: Instant) -> Bool { next.map { $0 <= now } ?? false }
    }

    private var places: [Place]
    private var permits: RecipientPermits
    /// The occurrences that wait for the limit, those due first in front; a batch appends and removes.
    private var line: [Int64] = []
    /// How many occurrences leave together so far, in the batch under way; nil before the first of them.
    private var digestSize: Int?
    private let subject: Int64
    /// Before this nothing is decided any more.
    private let now: Instant
    private var left: Int
    private var result = Forecast()
    private var ends: [ChannelKind: Forecast.End] = [:]

    init(_ occurrence: Forecast.Waiting, among others: [Forecast.Waiting], bound: Int) {
        now = occurrence.facts.now
        subject = occurrence.facts.occurrence.id
        left = bound
        permits = RecipientPermits(occurrence.facts)
        places = ([occurrence] + others.filter { $0.facts.occurrence.id != occurrence.facts.occurrence.id }).map {
            Place(waiting: $0, isNew: $0.holds.isEmpty)
        }
    }

    mutating func forecast() -> Forecast {
        while let place = places.first(where: { $0.id == subject }), place.next != nil {
            guard let next = places.compactMap(\.next).min() else { break }
            let moment = max(next, now)
            guard left > 0 else {
                for hold in place.waiting.holds { ends[hold.channel] = .beyond(moment, hold.reason) }
                break
            }
            // What waited goes before what falls due at the same moment.
            if !release(at: moment) { decideNew(at: moment) }
            places.removeAll { !$0.isNew && $0.waiting.holds.isEmpty }
        }
        for hold in places.first(where: { $0.id == subject })?.waiting.holds ?? [] where hold.until == nil {
            ends[hold.channel] = .waits(hold.reason)
        }
        result.outlooks = ChannelKind.allCases.compactMap { channel in
            ends[channel].map { Forecast.Outlook(channel: channel, end: $0) }
        }
        return result
    }

    // MARK: - batches

    private mutating func decideNew(at moment: Instant) {
        let batch = indices { $0.isNew && $0.isRipe(at: moment) }
        lineUp()
        for index in batch {
            places[index].isNew = false
            settle(index, Decision.decide(facts(of: index, at: moment)), at: moment)
        }
        callForward(moment)
    }

    /// Decides again about what has waited long enough, and about what leaves together with it.
    ///
    /// - Returns: whether there was anything.
    private mutating func release(at moment: Instant) -> Bool {
        let ripe = indices { !$0.isNew && $0.isRipe(at: moment) }
        guard let first = ripe.first else { return false }
        let digested = places[first].waiting.facts.switches.digestedReasons
        let isDigest = ripe.contains { place in
            places[place].waiting.holds.contains { $0.isOver(at: moment) && digested.contains($0.reason) }
        }
        let batch =
            isDigest
            ? indices {
                !$0.isNew && ($0.isRipe(at: moment) || $0.waiting.holds.contains { digested.contains($0.reason) })
            }
            : ripe
        let before = batch.map { places[$0].waiting.holds }
        lineUp()
        digestSize = nil
        for (index, holds) in zip(batch, before) {
            decideHeld(index, holds.filter { $0.isOver(at: moment) }, digested, at: moment, isEarly: false)
        }
        for (index, holds) in zip(batch, before) where canJoin {
            let rest = holds.filter { !$0.isOver(at: moment) }
            guard rest.contains(where: { digested.contains($0.reason) }) else { continue }
            decideHeld(index, rest, digested, at: moment, isEarly: true)
        }
        callForward(moment)
        return true
    }

    /// - Parameter isEarly: their time has not come. What can't leave with the others stays as it is.
    private mutating func decideHeld(
        _ index: Int, _ open: [Forecast.Waiting.Hold], _ digested: Set<HoldReason>, at moment: Instant, isEarly: Bool
    ) {
        guard !open.isEmpty else { return }
        let isDigested = open.contains { digested.contains($0.reason) }
        var facts = facts(of: index, at: moment)
        facts.ledger = .init(open: ChannelSet(open.map(\.channel)), heldUntil: moment)
        facts.permits.sharesPermit = isDigested && canJoin
        var decision = Decision.decide(facts)
        if isEarly {
            decision = decision.withoutHolds
            guard !decision.verdicts.isEmpty else { return }
        }
        if isDigested, !decision.sent.isEmpty { digestSize = canJoin ? digestSize.map { $0 + 1 } : 1 }
        settle(index, decision, at: moment)
    }

    /// Whether something leaves in this batch that more can leave with.
    private var canJoin: Bool { digestSize.map { $0 < DigestLimit.reminders } ?? false }

    // MARK: - one decision

    private mutating func facts(of index: Int, at moment: Instant) -> DecisionFacts {
        var facts = places[index].waiting.facts
        facts.now = moment
        facts.ledger = nil
        facts.permits = permits.facts(
            of: places[index].id, at: moment, heldAhead: line.firstIndex(of: places[index].id) ?? line.count)
        return facts
    }

    private mutating func settle(_ index: Int, _ decision: DeliveryDecision, at moment: Instant) {
        left -= 1
        let id = places[index].id
        if decision.takesPermit { permits.grant(to: id, at: moment) }
        places[index].waiting.holds.removeAll { decision[$0.channel] != nil }
        var waits = false
        for verdict in decision.verdicts {
            if case .hold(let until, let reason) = verdict.verdict {
                places[index].waiting.holds.append(.init(channel: verdict.channel, reason: reason, until: until))
                waits = waits || reason == .rateLimited
            } else if id == subject {
                ends[verdict.channel] =
                    verdict.verdict == .send ? .sent(at: moment) : .ended(at: moment, verdict.verdict)
            }
        }
        if id == subject { result.turns.append(.init(at: moment, decision: decision)) }
        let place = line.firstIndex(of: id)
        if waits, place == nil { line.append(id) }
        if !waits, let place { line.remove(at: place) }
    }

    // MARK: - the line of those who wait for the limit

    private mutating func lineUp() {
        line = indices(where: \.isInLine).map { places[$0].id }
    }

    /// Lets the first in line come for the first slots there are, or for the first digest.
    private mutating func callForward(_ moment: Instant) {
        guard let switches = places.first?.waiting.facts.switches, let window = switches.limit else { return }
        let isDigest = switches.overflow == .digest
        for (ahead, occurrence) in line.prefix(isDigest ? DigestLimit.reminders : window.limit).enumerated() {
            var slot = moment
            let answer = window.answer(
                granted: permits.granted(at: moment), heldAhead: isDigest ? 0 : ahead, now: moment)
            if case .nextSlot(let next) = answer { slot = next }
            guard let index = places.firstIndex(where: { $0.id == occurrence }) else { continue }
            for hold in places[index].waiting.holds.indices {
                places[index].waiting.holds[hold].comeForward(to: slot)
            }
        }
    }

    /// Those who are concerned, in the order of their due times.
    private func indices(where isConcerned: (Place) -> Bool) -> [Int] {
        places.indices.filter { isConcerned(places[$0]) }.sorted { places[$0].order < places[$1].order }
    }
}

extension Forecast.Waiting.Hold {
    fileprivate func isOver(at moment: Instant) -> Bool { until.map { $0 <= moment } ?? false }

    fileprivate mutating func comeForward(to slot: Instant) {
        if reason == .rateLimited, let until { self.until = min(until, slot) }
    }
}

extension DecisionFacts.Switches {
    /// Why deliveries are held that leave together when one of them does.
    fileprivate var digestedReasons: Set<HoldReason> {
        var reasons: Set<HoldReason> = []
        if overflow == .digest { reasons.insert(.rateLimited) }
        if quietHoursOverflow == .digest { reasons.insert(.quietHours) }
        return reasons
    }
}
