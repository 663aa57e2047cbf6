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
