import RemindersDomain
import RemindersHTTPService
import RemindersStore
import Testing

@testable import RemindersRoutes

/// What an interaction changes, without a database.
@Suite struct ResponseRuleTests {
    private static let now = Instant(rfc3339: "2026-02-10T12:00:00Z")!
    private static let soon = now + .seconds(900)
    private static let next = now + .seconds(86_400)

    private static func facts(
        _ response: StoredResponse = StoredResponse(), _ change: (inout ResponseFacts) -> Void = { _ in }
    ) -> ResponseFacts {
        var facts = ResponseFacts(now: now, response: response, nextCheckAt: next)
        change(&facts)
        return facts
    }

    @Test func `whatever a person did before, doing the same twice logs it once`() throws {
        let times: [Instant?] = [nil, Self.now - .seconds(60), Self.now, Self.soon]
        let interactions: [Interaction] = [
            .snooze(minutes: 1), .snooze(minutes: 525_600), .snoozeUntil(.instant(Self.soon)), .dismiss,
            .dismissOccurrence, .acknowledge,
        ]
        for snoozedUntil in times {
            for dismissedAt in times.dropLast() {
                for acknowledgedAt in times.dropLast() {
                    let response = StoredResponse(
                        snoozedUntil: snoozedUntil, dismissedAt: dismissedAt, acknowledgedAt: acknowledgedAt)
                    for interaction in interactions {
                        var facts = Self.facts(response) { $0.hasPendingPopups = true }
                        let first = try ResponseRule(facts: facts).change(by: interaction)
                        facts.response = first.response
                        facts.hasPendingPopups = false
                        facts.now = Self.now + .seconds(5)
                        let second = try ResponseRule(facts: facts).change(by: interaction)
                        #expect(
                            second.response == first.response && second.log == nil, "\(interaction) after \(response)")
                    }
                }
            }
        }
    }

    @Test func `a snooze for as many minutes is another one when it is not the same click`() throws {
        let facts = Self.facts(StoredResponse(snoozedUntil: Self.soon - .seconds(10)))
        let change = try ResponseRule(facts: facts).change(by: .snooze(minutes: 15))
        #expect(change.response.snoozedUntil == Self.soon && change.log?.kind == .snooze)
        let shorter = try ResponseRule(facts: Self.facts(StoredResponse(snoozedUntil: Self.soon)))
            .change(by: .snooze(minutes: 14))
        #expect(shorter.response.snoozedUntil == Self.soon - .seconds(60))
    }

    @Test func `a snooze ends in the future, and within a year`() throws {
        let year = ResponseRule.longestSnooze
        for (time, isPossible) in [
            (Self.now, false), (Self.now + .microseconds(1), true), (Self.now + year, true),
            (Self.now + year + .microseconds(1), false), (Self.now - .seconds(1), false),
        ] {
            let change = try? ResponseRule(facts: Self.facts()).change(by: .snoozeUntil(.instant(time)))
            #expect((change != nil) == isPossible, "\(time)")
        }
    }

    @Test func `a local time is the person's, also where clocks change`() throws {
        let facts = Self.facts {
            $0.timeZone = "Europe/Copenhagen"
            $0.now = Instant(rfc3339: "2026-03-28T12:00:00Z")!
        }
        let local = LocalDateTime(iso8601: "2026-03-29T02:30:00")!
        let change = try ResponseRule(facts: facts).change(by: .snoozeUntil(.local(local)))
        #expect(change.response.snoozedUntil == Instant(rfc3339: "2026-03-29T01:30:00Z"))
    }

    @Test func `what comes next is the end of the snooze, else the next occurrence, else nothing`() {
        func next(_ response: StoredResponse, _ change: (inout ResponseFacts) -> Void = { _ in }) -> Instant? {
            ResponseRule(facts: Self.facts(response, change)).nextAt(after: response)
        }
        let snoozed = StoredResponse(snoozedUntil: Self.soon)
        #expect(next(StoredResponse()) == Self.next)
        #expect(next(StoredResponse()) { $0.nextCheckAt = nil } == nil)
        #expect(next(snoozed) == Self.soon)
        #expect(next(snoozed) { $0.nextCheckAt = nil } == Self.soon)
        #expect(next(StoredResponse(snoozedUntil: Self.now)) == Self.next)
        #expect(next(StoredResponse(dismissedAt: Self.now)) == nil)
        #expect(next(snoozed) { $0.isActive = false } == nil)
        #expect(next(snoozed) { $0.caseIsClosed = true } == nil)
        #expect(next(snoozed) { $0.caseIsDeleted = true } == nil)
        // What tells that a case was closed is sent although it is.
        #expect(
            next(snoozed) {
                $0.caseIsClosed = true
                $0.trigger = .statusChange
            } == Self.soon)
    }
}
