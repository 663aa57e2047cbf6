import RemindersDomain
import Testing

@testable import RemindersEmailChannel

@Suite("Mails of one case form one conversation") struct ThreadingTests {
    private func header(_ name: String, of mail: [UInt8]) -> Substring? {
        String(mail: mail).mailLines.first { $0.hasPrefix(name + ": ") }?.dropFirst(name.count + 2)
    }

    @Test("Deliveries of one case refer to the same id, and none has it")
    func sameCase() throws {
        let channel = try EmailChannel.make()
        let one = try channel.mail { $0.deliveryID = DeliveryID(high: 1, low: 1) }
        let other = try channel.mail {
            $0.deliveryID = DeliveryID(high: 1, low: 2)
            $0.title = "Another reminder"
            $0.locale = "de"
        }
        let thread = try #require(header("References", of: one))
        #expect(header("References", of: other) == thread)
        #expect(header("In-Reply-To", of: one) == thread)
        #expect(header("In-Reply-To", of: other) == thread)
        #expect(header("Message-ID", of: one) == "<00000000-0000-0001-0000-000000000001@hub.example.org>")
        #expect(header("Message-ID", of: other) == "<00000000-0000-0001-0000-000000000002@hub.example.org>")
        #expect(thread == "<case-67379fa5ea659b591af2a4c51f7dc785@hub.example.org>")
    }

    @Test("Other cases have other ids, also where type and id read the same one after the other")
    func otherCases() {
        let references = [
            ("case", "123"), ("case", "124"), ("bug", "123"), ("case1", "23"), ("cas", "e123"), ("case", ""),
        ]
        let ids = references.map {
            MessageIdentifiers.thread(CaseReference(entityType: $0.0, id: $0.1), domain: "example.org")
        }
        #expect(Set(ids).count == references.count)
    }

    @Test("The hash is FNV-1a with 128 bits")
    func hash() {
        // Made with Python: FNV-1a over b"case\0123".
        #expect(
            MessageIdentifiers.thread(CaseReference(entityType: "case", id: "123"), domain: "d")
                == "<case-67379fa5ea659b591af2a4c51f7dc785@d>")
    }
}
