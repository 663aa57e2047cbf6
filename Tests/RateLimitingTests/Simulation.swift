import RemindersDomain

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Ledger, permits and line of those who wait, in memory: what the Store's statements do, in plain Swift.
struct Simulation {
    /// A row of the ledger.
    struct Row {
        let id: DeliveryID
        let dueAt: Instant
        var state: DeliveryState
        var reason: String?
        var releaseAt: Instant?
        var carrier: Int64?
    }

    /// What becomes of a message after the commit.
    enum Fate {
        case confirmed
        /// It never was published: the process died.
        case lost
        /// It was published and sent, but nobody noted that it was published.
        case unconfirmed
    }

    /// A message as a sender got it.
    struct SentMessage {
        let recipient: Recipient
        let channel: ChannelKind
        let occurrences: [Int64]
    }

    /// A permit as it was granted.
    struct Permit {
        let occurrence: Int64
        let at: Instant
        let kind: PermitKind
    }

    let people: [Person]
    let policy: RateLimiter.Policy
    var now: Instant
    var rows: [DeliveryKey: Row] = [:]
    var permits: [Recipient: [Permit]] = [:]
    var statuses: [Int64: String] = [:]
    private var occurrences: [Int64: (due: Due, people: [Person])] = [:]
    /// What went wrong, in words.
    private(set) var faults: [String] = []
    /// What was sent, in order.
    private(set) var sent: [DeliveryKey] = []
    /// The messages that were sent, in order.
    private(set) var messages: [SentMessage] = []

    init(people: [Person], policy: RateLimiter.Policy, now: Instant) {
        self.people = people
        self.policy = policy
        self.now = now
    }

    /// A new occurrence for some people; it is decided by `decide`.
    mutating func add(_ due: Due, for people: [Person]) {
        occurrences[due.id] = (due, people)
    }

    mutating func change(_ occurrence: Int64, _ change: (inout Due) -> Void) {
        if var due = occurrences[occurrence]?.due {
            change(&due)
            occurrences[occurrence]?.due = due
        }
    }

    /// Every delivery there has to be: worked out here once more, and differently.
    var expected: Set<DeliveryKey> {
        Set(
            occurrences.values.flatMap { due, people in
                people.flatMap { person in
                    channels(of: due, for: person).map {
                        DeliveryKey(occurrenceID: due.id, recipient: person.recipient, channel: $0)
                    }
                }
            })
    }

    private func channels(of due: Due, for person: Person) -> [ChannelKind] {
        if person.recipient.address != nil { return [.email] }
        let preferred = person.preferred ?? [.email: true, .frontend: true]
        var chosen: [ChannelKind] = []
        for channel in ChannelKind.withColumns {
            let own = due.overridesPreferences ? false : preferred[channel] ?? false
            if due.channels[channel] ?? own { chosen.append(channel) }
        }
        let fallback =
            ChannelKind.withColumns.first { preferred[$0] == true }
            ?? ChannelKind.withColumns.first { due.channels[$0] == true } ?? .email
        // What was put off is withdrawn before anybody looks who it is for.
        let isUnknown = !person.isKnown && due.snoozedUntil == nil
        return chosen.isEmpty || isUnknown ? [fallback] : chosen
    }

    /// The earliest time anything is to be released.
    var nextRelease: Instant? { rows.values.compactMap(\.releaseAt).min() }

    /// Releases what is due until nothing is.
    ///
    /// - Parameter fate: what becomes of the message of a delivery.
    mutating func release(limit: Int = 256, fate: (DeliveryKey) -> Fate = { _ in .confirmed }) {
        while true {
            let releasable = rows.filter { $0.value.releaseAt.map { $0 <= now } ?? false }
                .sorted {
                    ($0.value.releaseAt ?? now, $0.key.occurrenceID) < ($1.value.releaseAt ?? now, $1.key.occurrenceID)
                }
            guard !releasable.isEmpty else { return }
            var ids: [Int64] = []
            for row in releasable.prefix(limit) {
                for id in [row.key.occurrenceID] + leavingWith(row) where !ids.contains(id) { ids.append(id) }
            }
            decide(ids, isRelease: true, fate: fate)
            for (key, row) in rows where ids.contains(key.occurrenceID) {
                if row.releaseAt.map({ $0 <= now }) ?? false, row.state != .held, row.state != .requested {
                    rows[key]?.releaseAt = nil
                }
            }
        }
    }

    /// The rest of a digest that was not published, and what else is held for the same person if that is digested.
    private func leavingWith(_ row: (key: DeliveryKey, value: Row)) -> [Int64] {
        let reasons = Set(policy.switches.digestedReasons.map(\.rawValue))
        let others = rows.filter { key, other in
            guard key.recipient == row.key.recipient, other.releaseAt != nil else { return false }
            if let carrier = row.value.carrier { return other.carrier == carrier && key.channel == row.key.channel }
            return row.value.state == .held && reasons.contains(row.value.reason ?? "") && other.state == .held
                && reasons.contains(other.reason ?? "")
        }
        return others.sorted { ($0.value.dueAt, $0.key.occurrenceID) < ($1.value.dueAt, $1.key.occurrenceID) }
            .prefix(150).map(\.key.occurrenceID)
    }

    mutating func decide(_ ids: [Int64], isRelease: Bool = false, fate: (DeliveryKey) -> Fate = { _ in .confirmed }) {
        let decision = BatchDecision.decide(
            facts(ids), ledger: ledger(ids), now: now, policy: policy, isRelease: isRelease)
        for delivery in decision.writes.deliveries { write(delivery) }
        for permit in decision.writes.permits {
            permits[permit.recipient, default: []].append(
                Permit(occurrence: permit.occurrenceID, at: now, kind: permit.kind))
        }
        for (recipient, occurrence, releaseAt) in decision.writes.calledForward {
            for (key, row) in rows where key.recipient == recipient && key.occurrenceID == occurrence {
                if row.state == .held, row.reason == "rate_limited" || row.reason == "rate_limited_others" {
                    rows[key]?.releaseAt = row.releaseAt.map { min($0, releaseAt) }
                }
            }
        }
        for occurrence in decision.writes.occurrences { statuses[occurrence.id] = occurrence.status }
        for outgoing in decision.outgoing { publish(outgoing, fate(outgoing.key)) }
        for key in decision.alreadyPublished where rows[key]?.state != .held { rows[key]?.releaseAt = nil }
    }

    private mutating func publish(_ outgoing: BatchDecision.Outgoing, _ fate: Fate) {
        let ids = outgoing.request.reminders.map(\.deliveryID)
        for (key, id) in zip(outgoing.keys, ids) where rows[key]?.state != .requested || rows[key]?.id != id {
            faults.append("a message for \(key), which is not requested")
            return
        }
        let carried = rows.filter { key, row in
            key.recipient == outgoing.key.recipient && key.channel == outgoing.key.channel
                && row.carrier == outgoing.key.occurrenceID
        }
        if carried.count != (outgoing.keys.count > 1 ? outgoing.keys.count : 0) {
            faults.append("a message with \(outgoing.keys.count) of the \(carried.count) that \(outgoing.key) carries")
        }
        guard fate != .lost else { return }
        for key in outgoing.keys {
            if fate == .confirmed { rows[key]?.releaseAt = nil }
            rows[key]?.state = .sent
            sent.append(key)
        }
        messages.append(
            SentMessage(
                recipient: outgoing.key.recipient, channel: outgoing.key.channel,
                occurrences: outgoing.keys.map(\.occurrenceID)))
    }

    private mutating func write(_ delivery: DecidedDelivery) {
        let key = DeliveryKey(
            occurrenceID: delivery.occurrenceID, recipient: delivery.recipient, channel: delivery.channel)
        if delivery.wasHeld {
            guard rows[key]?.state == .held, rows[key]?.id == delivery.id else {
                faults.append("\(key) is decided again, but was not held")
                return
            }
        } else if rows[key] != nil {
            faults.append("\(key) is written a second time")
            return
        }
        let isHeldForSwitch = delivery.state == .held && delivery.releaseAt == nil
        rows[key] = Row(
            id: delivery.id, dueAt: delivery.dueAt, state: delivery.state, reason: delivery.reason,
            releaseAt: isHeldForSwitch ? .distantFuture : delivery.releaseAt, carrier: delivery.carrierOccurrenceID)
    }

    private func facts(_ ids: [Int64]) -> [StoredFacts] {
        let reach = now - (policy.switches.limit?.length ?? .seconds(3_600)) - .seconds(1)
        return ids.compactMap { occurrences[$0] }
            .sorted { ($0.due.dueAt, $0.due.id) < ($1.due.dueAt, $1.due.id) }
            .flatMap { due, people in
                people.sorted { $0.recipient < $1.recipient }.map { person in
                    let granted = (permits[person.recipient] ?? []).filter { $0.at > reach }
                    return StoredFacts(
                        due, for: person, permits: granted.filter { $0.kind == .own }.map(\.at),
                        permitsOfOthers: granted.filter { $0.kind == .others }.map(\.at),
                        holdsPermit: granted.contains { $0.occurrence == due.id },
                        heldForRate: line(of: person.recipient, .own),
                        heldForRateOfOthers: line(of: person.recipient, .others))
                }
            }
    }

    /// The occurrences that the limit of a kind holds back, those due first in front.
    func line(of recipient: Recipient, _ kind: PermitKind) -> [Int64] {
        let reason = kind == .own ? "rate_limited" : "rate_limited_others"
        var places: [Int64: Instant] = [:]
        for (key, row) in rows where key.recipient == recipient && row.state == .held && row.reason == reason {
            places[key.occurrenceID] = row.dueAt
        }
        return places.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    }

    private func ledger(_ ids: [Int64]) -> [OccurrenceRecipient: [StoredDelivery]] {
        var ledger: [OccurrenceRecipient: [StoredDelivery]] = [:]
        for (key, row) in rows where ids.contains(key.occurrenceID) {
            ledger[OccurrenceRecipient(occurrenceID: key.occurrenceID, recipient: key.recipient), default: []].append(
                StoredDelivery(
                    channel: key.channel, id: row.id, state: row.state,
                    isReleasable: row.releaseAt.map { $0 <= now } ?? false, reason: row.reason,
                    isAwaited: row.releaseAt != nil, carrierOccurrenceID: row.carrier,
                    digestSize: row.carrier == key.occurrenceID ? carriedAndAwaited(by: key) : 0))
        }
        return ledger
    }

    private func carriedAndAwaited(by carrier: DeliveryKey) -> Int {
        rows.count { key, row in
            key.recipient == carrier.recipient && key.channel == carrier.channel && row.releaseAt != nil
                && row.carrier == carrier.occurrenceID
        }
    }
}
