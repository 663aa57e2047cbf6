import Contracts
import Domain
import Store

/// Decides about a batch: pure, in the order of the due times, so that the first come are the first served.
///
/// What one decision takes or leaves (a permit, a place among those that wait) the next one of the same recipient
/// sees.
struct BatchDecision {
    /// A delivery that a message is to be sent for.
    struct Outgoing: Sendable {
        let request: DeliveryRequested
        let traceparent: String?
        /// It was held: nobody has to come back to its row once the message is confirmed.
        let wasHeld: Bool

        var key: DeliveryKey {
            DeliveryKey(
                occurrenceID: request.occurrenceID, recipient: request.recipient, channel: request.channel)
        }
    }

    /// A delivery that ends without an attempt: withdrawn, rejected or dropped.
    struct Ended: Sendable {
        let logged: DeliveryLogged
        let traceparent: String?
    }

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

    /// What is to be written.
    private(set) var writes = DecisionWrites()
    /// What is to be published, once that is committed.
    private(set) var outgoing: [Outgoing] = []
    /// The deliveries that end here, to be announced once that is committed.
    private(set) var ended: [Ended] = []

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
            let key = OccurrenceRecipient(occurrenceID: facts.occurrenceID, recipient: facts.recipient)
            if let known = batch.deliveries[key] {
                decideAgain(facts, known)
            } else {
                carryOut(Decision.decide(decisionFacts(facts, ledger: nil)), facts, held: [:])
            }
        }
        writes.occurrences = order.compactMap { id in
            statuses[id].map { (id: id, status: $0.word, reason: $0.reason) }
        }
        callForward()
    }

    /// Lets the first in line come for the first slots there are. The times they were given before may be too late:
    /// others were expected to go ahead of them, who were withdrawn, put off or fell into quiet hours since.
    private mutating func callForward() {
        guard let window = policy.switches.limit else { return }
        for (recipient, line) in heldForRate where !line.isEmpty {
            let granted = permits[recipient] ?? []
            for (place, occurrence) in line.prefix(window.limit).enumerated() {
                var slot = batch.now
                if case .nextSlot(let next) = window.answer(granted: granted, heldAhead: place, now: slot) {
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
            publish(delivery.channel, id: delivery.id, facts, wasHeld: delivery.isReleasable)
        }
        for delivery in known where delivery.state != .held || !delivery.isReleasable {
            remember(OccurrenceStatus(delivery), of: facts.occurrenceID)
        }
        let open = known.filter { $0.state == .held && $0.isReleasable }
        guard !open.isEmpty else { return }
        let channels = ChannelSet(open.map(\.channel))
        let held = Dictionary(uniqueKeysWithValues: open.map { ($0.channel, $0.id) })
        let decision = Decision.decide(decisionFacts(facts, ledger: .init(open: channels, heldUntil: batch.now)))
        carryOut(decision, facts, held: held)
    }

    private mutating func carryOut(
        _ decision: DeliveryDecision, _ facts: StoredFacts, held: [ChannelKind: DeliveryID]
    ) {
        let isNew = held.isEmpty
        if decision.takesPermit {
            writes.permits.append((recipient: facts.recipient, occurrenceID: facts.occurrenceID))
            permits[facts.recipient, default: []].append(batch.now)
        }
        let explanation = decision.verdicts.allSatisfy { $0.verdict == .send } ? nil : DecisionText.json(decision.trace)
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
            if isSent { publish(verdict.channel, id: id, facts, wasHeld: !isNew) }
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

    private mutating func publish(_ channel: ChannelKind, id: DeliveryID, _ facts: StoredFacts, wasHeld: Bool) {
        outgoing.append(
            Outgoing(
                request: DeliveryRequested(facts, channel: channel, id: id, now: batch.now),
                traceparent: facts.traceparent, wasHeld: wasHeld))
    }

    private func decisionFacts(_ facts: StoredFacts, ledger: DecisionFacts.LedgerFacts?) -> DecisionFacts {
        let line = heldForRate[facts.recipient] ?? []
        return DecisionFacts(
            facts, now: batch.now, policy: policy, ledger: ledger,
            permits: .init(
                granted: permits[facts.recipient] ?? [], holdsPermit: facts.holdsPermit,
                heldAhead: line.firstIndex(of: facts.occurrenceID) ?? line.count))
    }
}

/// What an occurrence's row in the queue says; of several recipients the one that is furthest from done counts.
private enum OccurrenceStatus: Comparable {
    case failed(reason: String)
    case sent
    case waits(reason: String)
    case rateLimited

    init(_ verdict: DeliveryVerdict) {
        switch verdict {
        case .send: self = .sent
        case .hold(_, .rateLimited): self = .rateLimited
        case .hold(_, let reason): self = .waits(reason: reason.rawValue)
        case .withdraw, .reject, .drop: self = .failed(reason: verdict.reason ?? "")
        }
    }

    /// Of a delivery that stays as it is.
    init(_ delivery: StoredDelivery) {
        let reason = delivery.reason ?? ""
        self =
            switch delivery.state {
            case .held where reason == HoldReason.rateLimited.rawValue: .rateLimited
            case .held: .waits(reason: reason)
            case .withdrawn, .rejected, .dropped: .failed(reason: reason)
            case .requested, .sending, .sent, .dryRun, .dead, .unknown: .sent
            }
    }

    var word: String {
        switch self {
        case .failed: "failed"
        case .sent: "sent"
        case .waits: "processing"
        case .rateLimited: "rate_limited"
        }
    }

    var reason: String? {
        switch self {
        case .failed(let reason), .waits(let reason): reason
        case .sent: nil
        case .rateLimited: HoldReason.rateLimited.rawValue
        }
    }
}
