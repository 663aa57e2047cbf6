import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersEmailChannel

@Suite("Mails with several reminders") struct DigestMailTests {
    private let more: [ShownReminder] = [
        .make(
            "Ring til Jensen", caseTitle: "Router hos Jensen & Søn", priority: .urgent, trigger: .deadlineApproaching,
            dueAt: "2026-02-10T22:15:00Z"),
        .make(
            "Toner er bestilt", message: "Hylde 4", caseID: "124", url: "https://hub.example.org/sag/124",
            trigger: .statusChange, event: .init(oldStatus: "ny", newStatus: "i gang"), dueAt: "2026-02-11T05:00:00Z"),
    ]

    @Test("A digest in Danish is the one in the fixture")
    func danish() throws {
        try Fixture.expect(EmailChannel.make().mail { $0.digest = more }, equals: "danish-digest.eml")
    }

    @Test("Python's email package reads what was meant", .enabled(if: PythonMail.isThere))
    func independentParser() throws {
        let mail = try #require(
            try PythonMail.parse([EmailChannel.make().mail { $0.digest = more }]).first)
        #expect(mail.defects == [])
        #expect(
            mail["Subject"] == ["[Haster] 3 påmindelser: Følg op på den nye router; Ring til Jensen; Toner er bestilt"])
        // As urgent as the most urgent of them; about two cases, so part of no conversation.
        #expect(mail["X-Priority"] == ["1 (Highest)"])
        #expect(mail["References"] == [])
        #expect(mail["Message-ID"] == ["<0198c0de-5e1f-7a3b-9c4d-2f6b8a1e0d57@hub.example.org>"])
        #expect(mail.parts.map(\.type) == ["text/plain", "text/html"])
        let text = try #require(mail.parts.first?.text)
        #expect(text.hasPrefix("3 påmindelser\n\nDisse påmindelser har ventet på dig og kommer samlet.\n\n1. Påm"))
        #expect(text.contains("\n\n2. [Haster] Fristen nærmer sig: Ring til Jensen\n   Sag 123: Router hos"))
        #expect(text.contains("   Status: ny → i gang\n   Tidspunkt: onsdag den 11. februar 2026 kl. 06.00 (Europe/"))
        #expect(text.contains("   Åbn: https://hub.example.org/sag/124\n"))
        let html = try #require(mail.parts.last?.text)
        #expect(html.contains("<a href=\"https://hub.example.org/sag/124\">Åbn: Sag 124</a>"))
        #expect(html.components(separatedBy: "<li").count == 4)
    }

    @Test("Each time is in a zone of its own where nobody knows the reader's", .enabled(if: PythonMail.isThere))
    func zones() throws {
        var elsewhere = ShownReminder.make("Another", dueAt: "2026-02-10T15:00:00Z")
        elsewhere.timeZone = "America/New_York"
        let mail = try #require(
            try PythonMail.parse([
                EmailChannel.make().mail {
                    $0.locale = "en"
                    $0.digest = [elsewhere, .make("A third", dueAt: "2026-02-10T16:00:00Z")]
                }
            ]).first)
        for part in mail.parts {
            for time in [
                "15:30 (Europe/Copenhagen)", "10:00 (America/New_York)", "17:00 (Europe/Copenhagen)",
            ] { #expect(part.text.contains(time), "\(time): \(part)") }
        }
    }

    @Test("A digest about one case is part of its conversation", .enabled(if: PythonMail.isThere))
    func thread() throws {
        let mails = try PythonMail.parse([
            EmailChannel.make().mail { $0.digest = [.make("Another")] }, EmailChannel.make().mail(),
        ])
        #expect(mails[0]["References"] == mails[1]["References"])
        #expect(mails[0]["References"].count == 1)
    }

    @Test(
        "The words are those of the recipient's language",
        arguments: [
            ("en", "2 reminders: ", "These reminders waited for you"),
            ("da-DK", "2 påmindelser: ", "Disse påmindelser"),
            ("de", "2 Erinnerungen: ", "Diese Erinnerungen"), ("fr", "2 reminders: ", "These reminders waited for you"),
        ]) func languages(locale: String, subject: String, intro: String) throws
    {
        let request = { (draft: inout Draft) in
            draft.locale = locale
            draft.title = "A"
            draft.digest = [.make("B")]
        }
        let mail = try EmailChannel.make().mail(request)
        #expect(try textPart(mail).contains(intro) && htmlPart(mail).contains(intro))
        #expect(try textPart(mail).hasPrefix(String(subject.dropLast(2))))
    }

    @Test("Text that people wrote stays text, in one line, wherever it stands")
    func hostile() throws {
        let attack = "\"><img src=x onerror=alert(1)>&\r\n\u{202E}2. Haster\u{2028}Bcc: evil@example.org"
        let mail = try EmailChannel.make().mail {
            $0.title = attack
            $0.message = attack
            $0.name = attack
            $0.digest = [
                .make(
                    attack, message: attack, caseID: attack, caseTitle: attack, status: attack,
                    url: "javascript:alert(1)", event: .init(oldStatus: attack, newStatus: attack))
            ]
        }
        let html = try htmlPart(mail)
        #expect(!html.contains("<img") && !html.contains("javascript:"))
        #expect(html.contains("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&amp; 2. Haster Bcc: evil@example.org"))
        #expect(!(try textPart(mail)).contains("\u{202E}"))
        #expect(try textPart(mail).split(separator: "\n").count { $0.hasPrefix("2. ") } == 1)
        let header = String(mail: mail).components(separatedBy: "\r\n\r\n")[0]
        #expect(!header.contains("\r\nBcc:"))
    }

    @Test("A subject has as many titles as fit")
    func longSubject() throws {
        let mail = try EmailChannel.make().mail {
            $0.locale = "en"
            $0.title = String(repeating: "a", count: 300)
            $0.digest = [.make(String(repeating: "b", count: 300))]
        }
        let text = String(mail: mail)
        #expect(!text.components(separatedBy: "\r\n\r\n")[0].contains("bbb"))
    }

    @Test("When only one is left of a digest, it is the mail of that one")
    func oneLeft() throws {
        var draft = Draft()
        draft.digest = [.make("Ring til Jensen")]
        let rest = try #require(draft.request.keeping { $0 == 8 })
        let mail = String(mail: try EmailChannel.make().render(rest).content)
        #expect(mail.contains("Ring til Jensen") && !mail.contains("router"))
        #expect(mail.contains("<0198c0de-5e1f-7a3b-9c4d-2f6b8a1e0d57@hub.example.org>"))
        #expect(draft.request.keeping { _ in false } == nil)
        #expect(draft.request.keeping { _ in true } == draft.request)
    }
}
