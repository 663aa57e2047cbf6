import RemindersGround
import Testing

@testable import RemindersTransfer

@Suite("What is refused before libcurl or a server sees it")
struct FieldCheckTests {
    /// Line ends, NUL, other controls, C1 in UTF-8 (NEL), DEL.
    static let injections = [
        "\r\nRCPT TO:<evil@example.org>", "\n", "\r", "\r\n.\r\n", "\u{0}", "\u{b}", "\u{1b}[31m", "\u{7f}",
        "\u{85}", "\u{9f}",
    ]
    static let body = Array("Subject: x\r\n\r\nhello\r\n".utf8)

    private func problem(_ make: () throws -> Void) -> FieldError? {
        do { try make() } catch { return error as? FieldError }
        return nil
    }

    @Test("control characters are refused wherever they are, naming the field", arguments: injections)
    func injection(_ evil: String) {
        #expect(
            problem { _ = try Mail(sender: "a\(evil)@example.org", recipient: "b@example.org", content: Self.body) }
                == FieldError(.sender, .controlCharacter))
        #expect(
            problem { _ = try Mail(sender: "a@example.org", recipient: "b@example.org\(evil)", content: Self.body) }
                == FieldError(.recipient, .controlCharacter))
        #expect(
            problem { _ = try SMTPServer(host: "mail\(evil)", port: 25, security: .none) }
                == FieldError(.host, .controlCharacter))
        #expect(
            problem { _ = try SMTPServer(host: "mail", port: 25, security: .none, heloName: "me\(evil)") }
                == FieldError(.heloName, .controlCharacter))
        for (user, secret, field) in [("u\(evil)", "p", FieldError.Field.user), ("u", "p\(evil)", .secret)] {
            #expect(
                problem {
                    _ = try SMTPServer(
                        host: "mail", port: 25, security: .none,
                        authentication: .password(user: user, password: Secret(secret)))
                } == FieldError(field, .controlCharacter))
        }
        #expect(
            problem { _ = try HTTPRequest(url: "https://example.org/\(evil)", headers: [], body: []) }
                == FieldError(.url, .controlCharacter))
        #expect(
            problem { _ = try HTTPRequest(url: "https://example.org/", headers: [("X\(evil)", "v")], body: []) }
                == FieldError(.headerName, .controlCharacter))
        #expect(
            problem { _ = try HTTPRequest(url: "https://example.org/", headers: [("X-A", "v\(evil)")], body: []) }
                == FieldError(.headerValue(name: "X-A"), .controlCharacter))
    }

    @Test(
        "a path that could end early is refused",
        arguments: ["a@b> SIZE=1", "<a@b>", "a b@example.org", "a@b,c@d", "a", "@b", "a@", ""])
    func address(_ text: String) {
        #expect(problem { _ = try Mail(sender: "", recipient: text, content: Self.body) }?.field == .recipient)
    }

    @Test(
        "ordinary and unusual addresses pass",
        arguments: ["a@example.org", "o'neil+x@ex-ample.org", "\"a\"@b", "søren@sø.dk"])
    func goodAddress(_ text: String) throws {
        #expect(try Mail(sender: text, recipient: text, content: Self.body).recipient == text)
    }

    @Test(
        "line ends that relays read differently are refused",
        arguments: ["a\nb\r\n", "a\rb\r\n", "a\r\n.\nb\r\n", "a\r\r\n", "a\n\r\n", "\n", "a\r", "no end"])
    func smuggling(_ text: String) {
        #expect(
            problem { _ = try Mail(sender: "", recipient: "a@b", content: Array(text.utf8)) }
                == FieldError(.content, .bareLineEnd))
    }

    @Test("NUL, nothing and over-long lines are refused")
    func content() {
        func of(_ text: String) -> FieldError.Problem? {
            problem { _ = try Mail(sender: "", recipient: "a@b", content: Array(text.utf8)) }?.problem
        }
        #expect(of("a\u{0}b\r\n") == .controlCharacter)
        #expect(of("") == .empty)
        #expect(of(String(repeating: "x", count: 998) + "\r\n") == nil)
        #expect(of(String(repeating: "x", count: 999) + "\r\n") == .tooLong)
    }

    @Test("dots at the start of lines are doubled, and the end is one dot")
    func dotStuffing() throws {
        let mail = try Mail(sender: "", recipient: "a@b", content: Array(".\r\n..a\r\nb.\r\n.\r\n".utf8))
        var wire: [UInt8] = []
        mail.appendContent(to: &wire)
        #expect(String(decoding: wire, as: UTF8.self) == "..\r\n...a\r\nb.\r\n..\r\n.\r\n")
    }

    @Test(
        "URLs of other schemes, with users, or none at all are refused",
        arguments: [
            ("http://example.org/", FieldError.Problem.schemeNotAllowed), ("file:///etc/passwd", .malformed),
            ("gopher://example.org/", .schemeNotAllowed), ("smtp://example.org/", .schemeNotAllowed),
            ("https://u:p@example.org/", .userInformation), ("https://", .malformed), ("example.org", .malformed),
            ("", .malformed),
        ])
    func urls(url: String, expected: FieldError.Problem) {
        let found = problem { _ = try HTTPRequest(url: url, headers: [], body: []) }
        #expect(found?.field == .url)
        if expected == .malformed {
            #expect(found != nil)
        } else {
            #expect(found?.problem == expected)
        }
    }

    @Test("clear text goes only where it is allowed")
    func clearText() throws {
        let request = try HTTPRequest(url: "http://127.0.0.1:8065/x", headers: [], body: [], allowsClearText: true)
        #expect(request.description == "POST http://127.0.0.1:8065 (0 bytes)")
    }

    @Test(
        "headers that frame the message are the client's own",
        arguments: ["Content-Length", "transfer-encoding", "Host"])
    func framing(_ name: String) {
        #expect(
            problem { _ = try HTTPRequest(url: "https://example.org/", headers: [(name, "1")], body: []) }
                == FieldError(.headerName, .reserved))
    }

    @Test("ports, time-outs and host names have their ranges")
    func ranges() {
        #expect(problem { _ = try SMTPServer(host: "h", port: 0, security: .none) }?.field == .port)
        #expect(problem { _ = try SMTPServer(host: "h", port: 65536, security: .none) }?.field == .port)
        #expect(problem { _ = try SMTPServer(host: "h", port: 25, security: .none, timeout: .zero) }?.field == .timeout)
        for host in ["", "a/b", "a b", "-x", "[::1]", "a:b", "h?x", "h#x", "u@h", "sø.dk"] {
            #expect(problem { _ = try SMTPServer(host: host, port: 25, security: .none) }?.field == .host, "\(host)")
        }
        #expect(problem { _ = try SMTPServer(host: "::1", port: 25, security: .none) } == nil)
    }
}
