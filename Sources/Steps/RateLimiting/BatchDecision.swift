import RemindersContracts
import RemindersDomain
import RemindersStore

/// Decides about a batch: pure, in the order of the due times, so that the first come are the first served.
///
/// What one decision takes or leaves (a permit, a place among those that wait) the next one of the same recipient
/// sees.
struct BatchDecision {
    private let batch: DecisionBatch
    private let policy: RateLimiter.Policy
    private let isRelease: Bool
    /// The permits of the recipients met so far, with those this batch takes.
    private var permits: [Recipient: [Instant]] = [:]
    /// The occurrences of the recipients met so far that wait for the limit, as this batch leaves them.
    private var heldForRate: [Recipient: [Int64]] = [:]
    /// Of every delivery in the batch, also those that stay as they are.
    private var statuses: [Int64: OccurrenceStatus] = [:]
    /// The occurrences something was decided about.
    private var decided: Set<Int64> = []
    private var order: [Int64] = []
    /// What leaves together.
    private var digests = DigestDrafts()

    /// What is to be written.
    private(set) var writes = DecisionWrites()
    /// What is to be published, once that is committed.
    private(set) var outgoing: [Outgoing] = []
    /// The deliveries that end here, to be announced once that is committed.
    private(set) var ended: [Ended] = []
    /// Deliveries whose message, somebody else's digest, has been published already: nobody has to come back to them.
    private(set) var alreadyPublished: [DeliveryKey] = []

    /// - Parameter isRelease: the batch consists of occurrences whose time of release has come, not of new messages.
    init(_ batch: DecisionBatch, policy: RateLimiter.Policy, isRelease: Bool) {
        self.batch = batch
        self.policy = policy
        self.isRelease = isRelease
        outgoing.reserveCapacity(batch.facts.count)
        writes.deliveries.reserveCapacity(batch.facts.count)
    }

    /// Decides about everything in the batch.
    mutating func decide() {
        for facts in batch.facts {
            if permits[facts.recipient] == nil {
                permits[facts.recipient] = facts.permits
                heldForRate[facts.recipient] = facts.heldForRate
            }
            if let known = batch.deliveries[key(facts)] {
                decideAgain(facts, known)
            } else {
                carryOut(Decision.decide(decisionFacts(facts, ledger: nil)), facts, held: [:])
            }
        }
        if !batch.deliveries.isEmpty {
            for facts in batch.facts { takeAlong(facts) }
        }
        publishDigests()
        writes.occurrences = order.compactMap { id in
            statuses[id].map { (id: id, status: $0.word, reason: $0.reason) }
        }
        callForward()
    }

    /// Lets the first in line come for the first slots there are. The times they were given before may be too late:
    /// others were expected to go ahead of them, who were withdrawn, put off or fell into quiet hours since.
    ///
    /// No more than a window's worth, or one digest: those behind can't have a slot before the first of these have
    /// theirs, and every decision about one of these calls the next ones forward.
    private mutating func callForward() {
        guard let window = policy.switches.limit else { return }
        let isDigest = policy.switches.overflow == .digest
        for (recipient, line) in heldForRate where !line.isEmpty {
            let granted = permits[recipient] ?? []
            for (place, occurrence) in line.prefix(isDigest ? DigestLimit.reminders : window.limit).enumerated() {
                var slot = batch.now
                let ahead = isDigest ? 0 : place
                if case .nextSlot(let next) = window.answer(granted: granted, heldAhead: ahead, now: slot) {
                    slot = next
                }
                writes.calledForward.append((recipient: recipient, occurrenceID: occurrence, releaseAt: slot))
            }
        }
    }

    /// An occurrence the ledger knows: a message that came twice, or a hold that is over.
    private mutating func decideAgain(_ facts: StoredFacts, _ known: [StoredDelivery]) {
        // Requested, but perhaps not published: whoever did it died in between. A second message does no harm.
        for delivery in known where delivery.state == .requested && (delivery.isReleasable || !isRelease) {
            if let carrier = delivery.carrierOccurrenceID {
                // Digests are made by releases only, which have a lease on all of their rows.
                if isRelease { digests.putUnpublished(part(facts, delivery.id), delivery.channel, carrier) }
            } else {
                publish(delivery.channel, id: delivery.id, facts, wasHeld: delivery.isReleasable)
            }
        }
        for delivery in known where delivery.state != .held {
            remember(OccurrenceStatus(delivery), of: facts.occurrenceID)
        }
        let ready = known.filter { $0.state == .held && $0.isReleasable }
        if !ready.isEmpty { decideHeld(facts, ready, isEarly: false) }
    }

    /// What waits for its time still: it leaves now with something else that is held for the same person, or stays.
    private mutating func takeAlong(_ facts: StoredFacts) {
        guard let known = batch.deliveries[key(facts)] else { return }
        let waiting = known.filter { $0.state == .held && !$0.isReleasable }
        guard !waiting.isEmpty else { return }
        var leaving: ChannelSet = []
        if digests.canTake(from: facts.recipient), waiting.contains(where: isDigested) {
            leaving = decideHeld(facts, waiting, isEarly: true)
        }
        for delivery in waiting where !leaving.contains(delivery.channel) {
            remember(OccurrenceStatus(delivery), of: facts.occurrenceID)
        }
    }

    /// - Parameter isEarly: their time has not come. What can't leave with the others stays as it is.
    /// - Returns: the channels that something was decided about.
    @discardableResult
    private mutating func decideHeld(_ facts: StoredFacts, _ open: [StoredDelivery], isEarly: Bool) -> ChannelSet {
        let isDigested = open.contains(where: isDigested)
        let isJoining = isDigested && digests.canTake(from: facts.recipient)
        var decisionFacts = decisionFacts(
            facts, ledger: .init(open: ChannelSet(open.map(\.channel)), heldUntil: batch.now))
        decisionFacts.permits.sharesPermit = isJoining
        var decision = Decision.decide(decisionFacts)
        if isEarly {
            decision = decision.withoutHolds
            guard !decision.verdicts.isEmpty else { return [] }
        }
        if isDigested, !decision.sent.isEmpty { digests.open(for: facts.recipient) }
        carryOut(
            decision, facts, held: Dictionary(uniqueKeysWithValues: open.map { ($0.channel, $0.id) }),
            isDigested: isDigested)
        return ChannelSet(decision.verdicts.map(\.channel))
    }

    /// Whether what is held for this reason leaves together with others.
    private func isDigested(_ delivery: StoredDelivery) -> Bool {
        isRelease && policy.digestedReasons.contains { $0.rawValue == delivery.reason }
    }

    private mutating func carryOut(
        _ decision: DeliveryDecision, _ facts: StoredFacts, held: [ChannelKind: DeliveryID], isDigested: Bool = false
    ) {
        let isNew = held.isEmpty
        if decision.takesPermit {
            writes.permits.append((recipient: facts.recipient, occurrenceID: facts.occurrenceID))
            permits[facts.recipient, default: []].append(batch.now)
        }
        let explanation = decision.needsNoExplanation ? nil : DecisionText.json(decision.trace)
        for verdict in decision.verdicts {
            let id = held[verdict.channel] ?? policy.newID(batch.now)
            let isSent = verdict.verdict == .send
            writes.deliveries.append(
                DecidedDelivery(
                    occurrenceID: facts.occurrenceID, recipient: facts.recipient, channel: verdict.channel, id: id,
                    reminderID: facts.reminderID, state: verdict.verdict.state, reason: verdict.verdict.reason,
                    dueAt: facts.dueAt,
                    releaseAt: isSent && !isNew ? batch.now + policy.publishingLease : verdict.verdict.releaseAt,
                    decision: explanation, wasHeld: !isNew))
            if isSent, isDigested {
                digests.put(part(facts, id, write: writes.deliveries.count - 1), verdict.channel)
            } else if isSent {
                publish(verdict.channel, id: id, facts, wasHeld: !isNew)
            }
            if verdict.verdict.state.isFinal {
                let logged = DeliveryLogged(
                    deliveryID: id.text, occurrenceID: facts.occurrenceID, reminderID: facts.reminderID,
                    recipient: facts.recipient, channel: verdict.channel, outcome: verdict.verdict.state,
                    reason: verdict.verdict.reason, attempts: 0, dueAt: facts.dueAt, recordedAt: batch.now)
                ended.append(Ended(logged: logged, traceparent: facts.traceparent))
            }
            if decided.insert(facts.occurrenceID).inserted { order.append(facts.occurrenceID) }
            remember(OccurrenceStatus(verdict.verdict), of: facts.occurrenceID)
        }
        queue(decision, facts)
    }

    private func part(_ facts: StoredFacts, _ id: DeliveryID, write: Int? = nil) -> DigestDrafts.Part {
        DigestDrafts.Part(facts: facts, item: DigestItem(facts, id: id), id: id, write: write)
    }

    /// Makes one message of each draft, carried by the delivery that was due first.
    private mutating func publishDigests() {
        for message in digests.messages {
            let carrier = message.parts[0]
            if message.parts.count > 1 {
                for part in message.parts {
                    guard let write = part.write else { continue }
                    writes.deliveries[write].carrierOccurrenceID = carrier.facts.occurrenceID
                }
            }
            publish(
                message.channel, id: carrier.id, carrier.facts, wasHeld: true,
                digest: message.parts.dropFirst().map(\.item))
        }
        for message in digests.unpublished {
            let key = OccurrenceRecipient(occurrenceID: message.carrier, recipient: message.recipient)
            let carrier = batch.deliveries[key]?.first { $0.channel == message.channel }
            guard let carrier else { continue }
            if carrier.state != .requested || !carrier.isAwaited {
                // A sender has had its message: it has been published.
                alreadyPublished += message.keys
            } else if carrier.digestSize == message.parts.count {
                publish(
                    message.channel, id: carrier.id, message.parts[0].facts, wasHeld: true,
                    digest: message.parts.dropFirst().map(\.item))
            }
        }
    }

    /// Keeps the line of those who wait for the limit as this decision leaves it.
    private mutating func queue(_ decision: DeliveryDecision, _ facts: StoredFacts) {
        let waits = decision.verdicts.contains { verdict in
            if case .hold(_, .rateLimited) = verdict.verdict { true } else { false }
        }
        var line = heldForRate[facts.recipient] ?? []
        let place = line.firstIndex(of: facts.occurrenceID)
        if waits, place == nil { line.append(facts.occurrenceID) }
        if !waits, let place { line.remove(at: place) }
        heldForRate[facts.recipient] = line
    }

    private mutating func remember(_ status: OccurrenceStatus, of occurrence: Int64) {
        statuses[occurrence] = statuses[occurrence].map { max($0, status) } ?? status
    }

    private func key(_ facts: StoredFacts) -> OccurrenceRecipient {
        OccurrenceRecipient(occurrenceID: facts.occurrenceID, recipient: facts.recipient)
    }

    private mutating func publish(
        _ channel: ChannelKind, id: DeliveryID, _ facts: StoredFacts, wasHeld: Bool, digest: [DigestItem] = []
    ) {
        outgoing.append(
            Outgoing(
                request: DeliveryRequested(facts, channel: channel, id: id, now: batch.now, digest: digest),
                traceparent: facts.traceparent, wasHeld: wasHeld))
    }

    private func decisionFacts(_ facts: StoredFacts, ledger: DecisionFacts.LedgerFacts?) -> DecisionFacts {
        let line = heldForRate[facts.recipient] ?? []
        return DecisionFacts(
            facts, now: batch.now, switches: policy.switches, ledger: ledger,
            permits: .init(
                granted: permits[facts.recipient] ?? [], holdsPermit: facts.holdsPermit,
                heldAhead: line.firstIndex(of: facts.occurrenceID) ?? line.count))
    }
}

extension DeliveryDecision {
    /// Whether it is simply sent: nothing was kept back, no exception was made, and it leaves alone.
    fileprivate var needsNoExplanation: Bool {
        verdicts.allSatisfy { $0.verdict == .send } && !trace.contains { $0.isException || $0 == .sharesPermit }
    }
}
