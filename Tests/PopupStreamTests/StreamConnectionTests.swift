import Foundation
import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersPopupStream

@Suite("A stream shows each pop-up once")
struct StreamConnectionTests {
    @Test("what came live is not repeated from the list, and the other way round")
    func once() async {
        let connection = StreamConnection(userID: "1", lastEventID: 0, queueLimit: 100_000)
        connection.show(popup(5))
        #expect(text(connection.synchronize([popup(4), popup(5)])) == ["4", "pending 4,5"])
        connection.show(popup(4))
        #expect(await queued(connection) == ["5"])
    }

    @Test("what the client saw before it connected again is left out")
    func resumes() {
        let connection = StreamConnection(userID: "1", lastEventID: 8, queueLimit: 100_000)
        let events = connection.synchronize([popup(7), popup(8), popup(9)], seenThrough: 8)
        #expect(text(events) == ["9", "pending 7,8,9"])
    }

    @Test("a comparison that read the list earlier takes nothing back")
    func newerStays() {
        let connection = StreamConnection(userID: "1", lastEventID: 0, queueLimit: 100_000)
        connection.show(popup(3))
        connection.show(popup(6))
        #expect(text(connection.synchronize([popup(3)])) == ["pending 3,6"])
        #expect(text(connection.synchronize([popup(3), popup(6)])) == ["pending 3,6"])
    }

    @Test("one that was lost on its way keeps the higher id of the event, so that no later one comes twice")
    func lateOne() async {
        let connection = StreamConnection(userID: "1", lastEventID: 0, queueLimit: 100_000)
        connection.show(popup(9))
        let events = connection.synchronize([popup(8), popup(9)])
        #expect(String(decoding: events[0], as: UTF8.self).hasPrefix("id: 9\nevent: popup\ndata: {\"id\":8,"))
    }

    @Test("whoever does not read is cut off, at no more memory than the limit")
    func bounded() async {
        let connection = StreamConnection(userID: "1", lastEventID: 0, queueLimit: 2_000)
        for id in 1...50 { connection.show(popup(Int64(id))) }
        #expect(await connection.events.next() == nil)
        #expect(connection.events.put([1]) == false)
    }

    @Test("a queue gives what is there when it is closed, and then the end")
    func closing() async {
        let queue = EventQueue(limit: 100)
        queue.put([1, 2])
        queue.close()
        #expect(await queue.next().map { Array($0.readableBytesView) } == [1, 2])
        #expect(await queue.next() == nil)
    }

    @Test("line breaks in texts stay inside the one line of data")
    func oneLine() {
        let bytes = StreamEvent.popup(popup(1, title: "a\n\ndata: x\r\nevent: y\u{2028}"), id: 1)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
        #expect(!text.utf8.contains(UInt8(ascii: "\r")))
    }

    private func popup(_ id: Int64, title: String = "Follow up") -> Popup {
        Popup(
            id: id,
            ShownReminder(
                deliveryID: DeliveryID(high: 1, low: UInt64(id)), occurrenceID: id, reminderID: 1, title: title,
                about: CaseSummary(reference: CaseReference(entityType: "case", id: "123")),
                dueAt: Instant(microseconds: 0)),
            isRecurring: false, createdAt: Instant(microseconds: 0))
    }

    private func queued(_ connection: StreamConnection) async -> [String] {
        connection.events.close()
        guard let buffer = await connection.events.next() else { return [] }
        let events = String(buffer: buffer).components(separatedBy: "\n\n").filter { !$0.isEmpty }
        return text(events.map { Array($0.utf8) })
    }

    /// The numbers of pop-ups, and `pending` with its numbers.
    private func text(_ events: [[UInt8]]) -> [String] {
        events.map { event in
            let text = String(decoding: event, as: UTF8.self)
            let numbers = text.firstMatch(of: /"ids":\[([0-9,]*)\]/).map { String($0.1) }
            if let numbers { return "pending \(numbers)" }
            return text.firstMatch(of: /"id":([0-9]+)/).map { String($0.1) } ?? text
        }
    }
}
