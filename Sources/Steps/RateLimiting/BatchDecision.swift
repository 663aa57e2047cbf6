import RemindersContracts
import RemindersDomain
import RemindersStore

/// Decides about a batch: pure, in the order of the due times, so that the first come are the first served.
///
/// Who gets a permit and what leaves together says each recipient's `WaitingLine`; here it becomes rows and messages.
struct BatchDecision {
    private let batch: DecisionBatch
    private let policy: RateLimiter.Policy
    private let isRelease: Bool
    /// Of every delivery in the batch, also those that stay as they are.
    private var statuses: [Int64: OccurrenceStatus] = [:]
    /// The occurrences something was decided about.
    private var decided: Set<Int64> = []
    private var order: [Int64] = []
    /// What leaves together.
    private var digests: DigestDrafts

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
        digests = DigestDrafts(keepingApart: policy.switches.installed.keepingApart)
        outgoing.reserveCapacity(batch.facts.count)
        writes.deliveries.reserveCapacity(batch.facts.count)
    }

    /// Decides about everything in the batch.
    mutating func decide() {
        var turns: [WaitingLine.Turn?] = Array(repeating: nil, count: batch.facts.count)
        var earlyTurns: [(index: Int, turn: WaitingLine.Turn)] = []
        for (recipient, indices) in indicesByRecipient() {
            for (index, turn) in decide(recipient, indices) {
                if turn.isEarly { earlyTurns.append((index, turn)) } else { turns[index] = turn }
            }
        }
        for (facts, turn) in zip(batch.facts, turns) {
            let known = batch.deliveries[key(facts)] ?? []
            if !known.isEmpty { keepWhatEnded(facts, known) }
            if let turn { carryOut(turn, facts, known) }
        }
        for (index, turn) in earlyTurns.sorted(by: { $0.index < $1.index }) {
            carryOut(turn, batch.facts[index], batch.deliveries[key(batch.facts[index])] ?? [])
        }
        keepWhatWaits(except: earlyTurns)
        publishDigests()
        writes.occurrences = order.compactMap { id in
            statuses[id].map { (id: id, status: $0.word, reason: $0.reason) }
        }
    }

    /// Where the facts of each recipient are, each recipient in the place of the first of them.
    private func indicesByRecipient() -> [(recipient: Recipient, indices: [Int])] {
        var places: [Recipient: Int] = [:]
        var groups: [(recipient: Recipient, indices: [Int])] = []
        for (index, facts) in batch.facts.enumerated() {
            if let place = places[facts.person.recipient] {
                groups[place].indices.append(index)
            } else {
                places[facts.person.recipient] = groups.count
                groups.append((facts.person.recipient, [index]))
            }
        }
        return groups
    }

    /// Decides about all of one recipient's, and calls those forward who wait in front.
    private mutating func decide(
        _ recipient: Recipient, _ indices: [Int]
    ) -> [(index: Int, turn: WaitingLine.Turn)] {
        let found = batch.facts[indices[0]]
        var line = WaitingLine(
            switches: policy.switches, granted: found.person.permits,
            grantedToOthers: found.person.permitsOfOthers, waiting: found.person.heldForRate,
            waitingOfOthers: found.person.heldForRateOfOthers,
            digestBytes: Limits.digestBytes)
        let turns = line.decide(
            indices.map { entry(batch.facts[$0]) }, digested: isRelease ? policy.switches.digestedReasons : [],
            at: batch.now)
        for call in line.calledForward(at: batch.now) {
            writes.calledForward.append((recipient: recipient, occurrenceID: call.occurrence, releaseAt: call.slot))
        }
        return turns.map { (indices[$0.entry], $0) }
    }

    private func entry(_ facts: StoredFacts) -> WaitingLine.Entry {
        let known = batch.deliveries[key(facts)]
        let holds = (known ?? []).filter { $0.state == .held }.map { delivery in
            WaitingLine.Hold(
                channel: delivery.channel, reason: delivery.reason.flatMap(HoldReason.init(rawValue:)),
                isOver: delivery.isReleasable)
        }
        var entry = WaitingLine.Entry(
            facts: DecisionFacts(
                facts, now: batch.now, switches: policy.switches, permits: .init(holdsPermit: facts.holdsPermit)),
            holds: holds, isNew: known == nil)
        if let id = known?.first?.id, !holds.isEmpty {
            let reading = policy.switches.casesReadBy
            entry.digestBytes = { facts.shown(id: id, reading).encodedBytes }
        }
        return entry
    }

    /// Of an occurrence the ledger knows (a message that came twice, or a hold that is over): what is not held any more.
    private mutating func keepWhatEnded(_ facts: StoredFacts, _ known: [StoredDelivery]) {
        // Perhaps not published, because whoever did it died in between, or lost by the broker. A second message does no
        // harm.
        for delivery in known where delivery.state == .requested && !isRelease || delivery.lacksMessage {
            if let carrier = delivery.carrierOccurrenceID {
                // Digests are made by releases only, which have a lease on all of their rows.
                if isRelease {
                    digests.putUnpublished(part(facts, delivery.id, delivery.generation), delivery.channel, carrier)
                }
            } else {
                publish(
                    delivery.channel, id: delivery.id, delivery.generation, facts, wasHeld: delivery.isReleasable)
            }
        }
        for delivery in known where delivery.state != .held {
            remember(OccurrenceStatus(delivery), of: facts.due.occurrenceID)
        }
    }

    /// What waits for its time still, and does not leave early with something else.
    private mutating func keepWhatWaits(except earlyTurns: [(index: Int, turn: WaitingLine.Turn)]) {
        guard !batch.deliveries.isEmpty else { return }
        let early = Dictionary(uniqueKeysWithValues: earlyTurns.map { ($0.index, $0.turn.decision) })
        for (index, facts) in batch.facts.enumerated() {
            for delivery in batch.deliveries[key(facts)] ?? []
            where delivery.state == .held && !delivery.isReleasable && early[index]?[delivery.channel] == nil {
                remember(OccurrenceStatus(delivery), of: facts.due.occurrenceID)
            }
        }
    }

    private mutating func carryOut(_ turn: WaitingLine.Turn, _ facts: StoredFacts, _ known: [StoredDelivery]) {
        let decision = turn.decision
        let isNew = known.isEmpty
        if let kind = decision.permit {
            writes.permits.append(
                (recipient: facts.person.recipient, occurrenceID: facts.due.occurrenceID, kind: kind))
        }
        if turn.beginsDigest { digests.begin(for: facts.person.recipient) }
        let explanation = decision.needsNoExplanation ? nil : DecisionText.json(decision.trace)
        for verdict in decision.verdicts {
            let held = known.first { $0.channel == verdict.channel }
            let id = held?.id ?? policy.newID(batch.now)
            let generation = held?.generation ?? 0
            let isSent = verdict.verdict == .send
            writes.deliveries.append(
                DecidedDelivery(
                    occurrenceID: facts.due.occurrenceID, recipient: facts.person.recipient, channel: verdict.channel,
                    generation: generation, id: id, reminderID: facts.due.reminderID, state: verdict.verdict.state,
                    reason: verdict.verdict.reason,
                    dueAt: facts.due.dueAt,
                    releaseAt: isSent && !isNew ? batch.now + policy.publishingLease : verdict.verdict.releaseAt,
                    decision: explanation, wasHeld: !isNew))
            if isSent, turn.isDigested {
                digests.put(part(facts, id, generation, write: writes.deliveries.count - 1), verdict.channel)
            } else if isSent {
                publish(verdict.channel, id: id, generation, facts, wasHeld: !isNew)
            }
            if verdict.verdict.state.isFinal {
                let logged = DeliveryLogged(
                    deliveryID: id, generation: generation, occurrenceID: facts.due.occurrenceID,
                    reminderID: facts.due.reminderID,
                    recipient: facts.person.recipient, channel: verdict.channel, outcome: verdict.verdict.state,
                    reason: verdict.verdict.reason, attempts: 0, dueAt: facts.due.dueAt, recordedAt: batch.now)
                ended.append(Ended(logged: logged, traceparent: facts.due.traceparent))
            }
            if decided.insert(facts.due.occurrenceID).inserted { order.append(facts.due.occurrenceID) }
            remember(OccurrenceStatus(verdict.verdict), of: facts.due.occurrenceID)
        }
    }

    private func part(_ facts: StoredFacts, _ id: DeliveryID, _ generation: Int, write: Int? = nil) -> DigestDrafts.Part
    {
        DigestDrafts.Part(
            facts: facts, item: facts.shown(id: id, generation: generation, policy.switches.casesReadBy), id: id,
            write: write)
    }

    /// Makes one message of each draft, carried by the delivery that was due first.
    private mutating func publishDigests() {
        for message in digests.messages {
            let carrier = message.parts[0]
            if message.parts.count > 1 {
                for part in message.parts {
                    guard let write = part.write else { continue }
                    writes.deliveries[write].carrierOccurrenceID = carrier.facts.due.occurrenceID
                }
            }
            publish(
                message.channel, id: carrier.id, carrier.item.generation, carrier.facts, wasHeld: true,
                digest: message.parts.dropFirst().map(\.item))
        }
        for message in digests.unpublished {
            let key = OccurrenceRecipient(occurrenceID: message.carrier, recipient: message.recipient)
            let carrier = batch.deliveries[key]?.first { $0.channel == message.channel }
            guard let carrier else { continue }
            if !carrier.isAwaited || carrier.state != .requested && !carrier.lacksMessage {
                // A sender has had its message: it has been published.
                alreadyPublished += message.keys
            } else if carrier.digestSize == message.parts.count {
                publish(
                    message.channel, id: carrier.id, carrier.generation, message.parts[0].facts, wasHeld: true,
                    digest: message.parts.dropFirst().map(\.item))
            }
        }
    }

    private mutating func remember(_ status: OccurrenceStatus, of occurrence: Int64) {
        statuses[occurrence] = statuses[occurrence].map { max($0, status) } ?? status
    }

    private func key(_ facts: StoredFacts) -> OccurrenceRecipient {
        OccurrenceRecipient(occurrenceID: facts.due.occurrenceID, recipient: facts.person.recipient)
    }

    private mutating func publish(
        _ channel: ChannelKind, id: DeliveryID, _ generation: Int, _ facts: StoredFacts, wasHeld: Bool,
        digest: [ShownReminder] = []
    ) {
        outgoing.append(
            Outgoing(
                request: DeliveryRequested(
                    facts, channel: channel, id: id, generation: generation, now: batch.now,
                    reading: policy.switches.casesReadBy, digest: digest),
                traceparent: facts.due.traceparent, wasHeld: wasHeld))
    }
}

extension DeliveryDecision {
    /// Whether it is simply sent: nothing was kept back, no exception was made, and it leaves alone.
    fileprivate var needsNoExplanation: Bool {
        verdicts.allSatisfy { $0.verdict == .send } && !trace.contains { $0.isException || $0 == .sharesPermit }
    }
}

extension BatchDecision {
    /// A message that is to be sent: for one delivery, or for those of a digest.
    struct Outgoing: Sendable {
        let request: DeliveryRequested
        let traceparent: String?
        /// It was held: nobody has to come back to its row once the message is confirmed.
        let wasHeld: Bool

        var key: DeliveryKey { key(of: request.reminder.occurrenceID, request.reminder.generation) }

        /// All deliveries that leave with it.
        var keys: [DeliveryKey] { [key] + request.digest.map { key(of: $0.occurrenceID, $0.generation) } }

        private func key(of occurrence: Int64, _ generation: Int) -> DeliveryKey {
            DeliveryKey(
                occurrenceID: occurrence, recipient: request.recipient, channel: request.channel,
                generation: generation)
        }
    }

    /// A delivery that ends without an attempt: withdrawn, rejected or dropped.
    struct Ended: Sendable {
        let logged: DeliveryLogged
        let traceparent: String?
    }
}

/// The reasons of a decision as the ledger keeps them: `[{"rule": …, "value": …, "consequence": …}]`.
enum DecisionText {
    static func json(_ trace: [DecisionStep]) -> String {
        var writer = JSONWriter(capacity: 512)
        writer.beginArray()
        for step in trace {
            writer.beginObject()
            writer.write("rule", step.rule)
            writer.write("value", step.value)
            writer.write("consequence", step.consequence)
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
