import Domain

@testable import RateLimiting
@testable import Store

/// Ledger, permits and line of those who wait, in memory: what the Store's statements do, in plain Swift.
struct Simulation {
    /// A row of the ledger.
    struct Row {
        let id: DeliveryID
        let dueAt: Instant
        var state: DeliveryState
        var reason: String?
        var releaseAt: Instant?
    }

    /// A permit as it was granted.
    struct Permit {
        let occurrence: Int64
        let at: Instant
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
        for channel in ChannelKind.allCases {
            let own = due.overridesPreferences ? false : preferred[channel] ?? false
            if due.channels[channel] ?? own { chosen.append(channel) }
        }
        let fallback =
            ChannelKind.allCases.first { preferred[$0] == true }
            ?? ChannelKind.allCases.first { due.channels[$0] == true } ?? .email
        return chosen.isEmpty || !person.isKnown ? [fallback] : chosen
    }

    /// The earliest time anything is to be released.
    var nextRelease: Instant? { rows.values.compactMap(\.releaseAt).min() }

    /// Releases what is due until nothing is.
    ///
    /// - Parameter isLost: whether the message of a delivery is lost between commit and confirm.
    mutating func release(limit: Int = 256, isLost: (DeliveryKey) -> Bool = { _ in false }) {
        while true {
            let releasable = rows.filter { $0.value.releaseAt.map { $0 <= now } ?? false }
                .sorted {
                    ($0.value.releaseAt ?? now, $0.key.occurrenceID) < ($1.value.releaseAt ?? now, $1.key.occurrenceID)
                }
            guard !releasable.isEmpty else { return }
            var ids: [Int64] = []
            for row in releasable.prefix(limit) where !ids.contains(row.key.occurrenceID) {
                ids.append(row.key.occurrenceID)
            }
            decide(ids, isRelease: true, isLost: isLost)
            for (key, row) in rows where ids.contains(key.occurrenceID) {
                if row.releaseAt.map({ $0 <= now }) ?? false, row.state != .held, row.state != .requested {
                    rows[key]?.releaseAt = nil
                }
            }
        }
    }

    mutating func decide(_ ids: [Int64], isRelease: Bool = false, isLost: (DeliveryKey) -> Bool = { _ in false }) {
        let decision = BatchDecision.decide(
            facts(ids), ledger: ledger(ids), now: now, policy: policy, isRelease: isRelease)
        for delivery in decision.writes.deliveries { write(delivery) }
        for permit in decision.writes.permits {
            permits[permit.recipient, default: []].append(Permit(occurrence: permit.occurrenceID, at: now))
        }
        for (recipient, occurrence, releaseAt) in decision.writes.calledForward {
            for (key, row) in rows where key.recipient == recipient && key.occurrenceID == occurrence {
                if row.state == .held, row.reason == "rate_limited" {
                    rows[key]?.releaseAt = row.releaseAt.map { min($0, releaseAt) }
                }
            }
        }
        for occurrence in decision.writes.occurrences { statuses[occurrence.id] = occurrence.status }
        for outgoing in decision.outgoing {
            guard rows[outgoing.key]?.state == .requested, rows[outgoing.key]?.id.text == outgoing.request.deliveryID
            else {
                faults.append("a message for \(outgoing.key), which is not requested")
                continue
            }
            guard !isLost(outgoing.key) else { continue }
            rows[outgoing.key]?.releaseAt = nil
            rows[outgoing.key]?.state = .sent
            sent.append(outgoing.key)
        }
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
            releaseAt: isHeldForSwitch ? .distantFuture : delivery.releaseAt)
    }

    private func facts(_ ids: [Int64]) -> [StoredFacts] {
        let reach = now - (policy.switches.limit?.length ?? .seconds(3_600)) - .seconds(1)
        return ids.compactMap { occurrences[$0] }
            .sorted { ($0.due.dueAt, $0.due.id) < ($1.due.dueAt, $1.due.id) }
            .flatMap { due, people in
                people.sorted { $0.recipient < $1.recipient }.map { person in
                    let granted = (permits[person.recipient] ?? []).filter { $0.at > reach }
                    return StoredFacts(
                        due, for: person, permits: granted.map(\.at),
                        holdsPermit: granted.contains { $0.occurrence == due.id },
                        heldForRate: line(of: person.recipient))
                }
            }
    }

    /// The occurrences that the limit holds back, those due first in front.
    func line(of recipient: Recipient) -> [Int64] {
        var places: [Int64: Instant] = [:]
        for (key, row) in rows where key.recipient == recipient && row.state == .held && row.reason == "rate_limited" {
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
                    isReleasable: row.releaseAt.map { $0 <= now } ?? false, reason: row.reason))
        }
        return ledger
    }
}
