import RemindersGround
import Testing

@testable import RemindersTransfer

@Suite("Secrets are not shown")
struct RedactionTests {
    private static let canary = "c4n4ry"

    private func everyForm(_ value: Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value) \(String(reflecting: value)) \(String(describing: value)) \(dumped)"
    }

    @Test("a server shows neither password nor token")
    func server() throws {
        for authentication in [
            SMTPServer.Authentication.password(user: "robot", password: Secret(Self.canary)),
            .oauthBearer(user: "robot", token: Secret(Self.canary)),
        ] {
            let server = try SMTPServer(
                host: "mail.example.org", port: 587, security: .startTLSRequired, authentication: authentication)
            #expect(!everyForm(server).contains(Self.canary))
            #expect(!everyForm(authentication).contains(Self.canary))
            #expect(server.description == "mail.example.org:587 (startTLSRequired)")
        }
    }

    @Test("a request shows neither path nor query nor headers nor body")
    func request() throws {
        let request = try HTTPRequest(
            url: "https://chat.example.org/hooks/\(Self.canary)?q=\(Self.canary)",
            headers: [("Authorization", "Bearer \(Self.canary)")], body: Array(Self.canary.utf8))
        #expect(!everyForm(request).contains(Self.canary))
        #expect(request.description == "POST https://chat.example.org:443 (6 bytes)")
    }

    @Test("a mail shows neither address nor text")
    func mail() throws {
        let mail = try Mail(
            sender: "\(Self.canary)@example.org", recipient: "\(Self.canary)@example.org",
            content: Array("\(Self.canary)\r\n".utf8))
        #expect(!everyForm(mail).contains(Self.canary))
    }

    @Test("a refused value is not repeated in the error")
    func error() {
        do {
            _ = try Mail(sender: "", recipient: "\(Self.canary)\r\n@example.org", content: [])
            Issue.record("was accepted")
        } catch {
            #expect(!everyForm(error).contains(Self.canary))
            #expect(error.description == "recipient contains a control character")
        }
    }
}
