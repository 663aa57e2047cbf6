import RemindersDomain
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// First decisions: occurrences the ledger does not know yet.
@Suite struct BatchDecisionTests {
    private let now = Instant(seconds: 1_770_000_000)
    private let ada = Person("1")

    private func due(_ id: Int64, _ change: (inout Due) -> Void = { _ in }) -> Due {
        var due = Due(id, at: now - .seconds(1))
        change(&due)
        return due
    }

    @Test func `a user who never said anything gets mail and a pop-up with one permit`() throws {
        let decision = BatchDecision.decide([.init(due(7), for: ada)], now: now, policy: try .limit(5))
        #expect(decision.decided == ["7 1 email requested", "7 1 frontend requested"])
        #expect(decision.published == ["7 1 email", "7 1 frontend"])
        #expect(decision.statuses == ["7 sent"])
        #expect(decision.writes.permits.map(\.occurrenceID) == [7])
        #expect(decision.writes.permits.map(\.recipient) == [.user("1")])
        #expect(decision.ended.isEmpty && decision.writes.calledForward.isEmpty)
    }

    @Test func `a delivery that is sent at once keeps no release time and no explanation`() throws {
        let decision = BatchDecision.decide([.init(due(7), for: ada)], now: now, policy: try .limit(5))
        for delivery in decision.writes.deliveries {
            #expect(delivery.releaseAt == nil && delivery.decision == nil && !delivery.wasHeld)
        }
        #expect(decision.outgoing.allSatisfy { !$0.wasHeld })
        // The message carries the row's id.
        #expect(decision.outgoing.map(\.request.reminder.deliveryID) == decision.writes.deliveries.map(\.id))
    }

    @Test func `permits taken in a batch count for what follows in it`() throws {
        let facts = (1...7).map { StoredFacts(due($0) { $0.channels = [.frontend: false] }, for: ada) }
        let decision = BatchDecision.decide(facts, now: now, policy: try .limit(5))
        #expect(decision.writes.permits.map(\.occurrenceID) == [1, 2, 3, 4, 5])
        #expect(decision.published == (1...5).map { "\($0) 1 email" })
        #expect(decision.decided.suffix(2) == ["6 1 email held rate_limited", "7 1 email held rate_limited"])
        #expect(decision.statuses == (1...5).map { "\($0) sent" } + (6...7).map { "\($0) rate_limited rate_limited" })
    }

    @Test func `permits of the last hour count, older ones do not`() throws {
        let permits = [-3_600, -3_599, -60].map { now + .seconds($0) }
        let two = BatchDecision.decide([.init(due(7), for: ada, permits: permits)], now: now, policy: try .limit(2))
        #expect(two.decided.allSatisfy { $0.hasSuffix("held rate_limited") })
        #expect(two.writes.deliveries.map(\.releaseAt) == [now + .seconds(1), now + .seconds(1)])
        let three = BatchDecision.decide([.init(due(7), for: ada, permits: permits)], now: now, policy: try .limit(3))
        #expect(three.statuses == ["7 sent"])
    }

    @Test func `who waits is let go one after another, each when a permit of before runs out`() throws {
        let permits = [-600, -1_200].map { now + .seconds($0) }
        let facts = (1...3).map {
            StoredFacts(due($0) { $0.channels = [.frontend: false] }, for: ada, permits: permits)
        }
        let decision = BatchDecision.decide(facts, now: now, policy: try .limit(2))
        #expect(
            decision.writes.deliveries.map(\.releaseAt)
                == [now + .seconds(2_400), now + .seconds(3_000), now + .seconds(2_400 + 3_600)])
    }

    @Test func `a newcomer waits behind those who wait already, although a slot is free`() throws {
        let decision = BatchDecision.decide(
            [.init(due(9), for: ada, permits: [now - .seconds(60)], heldForRate: [8])], now: now, policy: try .limit(2))
        #expect(decision.statuses == ["9 rate_limited rate_limited"])
        let roomy = BatchDecision.decide(
            [.init(due(9), for: ada, permits: [now - .seconds(60)], heldForRate: [8])], now: now, policy: try .limit(3))
        #expect(roomy.statuses == ["9 sent"])
    }

    @Test func `one person's limit is no other's`() throws {
        let facts = (1...3).flatMap { id in
            [ada, Person("2")].map { StoredFacts(due(id) { $0.channels = [.frontend: false] }, for: $0) }
        }
        let decision = BatchDecision.decide(facts, now: now, policy: try .limit(3))
        #expect(decision.outgoing.count == 6)
        #expect(decision.writes.permits.count == 6)
    }

    @Test func `an occurrence is rate limited as long as one of its recipients waits`() throws {
        let full = [now - .seconds(60)]
        let decision = BatchDecision.decide(
            [.init(due(7), for: ada, permits: full), .init(due(7), for: Person("2"))], now: now, policy: try .limit(1))
        #expect(decision.statuses == ["7 rate_limited rate_limited"])
        #expect(decision.published == ["7 2 email", "7 2 frontend"])
    }

    @Test func `an occurrence that waits for quiet hours is processing, and says why`() throws {
        var sleeper = ada
        sleeper.quietHours = StoredQuietHours(startMinute: 0, endMinute: 1_439, isoWeekdays: Array(1...7))
        let decision = BatchDecision.decide([.init(due(7), for: sleeper)], now: now, policy: try .limit(5))
        #expect(decision.statuses == ["7 processing quiet_hours"])
        #expect(decision.writes.permits.isEmpty && decision.outgoing.isEmpty)
        #expect(decision.writes.deliveries.allSatisfy { $0.state == .held && ($0.releaseAt ?? now) > now })
        #expect(decision.writes.deliveries.allSatisfy { $0.decision?.contains("quiet") == true })
    }

    @Test func `a channel that is switched off waits for the switch, the others go`() throws {
        let decision = BatchDecision.decide(
            [.init(due(7), for: ada)], now: now, policy: try .limit(5, channels: .frontend))
        #expect(decision.decided == ["7 1 email held switched_off", "7 1 frontend requested"])
        #expect(decision.writes.deliveries[0].releaseAt == nil)
        #expect(decision.statuses == ["7 processing switched_off"])
    }

    @Test func `preferences choose the channels, and the reminder changes them one by one`() throws {
        var person = ada
        person.preferred = [.email: false, .mattermost: true, .frontend: true]
        let plain = BatchDecision.decide([.init(due(7), for: person)], now: now, policy: try .limit(5))
        #expect(plain.published == ["7 1 mattermost", "7 1 frontend"])
        let changed = due(7) { $0.channels = [.email: true, .frontend: false] }
        let decision = BatchDecision.decide([.init(changed, for: person)], now: now, policy: try .limit(5))
        #expect(decision.published == ["7 1 email", "7 1 mattermost"])
    }

    @Test func `an override leaves the preferences out of it`() throws {
        let changed = due(7) {
            $0.channels = [.mattermost: true]
            $0.overridesPreferences = true
        }
        let decision = BatchDecision.decide([.init(changed, for: ada)], now: now, policy: try .limit(5))
        #expect(decision.published == ["7 1 mattermost"])
        #expect(decision.outgoing.first?.request.address == "@user1")
    }

    @Test func `an unknown user, nobody to tell, and an address that is missing end at once with one record each`()
        throws
    {
        var unknown = Person("404")
        unknown.isKnown = false
        var silent = Person("2")
        silent.preferred = [.email: false, .mattermost: false, .frontend: false]
        var homeless = Person("3")
        homeless.email = nil
        homeless.preferred = [.email: true, .mattermost: false, .frontend: false]
        let facts = [unknown, silent, homeless].enumerated().map { StoredFacts(due(Int64($0 + 1)), for: $1) }
        let decision = BatchDecision.decide(facts, now: now, policy: try .limit(5))
        #expect(
            decision.decided == [
                "1 404 email rejected unknown_user", "2 2 email rejected no_channel", "3 3 email rejected no_address",
            ])
        #expect(decision.statuses == ["1 failed unknown_user", "2 failed no_channel", "3 failed no_address"])
        // They are announced like every other end, with no attempt made.
        #expect(decision.ended.map(\.logged.deliveryID) == decision.writes.deliveries.map(\.id))
        #expect(decision.ended.map(\.logged.reason) == ["unknown_user", "no_channel", "no_address"])
        #expect(decision.ended.allSatisfy { $0.logged.outcome == .rejected && $0.logged.attempts == 0 })
        #expect(decision.outgoing.isEmpty && decision.writes.permits.isEmpty)
    }

    @Test func `an address that no mail can go to is its own reason`() throws {
        var person = ada
        person.email = "not an address"
        let decision = BatchDecision.decide([.init(due(7), for: person)], now: now, policy: try .limit(5))
        #expect(decision.decided == ["7 1 email rejected bad_address", "7 1 frontend requested"])
        #expect(decision.statuses == ["7 sent"])
    }

    @Test func `an occurrence has not failed when one of its recipients is told`() throws {
        var unknown = Person("404")
        unknown.isKnown = false
        let decision = BatchDecision.decide(
            [.init(due(7), for: ada), .init(due(7), for: unknown)], now: now, policy: try .limit(5))
        #expect(decision.statuses == ["7 sent"])
    }

    @Test func `a raw address gets mail, under its limit like everybody`() throws {
        let raw = Person(address: "Info@Example.com")
        let facts = (1...2).map { StoredFacts(due($0), for: raw) }
        let decision = BatchDecision.decide(facts, now: now, policy: try .limit(1))
        #expect(decision.published == ["1 mailto:info@example.com email"])
        #expect(decision.outgoing.first?.request.address == "info@example.com")
        #expect(decision.statuses == ["1 sent", "2 rate_limited rate_limited"])
    }

    @Test func `the reminder's own maximum lateness wins over the operator's`() throws {
        var policy = try RateLimiter.Policy.limit(5)
        policy.switches.maximumLateness = .seconds(3_600)
        let late = Due(7, at: now - .seconds(60))
        var strict = late
        strict.maximumLateness = .seconds(30)
        #expect(BatchDecision.decide([.init(late, for: ada)], now: now, policy: policy).statuses == ["7 sent"])
        #expect(
            BatchDecision.decide([.init(strict, for: ada)], now: now, policy: policy).statuses == ["7 failed too_late"])
    }
}
