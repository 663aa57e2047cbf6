import RemindersDomain
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Occurrences the ledger knows: messages that came twice, and holds that are over.
@Suite struct DecideAgainTests {
    private let now = Instant(seconds: 1_770_000_000)
    private let ada = Person("1")
    private let id = DeliveryID(high: 9, low: 9)

    private func ledger(
        _ deliveries: (ChannelKind, DeliveryState, releasable: Bool, reason: String?)..., of occurrence: Int64 = 7,
        for person: Recipient = .user("1")
    ) -> [OccurrenceRecipient: [StoredDelivery]] {
        [
            OccurrenceRecipient(occurrenceID: occurrence, recipient: person): deliveries.map {
                StoredDelivery(
                    channel: $0.0, id: id, state: $0.1, isReleasable: $0.releasable, reason: $0.reason,
                    isAwaited: $0.releasable || $0.1 == .held, carrierOccurrenceID: nil, digestSize: 0)
            }
        ]
    }

    private func facts(holdsPermit: Bool = false, permits: [Instant] = [], heldForRate: [Int64] = []) -> [StoredFacts] {
        [
            StoredFacts(
                Due(7, at: now - .seconds(60)), for: ada, permits: permits, holdsPermit: holdsPermit,
                heldForRate: heldForRate)
        ]
    }

    @Test func `a message that comes again publishes what was requested, under its id and without a permit`() throws {
        let decision = BatchDecision.decide(
            facts(holdsPermit: true, permits: [now]),
            ledger: ledger((.email, .requested, false, nil), (.frontend, .sent, false, nil)), now: now,
            policy: try .limit(1))
        #expect(decision.published == ["7 1 email"])
        #expect(decision.outgoing.first?.request.reminder.deliveryID == id)
        #expect(decision.writes.deliveries.isEmpty)
        #expect(decision.writes.permits.isEmpty)
    }

    @Test(arguments: DeliveryState.allCases.filter { $0.isFinal || $0 == .sending })
    func `a message that comes again does nothing to what is sent or has ended`(state: DeliveryState) throws {
        let decision = BatchDecision.decide(
            facts(holdsPermit: true), ledger: ledger((.email, state, false, nil)), now: now, policy: try .limit(1))
        #expect(decision.outgoing.isEmpty)
        #expect(decision.writes.deliveries.isEmpty)
        #expect(decision.writes.permits.isEmpty)
    }

    @Test func `a message that comes again leaves what waits where it is`() throws {
        let decision = BatchDecision.decide(
            facts(heldForRate: [7]), ledger: ledger((.email, .held, false, "rate_limited")), now: now,
            policy: try .limit(1))
        #expect(decision.outgoing.isEmpty && decision.writes.deliveries.isEmpty && decision.writes.permits.isEmpty)
    }

    @Test func `when its time has come, what was held is sent with a permit, under its id`() throws {
        let decision = BatchDecision.decide(
            facts(heldForRate: [7]), ledger: ledger((.email, .held, true, "rate_limited")), now: now,
            policy: try .limit(1), isRelease: true)
        #expect(decision.decided == ["7 1 email requested"])
        #expect(decision.published == ["7 1 email"])
        #expect(decision.outgoing.first?.wasHeld == true)
        #expect(decision.writes.permits.map(\.occurrenceID) == [7])
        #expect(decision.statuses == ["7 sent"])
        let row = try #require(decision.writes.deliveries.first)
        #expect(row.id == id && row.wasHeld)
        // Another rate-limiter takes it when this one dies before the message is confirmed.
        #expect(row.releaseAt == now + .seconds(30))
    }

    @Test func `when its time has come and the limit is reached again, it waits on`() throws {
        let decision = BatchDecision.decide(
            facts(permits: [now - .seconds(10)], heldForRate: [7]),
            ledger: ledger((.email, .held, true, "rate_limited")), now: now, policy: try .limit(1), isRelease: true)
        #expect(decision.decided == ["7 1 email held rate_limited"])
        #expect(decision.writes.deliveries.map(\.releaseAt) == [now + .seconds(3_590)])
        #expect(decision.statuses == ["7 rate_limited rate_limited"])
    }

    @Test func `one permit covers the channels that are released later`() throws {
        let decision = BatchDecision.decide(
            facts(holdsPermit: true, permits: [now - .seconds(10)]),
            ledger: ledger((.email, .held, true, "switched_off"), (.frontend, .sent, false, nil)), now: now,
            policy: try .limit(1), isRelease: true)
        #expect(decision.decided == ["7 1 email requested"])
        #expect(decision.writes.permits.isEmpty)
    }

    @Test func `what was released but perhaps not published is published once its lease is over`() throws {
        let over = BatchDecision.decide(
            facts(), ledger: ledger((.email, .requested, true, nil)), now: now, policy: try .limit(1), isRelease: true)
        #expect(over.published == ["7 1 email"])
        #expect(over.outgoing.first?.wasHeld == true)
        let fresh = BatchDecision.decide(
            facts(), ledger: ledger((.email, .requested, false, nil)), now: now, policy: try .limit(1), isRelease: true)
        #expect(fresh.outgoing.isEmpty)
    }

    @Test func `what nobody wants any more when its time has come is withdrawn`() throws {
        var due = Due(7, at: now - .seconds(60))
        due.isActive = false
        let decision = BatchDecision.decide(
            [.init(due, for: ada, heldForRate: [7])], ledger: ledger((.email, .held, true, "rate_limited")), now: now,
            policy: try .limit(1), isRelease: true)
        #expect(decision.decided == ["7 1 email withdrawn deactivated"])
        #expect(decision.statuses == ["7 failed deactivated"])
        #expect(decision.writes.permits.isEmpty && decision.outgoing.isEmpty)
    }

    @Test func `when the first in line is not wanted any more, those behind come for the first slots`() throws {
        var due = Due(7, at: now - .seconds(60))
        due.isActive = false
        let decision = BatchDecision.decide(
            [.init(due, for: ada, permits: [now - .seconds(600)], heldForRate: [7, 8, 9, 10])],
            ledger: ledger((.email, .held, true, "rate_limited")), now: now, policy: try .limit(2), isRelease: true)
        #expect(decision.writes.calledForward.map(\.occurrenceID) == [8, 9])
        #expect(decision.writes.calledForward.map(\.releaseAt) == [now, now + .seconds(3_000)])
    }

    @Test func `an occurrence has not failed when somebody was told before the rest was withdrawn`() throws {
        var due = Due(7, at: now - .seconds(60))
        due.isActive = false
        let both = ledger((.email, .held, true, "quiet_hours")).merging(
            ledger((.email, .sent, false, nil), for: .user("2"))
        ) { first, _ in first }
        let decision = BatchDecision.decide(
            [.init(due, for: ada), .init(due, for: Person("2"))], ledger: both, now: now, policy: try .limit(1),
            isRelease: true)
        #expect(decision.statuses == ["7 sent"])
    }

    @Test func `an occurrence goes on waiting while one of its recipients does`() throws {
        let due = Due(7, at: now - .seconds(60))
        let both = ledger((.email, .held, true, "rate_limited")).merging(
            ledger((.email, .held, false, "rate_limited"), for: .user("2"))
        ) { first, _ in first }
        let decision = BatchDecision.decide(
            [.init(due, for: ada, heldForRate: [7]), .init(due, for: Person("2"), heldForRate: [7])], ledger: both,
            now: now, policy: try .limit(1), isRelease: true)
        #expect(decision.published == ["7 1 email"])
        #expect(decision.statuses == ["7 rate_limited rate_limited"])
    }
}
