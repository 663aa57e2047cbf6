import RemindersDomain
import Testing

@testable import RemindersEmailChannel

@Suite("The form of a mail") struct MailFormatTests {
    /// What stands for values while a frame is made. Swift has no literal for them.
    static let noncharacters = TemplateSlot.allCases.map(\.placeholder).joined()
    /// Titles that try to break the form of a mail.
    static let hostile = [
        "🧨👩‍👩‍👧‍👦🇩🇰 emoji", "שלום עולם, مرحبا بالعالم", String(repeating: "x", count: 300),
        String(repeating: "ø", count: 300), String(repeating: "👩‍👩‍👧‍👦", count: 42), "\"quoted\" 'and' \\back\\",
        ". leading dot", "--=_0198c0de-5e1f-7a3b-9c4d-2f6b8a1e0d57--", "--boundary", "From here on",
        "=?UTF-8?Q?=0D=0ABcc:_evil@example.org?=", "<script>alert(1)</script>", "a, b <c@example.org>; d",
        "  two  blanks  ",
        "{{message}} {{{title}}} {{#title}}", String(repeating: "word ", count: 59), noncharacters,
        "e\u{301}\u{301}\u{301}",
        "\u{FEFF}mark", "%s %n \\r\\n",
    ]

    @Test(
        "Whatever the title: only ASCII, CRLF everywhere, no line too long, and the title arrives",
        .enabled(if: PythonMail.isThere))
    func hostileTitles() throws {
        let channel = try EmailChannel.make()
        let mails = try Self.hostile.map { title in
            try channel.mail {
                $0.title = title
                $0.message = "\(title)\n.\n..\nFrom \(title)\n-- \n\(title)  \n\t\n"
                $0.name = String(title.prefix(100))
                $0.caseTitle = title
            }
        }
        let parsed = try PythonMail.parse(mails)
        for (title, (bytes, mail)) in zip(Self.hostile, zip(mails, parsed)) {
            expectForm(bytes)
            let clean = title.split(separator: " ").joined(separator: " ")
            #expect(mail.defects == [], "\(title)")
            #expect(mail["Subject"] == ["Påmindelse: \(clean)"])
            #expect(mail.recipients == ["anna@example.org"])
            #expect(mail["Bcc"] == [])
            #expect(mail.parts.count == 2)
            let text = try #require(mail.parts.first?.text)
            // A line that would end the mail has a zero-width space in front.
            #expect(
                text.contains("\n\(title)\n.\n..\nFrom \(title)\n\u{200B}-- \n\(title)  \n\t\n"), "\(title)")
            let html = try #require(mail.parts.last?.text)
            #expect(!html.contains("<script"))
        }
    }

    @Test("Display names of every kind come out as they went in", .enabled(if: PythonMail.isThere))
    func displayNames() throws {
        let names = [
            "Anna", "Anna Sørensen", "O'Brien, Pat", "Jim \"the\" Brown", "back\\slash", "a@b.example <c@d.example>",
            "=?UTF-8?Q?x?=", String(repeating: "long ", count: 39) + "name", String(repeating: "ö", count: 200),
            "Dr. No", "名前 太郎",
        ]
        let channel = try EmailChannel.make()
        let mails = try names.map { name in try channel.mail { $0.name = name } }
        for (name, (bytes, mail)) in zip(names, zip(mails, try PythonMail.parse(mails))) {
            expectForm(bytes)
            #expect(mail.to == [[name, "anna@example.org"]])
            #expect(mail.recipients == ["anna@example.org"])
            #expect(mail.defects == [])
        }
    }

    @Test("A title that is blank for the eye leaves a subject that is not empty")
    func blankTitle() throws {
        let mail = String(mail: try EmailChannel.make().mail { $0.title = " \u{202E} \n " })
        #expect(mail.contains("\r\nSubject: =?UTF-8?B?UMOlbWluZGVsc2U6?=\r\n"))
    }

    @Test("A long domain and case id still give lines below the limit")
    func longIdentifiers() throws {
        let domain = (0..<4).map { _ in String(repeating: "d", count: 60) }.joined(separator: ".")
        let channel = EmailChannel(
            configuration: try EmailConfiguration(fromAddress: "a@example.org", messageIDDomain: domain), transport: nil
        )
        let mail = try channel.mail {
            $0.reference = CaseReference(entityType: "case", id: String(repeating: "æ", count: 100))
        }
        for line in String(mail: mail).mailLines { #expect(line.utf8.count <= 998) }
    }

    private func expectForm(_ mail: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            mail.allSatisfy { $0 == 0x0D || $0 == 0x0A || $0 == 0x09 || (0x20...0x7E).contains($0) },
            sourceLocation: sourceLocation)
        let lines = mail.split(separator: 0x0A, omittingEmptySubsequences: false)
        #expect(lines.last?.isEmpty == true, sourceLocation: sourceLocation)
        var inHeader = true
        for line in lines.dropLast() {
            #expect(line.last == 0x0D, sourceLocation: sourceLocation)
            let text = line.dropLast()
            #expect(!text.contains(0x0D), sourceLocation: sourceLocation)
            #expect(text.first != UInt8(ascii: "."), "a line begins with a dot", sourceLocation: sourceLocation)
            if text.isEmpty { inHeader = false }
            let word = String(decoding: text, as: UTF8.self)
            let limit = word.hasPrefix("--=_") || (inHeader && !word.contains("=?")) ? 78 : 76
            let isOneWord =
                word.hasPrefix("Message-ID:") || word.hasPrefix("In-Reply-To:") || word.hasPrefix("References:")
            #expect(text.count <= (isOneWord ? 998 : limit), "\(word)", sourceLocation: sourceLocation)
            #expect(
                inHeader || text.last != 0x20 && text.last != 0x09, "a blank ends a line",
                sourceLocation: sourceLocation)
        }
    }
}
