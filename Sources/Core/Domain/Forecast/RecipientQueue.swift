/// Everything that waits for one recipient, as time passes: what rate-limiters do, one release after another.
struct RecipientQueue {
    private struct Place {
        var waiting: Forecast.Waiting
        /// A first decision is yet to be made, when it is due.
        var isNew: Bool

        var id: Int64 { waiting.facts.occurrence.id }
        var order: (Instant, Int64) { (waiting.facts.occurrence.dueAt, id) }
        func isInLine(_ kind: PermitKind) -> Bool { waiting.holds.contains { $0.reason == kind.holdReason } }

        /// When something is decided about it next.
        var next: Instant? {
            isNew ? waiting.facts.occurrence.dueAt : waiting.holds.compactMap(\.until).min()
        }

        func isRipe(at now: Instant) -> Bool { next.map { $0 <= now } ?? false }
    }

    private var places: [Place]
    private var line: WaitingLine
    private let switches: DecisionFacts.Switches
    private let subject: Int64
    /// Before this nothing is decided any more.
    private let now: Instant
    private var left: Int
    private var result = Forecast()
    private var ends: [ChannelKind: Forecast.End] = [:]

    init(_ occurrence: Forecast.Waiting, among others: [Forecast.Waiting], bound: Int) {
        now = occurrence.facts.now
        switches = occurrence.facts.switches
        subject = occurrence.facts.occurrence.id
        left = bound
        line = WaitingLine(
            switches: switches, granted: occurrence.facts.permits.granted,
            grantedToOthers: occurrence.facts.permits.grantedToOthers)
        // Which of the permits is its own isn't among the facts; it counts as long as the line remembers it.
        if occurrence.facts.permits.holdsPermit {
            line.giveLatestPermit(of: occurrence.facts.permitKind, to: subject)
        }
        places = ([occurrence] + others.filter { $0.facts.occurrence.id != occurrence.facts.occurrence.id }).map {
            var waiting = $0
            waiting.facts.permits.holdsPermit = false
            return Place(waiting: waiting, isNew: waiting.holds.isEmpty)
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
            if !release(at: moment) { decide(indices { $0.isNew && $0.isRipe(at: moment) }, digested: [], at: moment) }
            places.removeAll { !$0.isNew && $0.waiting.holds.isEmpty }
        }
        for hold in places.first(where: { $0.id == subject })?.waiting.holds ?? [] where hold.until == nil {
            ends[hold.channel] = .waits(hold.reason)
        }
        result.outlooks = ends.sorted { $0.key < $1.key }.map { channel, end in
            Forecast.Outlook(channel: channel, end: end)
        }
        return result
    }

    /// Decides again about what has waited long enough, and about what leaves together with it.
    ///
    /// - Returns: whether there was anything.
    private mutating func release(at moment: Instant) -> Bool {
        let ripe = indices { !$0.isNew && $0.isRipe(at: moment) }
        guard !ripe.isEmpty else { return false }
        let digested = switches.digestedReasons
        let isDigest = ripe.contains { place in
            places[place].waiting.holds.contains { $0.isOver(at: moment) && digested.contains($0.reason) }
        }
        let batch =
            isDigest
            ? indices {
                !$0.isNew && ($0.isRipe(at: moment) || $0.waiting.holds.contains { digested.contains($0.reason) })
            }
            : ripe
        decide(batch, digested: digested, at: moment)
        return true
    }

    /// Decides about places as a rate-limiter does about a batch, and lets those in front come forward.
    private mutating func decide(_ batch: [Int], digested: Set<HoldReason>, at moment: Instant) {
        line.lineUp(
            indices { $0.isInLine(.own) }.map { places[$0].id },
            ofOthers: indices { $0.isInLine(.others) }.map { places[$0].id })
        let entries = batch.map { index in
            WaitingLine.Entry(
                facts: places[index].waiting.facts,
                holds: places[index].waiting.holds.map {
                    .init(channel: $0.channel, reason: $0.reason, isOver: $0.isOver(at: moment))
                }, isNew: places[index].isNew)
        }
        for turn in line.decide(entries, digested: digested, at: moment) {
            places[batch[turn.entry]].isNew = false
            settle(batch[turn.entry], turn.decision, at: moment)
        }
        for call in line.calledForward(at: moment) {
            guard let index = places.firstIndex(where: { $0.id == call.occurrence }) else { continue }
            for hold in places[index].waiting.holds.indices {
                places[index].waiting.holds[hold].comeForward(to: call.slot)
            }
        }
    }

    private mutating func settle(_ index: Int, _ decision: DeliveryDecision, at moment: Instant) {
        left -= 1
        let id = places[index].id
        places[index].waiting.holds.removeAll { decision[$0.channel] != nil }
        for verdict in decision.verdicts {
            if case .hold(let until, let reason) = verdict.verdict {
                places[index].waiting.holds.append(.init(channel: verdict.channel, reason: reason, until: until))
            } else if id == subject {
                ends[verdict.channel] =
                    verdict.verdict == .send ? .sent(at: moment) : .ended(at: moment, verdict.verdict)
            }
        }
        if id == subject { result.turns.append(.init(at: moment, decision: decision)) }
    }

    /// Those who are concerned, in the order of their due times.
    private func indices(where isConcerned: (Place) -> Bool) -> [Int] {
        places.indices.filter { isConcerned(places[$0]) }.sorted { places[$0].order < places[$1].order }
    }
}

extension Forecast.Waiting.Hold {
    fileprivate func isOver(at moment: Instant) -> Bool { until.map { $0 <= moment } ?? false }

    fileprivate mutating func comeForward(to slot: Instant) {
        if HoldReason.ofLimit.contains(reason), let until { self.until = min(until, slot) }
    }
}
