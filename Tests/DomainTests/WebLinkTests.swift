import Testing

@testable import RemindersDomain

@Suite("Links") struct WebLinkTests {
    @Test(
        "What may stand in a URL stays as it is",
        arguments: [
            "https://hub.example.org", "http://hub.example.org/",
            "https://hub.example.org:8443/sag/123?tab=log&x=1#note",
            "https://hub/it's_(here)!*;a=b,c+d~e@f:g$h", "https://x/%2F%c3%A6?q=%25#%20", "http://127.0.0.1:8000/",
            "https://[2001:db8::1]:8443/x", "https://a_b.intern./", "https://xn--blbrgrd-jxaf.dk/", "https://x?a=/?b",
            "https://x#?/",
        ])
    func unchanged(_ text: String) throws {
        #expect(try WebLink(text).text == text)
    }

    @Test(
        "What must be percent-encoded is, and the scheme is in lower case",
        arguments: [
            ("HTTPS://Hub.Example.ORG/A", "https://Hub.Example.ORG/A"), ("  https://x/a b  ", "https://x/a%20b"),
            ("https://x/æ/\u{61}\u{30A}?ø#😀", "https://x/%C3%A6/a%CC%8A?%C3%B8#%F0%9F%98%80"),
            (#"https://x/"<>[]\^`{|}"#, "https://x/%22%3C%3E%5B%5D%5C%5E%60%7B%7C%7D"),
            ("https://x/100%", "https://x/100%25"), ("https://x/%zz%4%41", "https://x/%25zz%254%41"),
            ("https://x/#a#b", "https://x/#a%23b"), ("https://x/\u{85}\u{202E}", "https://x/%C2%85%E2%80%AE"),
        ])
    func encoded(_ text: String, _ expected: String) throws {
        let link = try WebLink(text)
        #expect(link.text == expected)
        #expect(try WebLink(link.text) == link)
    }

    @Test(
        "Everything else is refused, with the reason",
        arguments: [
            ("", WebLinkError.scheme), ("x", .scheme), ("javascript:alert(1)", .scheme), ("ftp://x", .scheme),
            ("//x", .scheme),
            ("https:/x", .scheme), ("https:\\\\x", .scheme), ("https://", .scheme),
            ("data:text/html,https://x", .scheme),
            ("\u{1}https://x", .control), ("https://x/\n", .control), ("https://x/a\tb", .control),
            ("https://x/\u{7F}", .control),
            ("https:///x", .host), ("https://?x", .host), ("https://#x", .host), ("https://x..y/", .host),
            ("https://-x/", .host),
            ("https://x y/", .host), ("https://x\\y/", .host), ("https://x%2Ey/", .host), ("https://[x]/", .host),
            ("https://[::1/", .host),
            ("https://[:]/", .host), ("https://[abcd]/", .host), ("https://[1.2.3.4]/", .host),
            ("https://[\(String(repeating: "1:", count: 23))]/", .host),
            ("https://[::1]x/", .host), ("https://\(String(repeating: "a", count: 64))/", .host), ("https://.", .host),
            ("https://anna@x/", .userName), ("https://good.example@evil.example", .userName),
            ("https://a:b@x/", .userName),
            ("https://x:0/", .port), ("https://x:65536/", .port), ("https://x:/", .port), ("https://x:8a/", .port),
            ("https://x:1:2/", .port),
            ("https://[::1]:/", .port),
            ("https://blåbærgrød.dk/", .internationalHost(proposal: "xn--blbrgrd-fxak7p.dk")),
            ("https://Mürren.CH", .internationalHost(proposal: "xn--mrren-kva.ch")),
            ("https://x\u{202E}y/", .internationalHost(proposal: nil)),
            ("https://x/" + String(repeating: "a", count: 1_991), .tooLong),
            ("https://x/" + String(repeating: "æ", count: 400), .tooLong),
        ])
    func refused(_ text: String, _ expected: WebLinkError) {
        #expect(throws: expected) { try WebLink(text) }
        #expect("\(expected)".utf8.count > 10)
    }

    @Test("Whatever is accepted can stand in a URL, and is accepted again as it is")
    func random() {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "https://", "http://", "HTTP://", "x", "a.b", "/", "?", "#", "%", "%41", "@", ":", "8", "[", "]", " ", "'",
            "\"", "æ", "\\", "&", "\n", "",
            "\u{202E}", ".", "-", "_", "::1", "~",
        ]
        var accepted = 0
        for _ in 0..<50_000 {
            let text =
                "https://x"
                + (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                .joined()
            guard let link = try? WebLink(text) else { continue }
            accepted += 1
            #expect(
                link.text.wholeMatch(of: #/https?:\/\/[A-Za-z0-9._:\[\]-]+([\/?#][A-Za-z0-9._~!$&'()*+,;=:@\/?#%-]*)?/#)
                    != nil, "\(text)")
            #expect((try? WebLink(link.text))?.text == link.text, "\(text)")
        }
        #expect(accepted > 1_000)
    }

    @Test("The page of a case is below a base, with everything special in its id encoded")
    func cases() throws {
        let reference = CaseReference(entityType: "bug", id: "../a b\"&<æ~_-1")
        for base in ["https://hub.example.org", "https://hub.example.org/"] {
            #expect(
                WebLink(toCase: reference, below: try WebLink(base)).text
                    == "https://hub.example.org/bug/%2E%2E%2Fa%20b%22%26%3C%C3%A6%7E_-1")
        }
    }

    @Test(
        "Names of hosts in ASCII (the examples of RFC 3492 §7.1 among them)",
        arguments: [
            ("münchen.de", "xn--mnchen-3ya.de"), ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("a。ø", "a.xn--pda"),
        ])
    func proposals(_ name: String, _ expected: String) {
        #expect(HostName.proposal(for: name) == expected)
        #expect(HostName.proposal(for: "plain.example") == nil)
    }
}
