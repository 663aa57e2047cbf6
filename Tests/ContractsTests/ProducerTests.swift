import RemindersDomain
import Testing

@testable import RemindersContracts

@Suite("What producers build")
struct ProducerTests {
    private func request(
        address: String? = "a@example.dk", title: String = "x", message: String? = nil, url: String? = nil
    ) -> DeliveryRequested {
        DeliveryRequested(
            ShownReminder(
                deliveryID: DeliveryID(high: 0x018f_2b6e_0c1d_7a3b, low: 0x9e52_5b1f_6a0c_9d21), occurrenceID: 1,
                reminderID: 2, title: title, message: message,
                about: CaseSummary(reference: CaseReference(entityType: "case", id: "1"), title: title, url: url),
                dueAt: Instant(microseconds: 0)),
            to: .user("1"), through: .email, address: address, locale: "da", timeZone: "Europe/Copenhagen",
            requestedAt: Instant(microseconds: 1))
    }

    @Test("is cut to what a reader takes")
    func cut() throws {
        let long = request(title: String(repeating: "å", count: 301), message: String(repeating: "😀", count: 10_001))
        #expect(long.reminder.title == String(repeating: "å", count: 299) + "…")
        #expect(long.reminder.message?.unicodeScalars.count == 10_000)
        #expect(try DeliveryRequested(decoding: long.encode()) == long)

        let exact = request(title: String(repeating: "\u{301}", count: 300))
        #expect(exact.reminder.title.unicodeScalars.count == 300)
        #expect(try DeliveryRequested(decoding: exact.encode()) == exact)
    }

    @Test("loses NUL and links that must not be shown")
    func cleaned() throws {
        let message = request(title: "a\u{0}b", url: "javascript:alert(1)")
        #expect(message.reminder.title == "a\u{FFFD}b")
        #expect(message.reminder.about.url == nil)
        #expect(try DeliveryRequested(decoding: message.encode()) == message)
        #expect(request(url: "https://x.example/\u{e6}").reminder.about.url == "https://x.example/%C3%A6")
        #expect(request(url: "https://").reminder.about.url == nil)
        #expect(request(url: "https://x y").reminder.about.url == nil)
        #expect(request(url: "HTTP://x").reminder.about.url == "http://x")
    }

    @Test("fits into a body even with every character escaped")
    func largest() throws {
        let message = request(
            title: String(repeating: "\u{1}", count: 300), message: String(repeating: "\u{1}", count: 10_000))
        #expect(message.encode().count < Limits.bodyBytes)
        let escaped = String(decoding: message.encode(), as: UTF8.self)
            .replacing("\\u0001", with: "\\ud83d\\ude00")
        #expect(escaped.utf8.count < Limits.bodyBytes)
        #expect(try DeliveryRequested(decoding: Array(escaped.utf8)).reminder.message?.unicodeScalars.count == 10_000)
    }

    @Test("never shows an address or a free text when it is refused")
    func noLeak() {
        let body = String(decoding: request(address: "canary1@example.dk", title: "canary2").encode(), as: UTF8.self)
            .replacing("canary1", with: "can ary1")
            .replacing("\"canary2\"", with: "\"" + String(repeating: "canary2", count: 100) + "\"")
        let error = #expect(throws: ContractError.self) { try DeliveryRequested(decoding: Array(body.utf8)) }
        #expect(error?.problems.count == 3)
        #expect(error?.description.contains("ary") == false)
    }

    @Test("gets a UUID in lower case whatever was written")
    func uuid() throws {
        let body = String(decoding: request().encode(), as: UTF8.self).replacing("018f2b6e", with: "018F2B6E")
        let read = try DeliveryRequested(decoding: Array(body.utf8))
        #expect(read.reminder.deliveryID.text == "018f2b6e-0c1d-7a3b-9e52-5b1f6a0c9d21")
    }

    @Test("reads a field whose name is written with escapes")
    func escapedName() throws {
        let body = String(decoding: request().encode(), as: UTF8.self).replacing("\"locale\"", with: "\"loc\\u0061le\"")
        #expect(try DeliveryRequested(decoding: Array(body.utf8)).locale == "da")
    }
}
