import RemindersAMQP
import Testing

@testable import RemindersRateLimiting

@Suite struct DueDeliveryTests {
    private func due(_ occurrenceID: Int64, tag: UInt64, messageID: String? = nil) -> DueDelivery {
        DueDelivery(
            delivery: Delivery(body: [], properties: MessageProperties(messageID: messageID), tag: tag),
            occurrenceID: occurrenceID, reminderID: 1)
    }

    @Test func `the body says which occurrence a delivery is about, not its message id`() {
        let batch = [
            due(1, tag: 1), due(2, tag: 2), due(2, tag: 3, messageID: "9"), due(3, tag: 4, messageID: "2"),
            due(4, tag: 5, messageID: ""),
        ]
        let (done, again) = batch.settled(unpublished: [2])
        #expect(done.map(\.tag) == [1, 4, 5])
        #expect(again.map(\.tag) == [2, 3])
    }

    @Test func `everything is settled once`() {
        let batch = (1...50).map { due(Int64($0 / 3), tag: UInt64($0)) }
        let (done, again) = batch.settled(unpublished: [3, 7, 400])
        #expect((done + again).map(\.tag).sorted() == batch.map(\.delivery.tag))
        #expect(again.count == 6)
    }
}
