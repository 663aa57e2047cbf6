import Foundation
import Hummingbird
import RemindersContracts
import Testing

@testable import RemindersPopupStream

@Suite("A slot for a stream belongs to what writes the stream")
struct StreamSlotTests {
    private func hub(perUser: Int = 2, queuedBytes: Int = 1_000) -> PopupHub {
        var limits = PopupHub.Limits()
        limits.perUser = perUser
        limits.queuedBytes = queuedBytes
        return PopupHub(limits: limits)
    }

    private func admit(_ hub: PopupHub, cutOff: @escaping @Sendable () -> Void = {}) -> StreamSlot? {
        guard case .admitted(let slot) = hub.connect(userID: "1", lastEventID: 0, cutOff: cutOff) else { return nil }
        return slot
    }

    @Test("an answer that is thrown away before its body has begun gives it back")
    func neverWritten() {
        let hub = hub()
        for _ in 0..<20 {
            var slot = admit(hub)
            #expect(slot != nil)
            let kept = slot
            slot = nil
            var response: Response? = Response(status: .ok, body: ResponseBody { _ in kept?.giveBack() })
            // What the outermost layer makes of an answer to HEAD.
            response = response?.createHeadResponse()
            #expect(response != nil)
            response = nil
        }
        #expect(hub.count <= 1)
    }

    @Test("it is given back once, however it ends")
    func once() {
        let hub = hub()
        let first = admit(hub)
        do {
            let second = admit(hub)
            #expect(hub.count == 2)
            #expect(admit(hub) == nil)
            second?.giveBack()
            second?.giveBack()
            #expect(hub.count == 1)
        }
        #expect(hub.count == 1)
        first?.giveBack()
        #expect(hub.count == 0)
        #expect(hub.users.isEmpty)
    }

    @Test("a client that does not read is cut off, once, though nothing more can be written to it")
    func cutOff() async {
        let hub = hub(queuedBytes: 100)
        await confirmation { cut in
            let slot = admit(hub) { cut() }
            for _ in 0..<5 { slot?.connection.events.put([UInt8](repeating: 1, count: 60)) }
        }
        #expect(hub.count == 0)
    }

    @Test("a stream ends when its token does, and no other one", .timeLimit(.minutes(1)))
    func expiry() async {
        let hub = hub()
        guard case .admitted(let short) = hub.connect(userID: "1", lastEventID: 0, endsAt: 100),
            case .admitted(let long) = hub.connect(userID: "1", lastEventID: 0, endsAt: 101)
        else {
            Issue.record("not admitted")
            return
        }
        hub.endExpired(now: 99)
        #expect(short.connection.events.put([1]))
        hub.endExpired(now: 100)
        #expect(!short.connection.events.put([2]))
        #expect(long.connection.events.put([2]))
        #expect(await short.connection.events.next() != nil, "what was put before is still written")
        #expect(await short.connection.events.next() == nil)
    }

    @Test("a hub that is closing takes nobody, and what is open ends")
    func closing() async {
        let hub = hub()
        let slot = admit(hub)
        hub.close()
        #expect(admit(hub) == nil)
        #expect(await slot?.connection.events.next() != nil)
        #expect(await slot?.connection.events.next() == nil)
    }
}
