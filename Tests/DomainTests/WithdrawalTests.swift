import Testing

@testable import RemindersDomain

/// The list of reasons for which nobody wants a delivery any more.
@Suite struct WithdrawalTests {
    @Test func `every reason is in the list once, but for the one that is about a channel`() {
        #expect(
            Withdrawal.all.map(\.reason) + [.channelDeselected]
                == WithdrawReason.allCases.sorted { $0.place < $1.place })
        #expect(Set(Withdrawal.all.map(\.words)).count == Withdrawal.all.count)
    }

    /// What makes each reason hold where nothing else does.
    private static let causes: [(WithdrawReason, @Sendable (inout WantedFacts) -> Void)] = [
        (.personErased, { $0.isErased = true }),
        (.reminderDeleted, { $0.isDeleted = true }),
        (.deactivated, { $0.isActive = false }),
        (.recipientRemoved, { $0.isAddressed = false }),
        (.dismissed, { $0.hasDismissed = true }),
        (.caseDeleted, { $0.caseFacts?.isDeleted = true }),
        (.caseClosed, { $0.caseFacts?.isClosed = true }),
        (.snoozed, { $0.snoozedUntil = $0.now + .seconds(1) }),
    ]

    @Test(arguments: Trigger.allCases) func `each holds by itself, and none without its cause`(trigger: Trigger) {
        var facts = WantedFacts(
            now: Instant(microseconds: 0),
            occurrence: .init(
                id: 1, dueAt: .distantPast, trigger: trigger, deadline: Instant(microseconds: 9), isSuperseded: false),
            caseFacts: .init(status: "open", deadline: Instant(microseconds: 9)))
        facts.snoozedUntil = facts.now
        #expect(Decision.withdrawal(facts) == nil)
        for (reason, cause) in WithdrawalTests.causes {
            var withCause = facts
            cause(&withCause)
            #expect(Decision.withdrawal(withCause) == reason)
        }
    }

    @Test func `a reminder about the status that closes a case goes out although the case is closed`() {
        var facts = WantedFacts(
            now: .distantPast,
            occurrence: .init(id: 1, dueAt: .distantPast, trigger: .statusChange, newStatus: "closed"),
            caseFacts: .init(status: "closed", isClosed: true))
        #expect(Decision.withdrawal(facts) == nil)
        facts.caseFacts?.status = "open"
        #expect(Decision.withdrawal(facts) == .caseStatusChanged)
    }

    @Test func `statuses are compared byte by byte, as the database does`() {
        let facts = WantedFacts(
            now: .distantPast,
            occurrence: .init(id: 1, dueAt: .distantPast, trigger: .statusChange, newStatus: "p\u{E5}"),
            caseFacts: .init(status: "pa\u{30A}"))
        #expect(Decision.withdrawal(facts) == .caseStatusChanged)
    }
}

extension WithdrawReason {
    fileprivate var place: Int { Withdrawal.all.firstIndex { $0.reason == self } ?? Withdrawal.all.count }
}
