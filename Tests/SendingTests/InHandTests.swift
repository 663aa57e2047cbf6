import RemindersDomain
import RemindersStore
import Testing

@testable import RemindersSending

@Suite struct InHandTests {
    private let key = DeliveryKey(occurrenceID: 1, recipient: .user("1"), channel: .email)

    @Test func `what was claimed is in hand until its end was noted`() {
        var inHand = InHand()
        inHand.add([key])
        #expect(inHand.contains(key))
        inHand.remove([key])
        #expect(!inHand.contains(key))
        inHand.remove([key])
        inHand.add([key])
        #expect(inHand.contains(key))
    }

    @Test func `what was claimed anew before its putting back was noted stays in hand`() {
        var inHand = InHand()
        inHand.add([key])
        inHand.add([key])
        inHand.remove([key])
        #expect(inHand.contains(key))
        inHand.remove([key])
        #expect(!inHand.contains(key))
    }
}
