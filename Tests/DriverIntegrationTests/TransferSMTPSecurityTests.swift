import RemindersGround
import RemindersTransfer
import TestSupport
import Testing

@Suite("TLS and AUTH of mail servers")
struct TransferSMTPSecurityTests {
    private static let password = SMTPServer.Authentication.password(
        user: "robot", password: Secret("c4n4ry-password"))

    private func options(_ certificates: Certificates, _ tls: String) -> [String] {
        ["--tls", tls, "--certificate", certificates.certificate.path, "--key", certificates.key.path]
    }

    @Test(
        "mail goes out over TLS to a server of a known authority",
        arguments: [("starttls", SMTPServer.Security.startTLSRequired), ("implicit", .implicitTLS)],
        [[], ["--pipelining"]])
    func secured(kind: (String, SMTPServer.Security), more: [String]) async throws {
        let certificates = try await Certificates.make()
        let scripted = try await ScriptedServer(
            "smtp_server", options(certificates, kind.0) + ["--auth", "plain"] + more)
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 2)
        let server = try server(
            scripted, security: kind.1, authentication: Self.password, caFile: certificates.authority.path,
            host: "localhost")
        for lines in [1, 100, 20_000, 1] {
            let result = await client.send(try mail(to: "user", lines: lines), through: server)
            #expect(result.outcome == .delivered, "\(result)")
        }
        #expect(scripted.events("connection").count == 1)
        #expect(scripted.events("auth").allSatisfy { $0.good == true && $0.mechanism == "PLAIN" })
        await client.close()
    }

    @Test("an unknown authority, a wrong name and an expired certificate get no mail and no password")
    func untrusted() async throws {
        let good = try await Certificates.make()
        let stranger = try await Certificates.make()
        let wrongName = try await Certificates.make(names: ["DNS:other.example"])
        let expired = try await Certificates.make(expired: true)
        for (certificates, authority) in [(good, stranger), (wrongName, wrongName), (expired, expired)] {
            for (tls, security) in [("starttls", SMTPServer.Security.startTLSRequired), ("implicit", .implicitTLS)] {
                let scripted = try await ScriptedServer(
                    "smtp_server", options(certificates, tls) + ["--auth", "plain"])
                let client = TransferClient(logger: quiet)
                let server = try server(
                    scripted, security: security, authentication: Self.password, caFile: authority.authority.path,
                    host: "localhost")
                let result = await client.send(try mail(to: "user"), through: server)
                #expect(result.outcome == .deferred(after: nil) && result.curlCode == 60, "\(result)")
                #expect(result.isConfigurationError && result.stage == .connect)
                #expect(scripted.events("auth").isEmpty && scripted.events("mail").isEmpty)
                await client.close()
            }
        }
    }

    @Test("a server without STARTTLS gets no mail and no password")
    func noStartTLS() async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--auth", "plain"])
        let client = TransferClient(logger: quiet)
        let server = try server(scripted, security: .startTLSRequired, authentication: Self.password)
        let result = await client.send(try mail(to: "user"), through: server)
        #expect(result.outcome == .deferred(after: nil) && result.curlCode == 64, "\(result)")
        #expect(result.isConfigurationError)
        #expect(scripted.events("auth").isEmpty && scripted.events("mail").isEmpty)
        await client.close()
    }

    @Test("a missing file of authorities is told apart from a bad server")
    func missingAuthorities() async throws {
        let certificates = try await Certificates.make()
        let scripted = try await ScriptedServer("smtp_server", options(certificates, "implicit"))
        let client = TransferClient(logger: quiet)
        let server = try server(scripted, security: .implicitTLS, caFile: "/nowhere/ca.pem", host: "localhost")
        let result = await client.send(try mail(to: "user"), through: server)
        #expect(
            result.outcome == .deferred(after: nil) && result.curlCode == 77 && result.isConfigurationError, "\(result)"
        )
        await client.close()
    }

    @Test(
        "each way to authenticate works",
        arguments: [
            ("plain", "PLAIN", password), ("login", "LOGIN", password),
            ("oauthbearer", "OAUTHBEARER", .oauthBearer(user: "robot", token: Secret("c4n4ry-token"))),
            ("xoauth2", "XOAUTH2", .oauthBearer(user: "robot", token: Secret("c4n4ry-token"))),
        ])
    func authenticates(kind: String, mechanism: String, authentication: SMTPServer.Authentication) async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--auth", kind])
        let client = TransferClient(logger: quiet)
        let server = try server(scripted, authentication: authentication)
        let result = await client.send(try mail(to: "user"), through: server)
        #expect(result.outcome == .delivered, "\(result)")
        #expect(scripted.events("auth").map(\.mechanism) == [mechanism])
        await client.close()
    }

    @Test("a wrong password is no fault of the recipient's", arguments: [("plain", 535), ("temporary", 454)])
    func wrongPassword(kind: String, code: Int) async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--auth", kind])
        let client = TransferClient(logger: quiet)
        let server = try server(
            scripted, authentication: .password(user: "robot", password: Secret("wr0ng-c4n4ry")))
        let result = await client.send(try mail(to: "user"), through: server)
        #expect(result.outcome == .deferred(after: nil) && result.curlCode == 67 && result.code == code, "\(result)")
        #expect(result.isConfigurationError)
        #expect(!"\(result)".contains("c4n4ry"))
        await client.close()
    }

    @Test("a password that nobody asks for is not left out in silence")
    func authenticationNotOffered() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet)
        let server = try server(scripted, authentication: Self.password)
        let result = await client.send(try mail(to: "user"), through: server)
        #expect(result.outcome == .deferred(after: nil) && result.isConfigurationError, "\(result)")
        #expect(scripted.events("mail").isEmpty)
        await client.close()
    }

    @Test("verifying says whether the server would take mail, and sends none")
    func verifies() async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--auth", "plain"])
        let client = TransferClient(logger: quiet)
        let good = await client.verify(try server(scripted, authentication: Self.password))
        #expect(good.outcome == .delivered && good.newConnection, "\(good)")
        let bad = await client.verify(
            try server(scripted, authentication: .password(user: "robot", password: Secret("no"))))
        #expect(bad.outcome == .deferred(after: nil) && bad.code == 535, "\(bad)")
        #expect(scripted.events("mail").isEmpty)
        try await eventually("a goodbye") { scripted.events("quit").count == 1 }
        await client.close()
    }
}
