import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersEmailChannel

@Suite("Whole mails") struct GoldenMailTests {
    @Test("A mail in Danish is the one in the fixture")
    func danish() throws {
        try Fixture.expect(EmailChannel.make().mail(), equals: "danish.eml")
    }

    @Test("An urgent mail in English about a status change is the one in the fixture")
    func english() throws {
        let mail = try EmailChannel.make(replyTo: "support@hub.example.org").mail {
            $0.locale = "en-GB"
            $0.name = "Brown, James \"Jim\""
            $0.title = "Printer is down"
            $0.message = nil
            $0.caseTitle = "Printer on floor 2"
            $0.timeZone = "America/New_York"
            $0.priority = .urgent
            $0.trigger = .statusChange
            $0.event = .init(oldStatus: "open", newStatus: "in progress")
        }
        try Fixture.expect(mail, equals: "english-urgent.eml")
    }

    @Test("A mail in German about a deadline, without anything that may be missing, is the one in the fixture")
    func german() throws {
        let mail = try EmailChannel.make(fromName: nil).mail {
            $0.locale = "de"
            $0.name = nil
            $0.title = "Angebot für Müller fertigstellen"
            $0.message = nil
            $0.reference = CaseReference(entityType: "task", id: "A-7/3")
            $0.caseTitle = nil
            $0.status = nil
            $0.url = nil
            $0.priority = .high
            $0.trigger = .deadlineApproaching
            $0.timeZone = "Europe/Berlin"
            $0.dueAt = "2026-07-01T22:05:00Z"
        }
        try Fixture.expect(mail, equals: "german-deadline.eml")
    }

    @Test("Equal deliveries give equal bytes, from any channel")
    func deterministic() throws {
        let one = try EmailChannel.make()
        let other = try EmailChannel.make()
        let first = try one.mail()
        #expect(try one.mail { $0.title = "Another" } != first)
        #expect(try one.mail() == first)
        #expect(try other.mail() == first)
    }

    @Test("Python's email package reads what was meant", .enabled(if: PythonMail.isThere))
    func independentParser() throws {
        let mail = try #require(try PythonMail.parse([EmailChannel.make().mail { $0.priority = .high }]).first)
        #expect(mail.defects == [])
        #expect(mail.type == "multipart/alternative")
        #expect(mail.from == [["BMC Hub", "noreply@hub.example.org"]])
        #expect(mail.to == [["Anna Sørensen", "anna@example.org"]])
        #expect(mail.date == "2026-02-10T14:30:01+00:00")
        #expect(mail["Subject"] == ["[Vigtigt] Påmindelse: Følg op på den nye router"])
        #expect(mail["Message-ID"] == ["<0198c0de-5e1f-7a3b-9c4d-2f6b8a1e0d57@hub.example.org>"])
        #expect(mail["Auto-Submitted"] == ["auto-generated"])
        #expect(mail["X-Auto-Response-Suppress"] == ["All"])
        #expect(mail["X-Reminders-Delivery"] == ["0198c0de-5e1f-7a3b-9c4d-2f6b8a1e0d57"])
        #expect(mail["Importance"] == ["high"])
        #expect(mail["X-Priority"] == ["2 (High)"])
        #expect(mail["Content-Language"] == ["da"])
        #expect(mail["MIME-Version"] == ["1.0"])
        #expect(mail["Reply-To"] == [])
        #expect(mail.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(mail.parts.allSatisfy { $0.charset == "utf-8" && $0.encoding == "quoted-printable" })
        let text = try #require(mail.parts.first?.text)
        #expect(text.contains("\nRing til kunden, og spørg, om alt virker.\nHusk at notere det på sagen.\n"))
        #expect(text.contains("\nSag 123: Router hos Jensen & Søn\nStatus: i gang\n"))
        #expect(text.contains("\nTidspunkt: tirsdag den 10. februar 2026 kl. 15.30 (Europe/Copenhagen)\n"))
        #expect(text.contains("\n-- \n"))
        let html = try #require(mail.parts.last?.text)
        #expect(html.contains("Router hos Jensen &amp; Søn"))
        #expect(html.contains("href=\"https://hub.example.org/sag/123?tab=log&amp;x=1\""))
        #expect(html.contains("virker.<br>\nHusk"))
    }

    @Test("An ordinary priority has no header for it")
    func priorityHeaders() throws {
        for priority in [Priority.low, .normal] {
            let mail = String(mail: try EmailChannel.make().mail { $0.priority = priority })
            #expect(!mail.contains("X-Priority"))
            #expect(!mail.contains("Importance"))
        }
    }
}
