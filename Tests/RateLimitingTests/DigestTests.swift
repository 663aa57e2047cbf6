import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// What is held for one person and leaves together.
@Suite struct DigestTests {
    private let now = Instant(seconds: 1_770_000_000)
    private let ada = Person("1")

    /// A person's deliveries by mail that are held, one for each occurrence, with this much of them ready.
    private struct Held {
        var facts: [StoredFacts] = []
        var ledger: [OccurrenceRecipient: [StoredDelivery]] = [:]
    }

    private func held(
        _ ids: [Int64], ready: Set<Int64>, for person: Person? = nil, reason: String = "rate_limited",
        permits: [Instant] = [], line: [Int64]? = nil, channels: [ChannelKind] = [.email],
        _ change: (inout Due) -> Void = { _ in }
    ) -> Held {
        let person = person ?? ada
        var held = Held()
        for id in ids {
            var due = Due(id, at: now - .seconds(10_000 - id))
            change(&due)
            held.facts.append(
                StoredFacts(
                    due, for: person, permits: permits,
                    heldForRate: line ?? (reason == "rate_limited" ? ids.sorted() : [])))
            held.ledger[OccurrenceRecipient(occurrenceID: id, recipient: person.recipient)] = channels.enumerated().map
            {
                delivery(id, $1, .held, isReleasable: ready.contains(id), reason: reason, number: $0)
            }
        }
        return held
    }

    private func delivery(
        _ occurrence: Int64, _ channel: ChannelKind, _ state: DeliveryState, isReleasable: Bool, reason: String?,
        number: Int = 0, isAwaited: Bool = true, carrier: Int64? = nil, size: Int = 0
    ) -> StoredDelivery {
        StoredDelivery(
            channel: channel, id: DeliveryID(high: UInt64(occurrence), low: UInt64(number)), state: state,
            isReleasable: isReleasable, reason: reason, isAwaited: isAwaited, carrierOccurrenceID: carrier,
            digestSize: size)
    }

    private func policy(
        _ limit: Int, _ overflow: OverflowPolicy = .digest, quiet: OverflowPolicy = .defer
    ) throws -> RateLimiter.Policy {
        var policy = try RateLimiter.Policy.limit(limit)
        policy.switches.overflow = overflow
        policy.switches.quietHoursOverflow = quiet
        return policy
    }

    private func release(_ held: Held, _ policy: RateLimiter.Policy) -> BatchDecision {
        BatchDecision.decide(held.facts, ledger: held.ledger, now: now, policy: policy, isRelease: true)
    }

    /// `3+4+5 email`, in the order they are published.
    private func messages(_ decision: BatchDecision) -> [String] {
        decision.outgoing.map { outgoing in
            outgoing.request.reminders.map { "\($0.occurrenceID)" }.joined(separator: "+") + " "
                + outgoing.request.channel.rawValue
        }
    }

    @Test func `each time is in its reminder's zone, unless the person has one`() throws {
        let zones = [Int64(3): "Europe/Copenhagen", 4: "America/New_York", 5: "Europe/Copenhagen"]
        func request(for person: Person) throws -> DeliveryRequested {
            var policy = try policy(1)
            policy.switches.quietHoursOverflow = .digest
            let decision = release(
                held([3, 4, 5], ready: [3], for: person) { $0.timeZone = zones[$0.id] ?? "" }, policy)
            return try #require(decision.outgoing.first?.request)
        }
        let raw = try request(for: Person(address: "a@example.org"))
        #expect(raw.timeZone == "Europe/Copenhagen")
        #expect(raw.digest.map(\.timeZone) == ["America/New_York", nil])
        var known = ada
        known.timeZone = "Asia/Tokyo"
        let own = try request(for: known)
        #expect(own.timeZone == "Asia/Tokyo" && own.digest.map(\.timeZone) == [nil, nil])
        #expect(try DeliveryRequested(decoding: raw.encode()) == raw)
        // Whatever is withdrawn in the meantime, all that are left keep theirs.
        for kept in [[Int64(3), 4, 5], [4, 5], [3, 5], [5], [4], [3]] {
            let rest = try #require(raw.keeping { kept.contains($0) })
            #expect(rest.reminders.map { $0.timeZone ?? rest.timeZone } == kept.map { zones[$0] })
        }
    }

    @Test func `when the first is released, all that wait leave with it, in one message with one permit`() throws {
        let decision = release(held([3, 4, 5], ready: [3]), try policy(1))
        #expect(messages(decision) == ["3+4+5 email"])
        #expect(decision.writes.permits.map(\.occurrenceID) == [3])
        #expect(decision.writes.deliveries.map(\.state) == [.requested, .requested, .requested])
        #expect(decision.writes.deliveries.map(\.carrierOccurrenceID) == [3, 3, 3])
        // Whoever finds the rows after a crash has all of them to come back to.
        #expect(decision.writes.deliveries.allSatisfy { $0.releaseAt == now + .seconds(30) })
        #expect(decision.outgoing.first?.keys.map(\.occurrenceID) == [3, 4, 5])
        #expect(
            decision.outgoing.first?.request.digest.map(\.deliveryID) == decision.writes.deliveries[1...].map(\.id)
        )
        #expect(decision.statuses == ["3 sent", "4 sent", "5 sent"])
        #expect(decision.writes.calledForward.isEmpty)
        // Why it left without a permit of its own.
        #expect(decision.writes.deliveries[1].decision?.contains("another, which has its permit") == true)
        #expect(decision.writes.deliveries[0].decision == nil)
    }

    @Test func `one that leaves alone is no digest`() throws {
        let decision = release(held([3], ready: [3]), try policy(1))
        #expect(messages(decision) == ["3 email"])
        #expect(decision.writes.deliveries.map(\.carrierOccurrenceID) == [nil])
    }

    @Test func `without a slot all go on waiting, for the same one`() throws {
        let decision = release(held([3, 4, 5], ready: [3, 4, 5], permits: [now - .seconds(60)]), try policy(1))
        #expect(decision.outgoing.isEmpty && decision.writes.permits.isEmpty)
        #expect(Set(decision.writes.deliveries.map(\.releaseAt)) == [now + .seconds(3_540)])
    }

    @Test func `where the policy is to wait, each leaves alone with its own permit`() throws {
        let decision = release(held([3, 4, 5], ready: [3, 4, 5]), try policy(2, .defer))
        #expect(messages(decision) == ["3 email", "4 email"])
        #expect(decision.writes.permits.map(\.occurrenceID) == [3, 4])
    }

    @Test func `what quiet hours held leaves together when they are over, whatever the limit's policy`() throws {
        let quiet = held([3, 4, 5], ready: [3, 4, 5], reason: "quiet_hours")
        #expect(messages(release(quiet, try policy(5, .defer, quiet: .digest))) == ["3+4+5 email"])
        let deferred = release(quiet, try policy(5, .digest, quiet: .defer))
        #expect(messages(deferred) == ["3 email", "4 email", "5 email"])
    }

    @Test func `no more than fifty leave together; the next fifty need a permit of their own`() throws {
        let many = held(Array(1...120), ready: Set(1...120))
        let two = release(many, try policy(2))
        #expect(two.outgoing.map { $0.keys.count } == [50, 50])
        #expect(two.writes.permits.map(\.occurrenceID) == [1, 51])
        #expect(two.writes.calledForward.map(\.occurrenceID) == Array(101...120))
        #expect(Set(two.writes.calledForward.map(\.releaseAt)) == [now + .seconds(3_600)])
        let one = release(many, try policy(1))
        #expect(one.outgoing.map { $0.keys.count } == [50])
    }

    @Test func `long texts make fewer of them, so that a message stays one that the broker takes`() throws {
        let long = String(repeating: "\u{1}", count: 300)
        let decision = release(
            held(Array(1...50), ready: Set(1...50)) {
                $0.title = long
                $0.message = long + long
            }, try policy(5))
        #expect(decision.outgoing.count > 1)
        #expect(decision.outgoing.flatMap(\.keys).count == 50)
        #expect(decision.outgoing.allSatisfy { $0.request.encode().count <= 262_144 })
    }

    @Test func `each channel has its message, pop-ups one each, and one permit is enough`() throws {
        var person = ada
        person.preferred = [.email: true, .mattermost: true, .frontend: true]
        let decision = release(
            held([3, 4], ready: [3], for: person, channels: [.email, .mattermost, .frontend]), try policy(1))
        #expect(Set(messages(decision)) == ["3+4 email", "3+4 mattermost", "3 frontend", "4 frontend"])
        #expect(decision.writes.permits.map(\.occurrenceID) == [3])
        for delivery in decision.writes.deliveries {
            #expect(delivery.carrierOccurrenceID == (delivery.channel == .frontend ? nil : 3))
        }
    }

    @Test func `which channels keep occurrences apart says their registry`() throws {
        var policy = try policy(1)
        policy.switches.installed = ChannelRegistry([
            ChannelDescription(kind: .email, name: "", way: "", switchWord: nil, joinsDigests: false),
            ChannelDescription(kind: .frontend, name: "", way: "", switchWord: nil, address: .none),
        ])
        var person = ada
        person.preferred = [.email: true, .frontend: true]
        let decision = release(held([3, 4], ready: [3], for: person, channels: [.email, .frontend]), policy)
        #expect(Set(messages(decision)) == ["3 email", "4 email", "3+4 frontend"])
    }

    @Test func `what is not wanted any more does not leave with the others`() throws {
        let decision = release(
            held([3, 4, 5], ready: [3]) { if $0.id == 4 { $0.isActive = false } }, try policy(1))
        #expect(messages(decision) == ["3+5 email"])
        #expect(decision.decided.contains("4 1 email withdrawn deactivated"))
    }

    @Test func `one person's digest is no other's`() throws {
        let one = held([3, 4], ready: [3])
        let other = held([5, 6], ready: [5], for: Person("2"))
        let both = Held(
            facts: one.facts + other.facts, ledger: one.ledger.merging(other.ledger) { first, _ in first })
        #expect(messages(release(both, try policy(1))) == ["3+4 email", "5+6 email"])
    }

    @Test func `when nobody's time has come, nothing leaves`() throws {
        let decision = release(held([3, 4], ready: []), try policy(5))
        #expect(decision.outgoing.isEmpty && decision.writes.deliveries.isEmpty)
    }

    @Test func `a message that comes again takes nothing along`() throws {
        let waiting = held([3, 4], ready: [3])
        let decision = BatchDecision.decide(
            waiting.facts, ledger: waiting.ledger, now: now, policy: try policy(1), isRelease: false)
        #expect(messages(decision) == ["3 email"])
        #expect(decision.writes.deliveries.map(\.carrierOccurrenceID) == [nil])
    }

    @Test func `a newcomer joins those that wait, although a slot is free`() throws {
        let due = Due(9, at: now)
        let decision = BatchDecision.decide(
            [.init(due, for: ada, heldForRate: [3, 4])], now: now, policy: try policy(1))
        #expect(decision.outgoing.isEmpty)
        #expect(decision.writes.deliveries.allSatisfy { $0.releaseAt == now })
        #expect(decision.writes.calledForward.map(\.occurrenceID) == [3, 4, 9])
        #expect(decision.writes.calledForward.allSatisfy { $0.releaseAt == now })
    }

    // MARK: After a crash

    /// A digest of 3, 4 and 5 by mail, with the carrier in this state.
    private func unpublished(
        carrier: DeliveryState = .requested, isAwaited: Bool = true, isReleasable: Bool = true, without: Int64? = nil
    ) -> Held {
        var digest = held([3, 4, 5].filter { $0 != without }, ready: [])
        for fact in digest.facts {
            let id = fact.due.occurrenceID
            let isCarrier = id == 3
            digest.ledger[OccurrenceRecipient(occurrenceID: id, recipient: ada.recipient)] = [
                delivery(
                    id, .email, isCarrier ? carrier : .requested, isReleasable: isCarrier ? isReleasable : true,
                    reason: nil, isAwaited: isCarrier ? isAwaited : true, carrier: 3, size: isCarrier ? 3 : 0)
            ]
        }
        return digest
    }

    @Test func `a digest that was perhaps not published is published again, whole`() throws {
        let decision = release(unpublished(), try policy(1))
        #expect(messages(decision) == ["3+4+5 email"])
        #expect(decision.writes.deliveries.isEmpty && decision.writes.permits.isEmpty)
        // Also when the policy has changed since.
        #expect(messages(release(unpublished(), try policy(1, .defer))) == ["3+4+5 email"])
    }

    @Test func `part of a digest is not published`() throws {
        for part in [unpublished(without: 5), unpublished(without: 3), unpublished(isReleasable: false)] {
            let decision = release(part, try policy(1))
            #expect(decision.outgoing.isEmpty && decision.alreadyPublished.isEmpty)
        }
        let again = unpublished()
        let decision = BatchDecision.decide(
            again.facts, ledger: again.ledger, now: now, policy: try policy(1), isRelease: false)
        #expect(decision.outgoing.isEmpty)
    }

    @Test(arguments: [
        (DeliveryState.sending, true), (.sending, false), (.requested, false), (.sent, true), (.dead, false),
    ])
    func `a digest whose carrier a sender has had was published`(carrier: DeliveryState, isAwaited: Bool) throws {
        let decision = release(
            unpublished(carrier: carrier, isAwaited: isAwaited, isReleasable: isAwaited), try policy(1))
        #expect(decision.outgoing.isEmpty)
        #expect(Set(decision.alreadyPublished.map(\.occurrenceID)).isSuperset(of: [4, 5]))
    }

    // MARK: Drop and exceptions

    @Test func `what is to be dropped ends at once, with a record`() throws {
        let facts = [StoredFacts(Due(9, at: now), for: ada, permits: [now - .seconds(60)])]
        let decision = BatchDecision.decide(facts, now: now, policy: try policy(1, .drop))
        #expect(decision.decided == ["9 1 email dropped rate_limited", "9 1 frontend dropped rate_limited"])
        #expect(decision.ended.map(\.logged.outcome) == [.dropped, .dropped])
        #expect(decision.statuses == ["9 failed rate_limited"])
    }

    @Test func `an exception for urgent ones is explained, although it was sent`() throws {
        var due = Due(9, at: now)
        due.priority = .urgent
        var policy = try policy(1, .defer)
        policy.switches.urgentPassesLimit = true
        let facts = [StoredFacts(due, for: ada, permits: [now - .seconds(60)])]
        let decision = BatchDecision.decide(facts, now: now, policy: policy)
        #expect(decision.decided == ["9 1 email requested", "9 1 frontend requested"])
        #expect(decision.writes.deliveries.allSatisfy { $0.decision?.contains("being urgent") == true })
    }
}
