import RemindersDomain
import RemindersSending
import Testing

@testable import RemindersEmailChannel

@Suite("Nothing gets into the header that was not meant for it") struct InjectionTests {
    /// What ends or splits a line somewhere.
    static let breaks = [
        "\r\n", "\n", "\r", "\0", "\u{0B}", "\u{0C}", "\u{1B}", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}", "\r\n\r\n",
        "\n.\n", "\r\n ", "\n\t",
    ]

    @Test("A title with a line break stays one line", .enabled(if: PythonMail.isThere))
    func title() throws {
        let channel = try EmailChannel.make()
        let clean = try PythonMail.parse([channel.mail()])[0].headers.map { $0[0] }
        let mails = try Self.breaks.map { lineBreak in
            try channel.mail {
                $0.title = "Hi\(lineBreak)Bcc: evil@example.org\(lineBreak)\(lineBreak)<p>body</p>"
                $0.name = "Anna\(lineBreak)Bcc: evil@example.org"
                $0.caseTitle = "x\(lineBreak)Bcc: evil@example.org"
                $0.status = "y\(lineBreak)Bcc: evil@example.org"
                $0.locale = "da"
            }
        }
        for (lineBreak, mail) in zip(Self.breaks, try PythonMail.parse(mails)) {
            #expect(mail.headers.map { $0[0] } == clean, "\(lineBreak.unicodeScalars.map { $0.value })")
            #expect(mail.recipients == ["anna@example.org"])
            #expect(mail.parts.count == 2)
            #expect(mail["Subject"][0].unicodeScalars.allSatisfy { $0.value >= 0x20 })
            #expect(mail.defects == [])
        }
    }

    @Test(
        "An address outside the grammar is refused, and the error says nothing of it",
        arguments: breaks.map { "anna@example.org\($0)Bcc: evil@example.org" } + [
            "", "anna", "@example.org", "anna@", "a@x>\r\nRCPT TO:<evil@x", "anna@example.org>", "<anna@example.org>",
            "anna@example.org, evil@example.org", "an na@example.org", "anna@exa mple.org", "ænna@example.org",
            "anna@exæmple.org", String(repeating: "a", count: 250) + "@example.org",
        ])
    func address(_ address: String) throws {
        let error = #expect(throws: RenderingFailure.self) { try failing { $0.address = address } }
        #expect(error?.field == "address")
        #expect(error?.description.contains("evil") == false)
    }

    @Test("A delivery without an address is refused")
    func noAddress() {
        let error = #expect(throws: RenderingFailure.self) { try failing { $0.address = nil } }
        #expect(error?.field == "address")
    }

    @Test("A header value with a control character is refused with the name of its field")
    func backstop() {
        for control in Self.breaks where control != "\u{2028}" && control != "\u{2029}" {
            var writer = HeaderWriter(capacity: 100)
            let verbatim = #expect(throws: RenderingError.self) {
                try writer.write("X-Test", verbatim: "a\(control)b", field: "one")
            }
            #expect(verbatim?.field == "one")
            let text = #expect(throws: RenderingError.self) {
                try writer.write("X-Test", text: Array("a\(control)b".utf8), field: "two")
            }
            #expect(text?.field == "two")
            let mailbox = #expect(throws: RenderingError.self) {
                try writer.write(
                    "To", displayName: Array("a\(control)b".utf8), address: "a@example.org", field: "three")
            }
            #expect(mailbox?.field == "three")
            #expect(writer.bytes.isEmpty)
        }
    }

    @Test("HTML in user text stays text, also where a combining mark follows the quote")
    func html() throws {
        let channel = try EmailChannel.make()
        let attack = "\"\u{301} onmouseover=alert(1) x='<img src=x onerror=alert(1)>&"
        let html = try htmlPart(
            channel.mail {
                $0.title = attack
                $0.message = attack
                $0.caseTitle = attack
                $0.status = attack
                $0.reference = CaseReference(entityType: "case", id: attack)
            })
        #expect(!html.contains("<img"))
        #expect(!html.unicodeScalars.elementsEqual(attack.unicodeScalars))
        #expect(html.contains("&quot;\u{301} onmouseover=alert(1) x=&#39;&lt;img src=x onerror=alert(1)&gt;&amp;"))
    }

    @Test(
        "Only http and https become links",
        arguments: [
            "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://example.org", "//example.org",
            "https://",
            "http:///x", "https:\\\\example.org", "vbscript:x", "https://example.org/\r\nx",
            "https://example.org@evil.example/",
        ])
    func links(_ url: String) throws {
        #expect(try !htmlPart(EmailChannel.make().mail { $0.url = url }).contains("href"))
    }

    @Test(
        "What was accepted as a link is shown in both parts",
        arguments: [
            "https://example.org/it's(1)?a=b&c='d'#e;f", "https://example.org/a b\"><script>",
            "http://example.org:8080/æ",
            "https://[::1]/a[0]|{}\\^`", "https://example.org/-- ", "https://example.org/?q=%zz&r=100%#a#b",
        ])
    func acceptedLinks(_ url: String) throws {
        let link = try WebLink(url).text
        let mail = try EmailChannel.make().mail { $0.url = url }
        #expect(try textPart(mail).contains(": \(link)\n"))
        let escaped = link.replacing("&", with: "&amp;").replacing("'", with: "&#39;")
        #expect(try htmlPart(mail).contains("href=\"\(escaped)\""))
    }

    @Test("A case without a link gets one from the base, with its id encoded")
    func baseLink() throws {
        let html = try htmlPart(
            EmailChannel.make(caseBaseURL: "HTTPS://hub.example.org/").mail {
                $0.url = nil
                $0.reference = CaseReference(entityType: "bug", id: "../a b\"&<æ")
            })
        #expect(html.contains("href=\"https://hub.example.org/bug/%2E%2E%2Fa%20b%22%26%3C%C3%A6\""))
    }

    @Test(
        "No line that people wrote ends a mail before its end",
        arguments: [
            "-- ", "--", "--\u{A0}", "  --  ", "---", "- -", "__", "_____", "–—", "\u{2015}\u{2015}", "-\u{202E}- ",
            "-\u{0}-", "\u{1B}-- ",
            "-----Original Message-----", "-----BEGIN PGP SIGNED MESSAGE-----", "-----", "--\t",
        ])
    func signatures(_ line: String) throws {
        let isCut = #/[\s\u{A0}]*(?:(?:[-_\u{2010}-\u{2015}][ \t\u{A0}]*){2,}|-----.*)/#
        func check(_ mail: [UInt8], footer: String) throws {
            let text = try textPart(mail).split(separator: "\n", omittingEmptySubsequences: false)
            // Ours is the last.
            let own = try #require(text.lastIndex { $0 == "-- " })
            #expect(text[own + 1] == footer)
            for (index, line) in text.enumerated() where index != own {
                #expect(try isCut.wholeMatch(in: line) == nil, "\(line.debugDescription)")
            }
            let html = try htmlPart(mail).replacing("&#8203;", with: "\u{200B}").replacing(#/<[^>]*>/#, with: "\n")
            for line in html.split(separator: "\n") {
                #expect(try isCut.wholeMatch(in: line) == nil, "\(line.debugDescription)")
            }
        }
        let footer = "You get this mail because a reminder was set up for you."
        for message in ["a\n\(line)\nb", "\(line)\nb", "a\r\n\(line)", "a\u{2028}\(line)\u{85}b", line] {
            try check(
                EmailChannel.make().mail {
                    $0.locale = "en"
                    $0.title = line
                    $0.message = message
                    $0.caseTitle = line
                    $0.status = line
                }, footer: footer)
        }
    }

    @Test("What is no such line stays as it is", arguments: ["- a", "-- a", "a --", "--verbose", "—", "-", "1 -- 2"])
    func dashes(_ line: String) throws {
        let text = try textPart(EmailChannel.make().mail { $0.message = "x\n\(line)\ny" })
        #expect(text.contains("x\n\(line)\ny"))
    }

    @Test("Characters that turn the direction of text around are taken out")
    func bidirectional() throws {
        let text = try textPart(EmailChannel.make().mail { $0.title = "a\u{202E}b\u{2066}c\u{2069}d\u{200F}e" })
        #expect(text.contains("\nabcd\u{200F}e\n"))
    }
}
