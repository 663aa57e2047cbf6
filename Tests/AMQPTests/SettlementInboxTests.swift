import Testing

@testable import RemindersAMQP

struct SettlementInboxTests {
    @Test func announcesItselfOnceForAllThatWaits() {
        let inbox = SettlementInbox()
        let delivery = Delivery(body: [], tag: 4, epoch: 2)
        #expect(inbox.append([delivery], .acknowledge))
        #expect(!inbox.append([delivery, delivery], .discard))
        let entries = inbox.takeAll()
        #expect(entries.map(\.settlement) == [.acknowledge, .discard, .discard])
        #expect(entries.allSatisfy { $0.tag == 4 && $0.epoch == 2 })
        #expect(inbox.takeAll().isEmpty)
        #expect(inbox.append([delivery], .requeue))
    }

    @Test func nothingIsNoNews() {
        #expect(!SettlementInbox().append([], .acknowledge))
    }
}
