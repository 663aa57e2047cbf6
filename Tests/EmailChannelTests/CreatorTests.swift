import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersEmailChannel

/// Who had somebody reminded is said in the mail.
@Suite("Mails that somebody else caused") struct CreatorTests {
    @Test(
        "Name them, in every language",
        arguments: [("en", "Created by"), ("da", "Oprettet af"), ("de", "Erstellt von")])
    func named(locale: String, label: String) throws {
        let mail = try EmailChannel.make().mail {
            $0.locale = locale
            $0.creator = "Bo & Søn"
        }
        #expect(try textPart(mail).contains("\n\(label): Bo & Søn\n"))
        #expect(try htmlPart(mail).contains("\(label): <bdi>Bo &amp; Søn</bdi>"))
        let own = try EmailChannel.make().mail { $0.locale = locale }
        #expect(try !textPart(own).contains(label) && !htmlPart(own).contains(label))
    }

    @Test("Name them at each of several reminders")
    func digest() throws {
        let mail = try EmailChannel.make().mail {
            $0.locale = "en"
            $0.digest = [.make("Call back", creator: "Bo"), .make("Tidy up")]
        }
        for part in [try textPart(mail), try htmlPart(mail)] {
            #expect(part.split(separator: "Created by").count == 2)
            #expect(part.contains("Created by: Bo"))
        }
    }

    @Test("Show a name that is none as text on one line")
    func hostile() throws {
        let name = "<b>Admin</b>\r\nBcc: eve@example.org\n\n\u{202E}moc.elpmaxe"
        let mail = try EmailChannel.make().mail {
            $0.locale = "en"
            $0.creator = name
        }
        let lines = try textPart(mail).split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("Created by: <b>Admin</b>") } == 1)
        #expect(!lines.contains { $0.hasPrefix("Bcc") })
        #expect(try !htmlPart(mail).contains("<b>Admin"))
    }
}
