import Foundation
import Logging
import RemindersTransfer
import Synchronization
import TestSupport
import Testing

/// A mail of a few lines to `local`@example.org.
func mail(to local: String, lines: Int = 3) throws -> Mail {
    let text = "Subject: a test\r\n\r\n" + String(repeating: ".a line of text\r\n", count: lines)
    return try Mail(
        sender: "reminders@example.org", recipient: "\(local)@example.org", content: Array(text.utf8))
}

/// The server as the client sees it, with time-outs that suit tests.
func server(
    _ scripted: ScriptedServer, security: SMTPServer.Security = .none,
    authentication: SMTPServer.Authentication = .none, caFile: String? = nil, host: String = "127.0.0.1",
    timeout: Duration = .seconds(10), idleTimeout: Duration = .seconds(30),
    connectionLifetime: Duration = .seconds(300)
) throws -> SMTPServer {
    try SMTPServer(
        host: host, port: scripted.port, security: security, authentication: authentication, caFile: caFile,
        heloName: "client.example.org", connectTimeout: .seconds(5), timeout: timeout, idleTimeout: idleTimeout,
        connectionLifetime: connectionLifetime)
}

let quiet = Logger(label: "transfer") { _ in SwiftLogNoOpLogHandler() }

@Suite("Mail through a real server")
struct TransferSMTPTests {
    @Test("mail arrives whole, on connections that are used again", arguments: [[], ["--pipelining"]])
    func delivers(options: [String]) async throws {
        let scripted = try await ScriptedServer("smtp_server", options)
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 4)
        let server = try server(scripted)
        let results = await withTaskGroup(of: TransferResult?.self) { group in
            for number in 0..<200 {
                group.addTask { try? await client.send(mail(to: "user\(number)"), through: server) }
            }
            return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
        }
        #expect(results.count == 200)
        for result in results {
            #expect(result.outcome == .delivered, "\(result)")
            #expect(result.reply == "250 2.0.0 ok: queued")
            #expect(result.code == 250 && result.curlCode == 0 && result.stage == .answer)
        }
        #expect(results.count { $0.newConnection } == 4)
        await client.close()
        let mails = scripted.events("mail")
        #expect(scripted.events("connection").count == 4)
        #expect(Set(mails.compactMap(\.recipient)) == Set((0..<200).map { "user\($0)@example.org" }))
        #expect(mails.count == 200)
        #expect(mails.allSatisfy { $0.sender == "reminders@example.org" })
        let expected = "Subject: a test\r\n\r\n.a line of text\r\n.a line of text\r\n.a line of text\r\n"
        #expect(mails.allSatisfy { $0.text == expected })
        try await eventually("goodbyes") { scripted.events("quit").count == 4 }
    }

    @Test("what is not wanted any more is not handed over, also when the server waits for it", arguments: [0, 1])
    func unwanted(questions: Int) async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--pipelining"])
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 1)
        let asked = Atomic(0)
        let result = await client.send(try mail(to: "unwanted"), through: try server(scripted)) {
            asked.wrappingAdd(1, ordering: .relaxed).oldValue < questions
        }
        #expect(result.outcome == .deferred(after: nil), "\(result)")
        #expect(result.stage == (questions == 0 ? .queued : .envelope))
        let next = await client.send(try mail(to: "wanted"), through: try server(scripted))
        #expect(next.outcome == .delivered, "\(next)")
        await client.close()
        #expect(scripted.events("mail").map(\.recipient) == ["wanted@example.org"])
    }

    @Test("a large mail arrives whole")
    func large() async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--pipelining"])
        let client = TransferClient(logger: quiet)
        let large = try mail(to: "large", lines: 500_000)
        let result = await client.send(large, through: try server(scripted))
        // aiosmtpd takes 32 MiB; 8.5 MB do not fit any socket buffer.
        #expect(result.outcome == .delivered, "\(result)")
        #expect(scripted.events("mail").first?.size == large.content.count)
        await client.close()
    }

    struct Refusal: Sendable {
        let recipient: String
        let outcome: TransferResult.Outcome
        let code: Int
        let stage: TransferResult.Stage
    }

    @Test(
        "refusals are told apart, and the next mail goes out", arguments: [[], ["--pipelining"]],
        [
            Refusal(recipient: "reply-550", outcome: .rejected, code: 550, stage: .envelope),
            Refusal(recipient: "reply-451", outcome: .deferred(after: nil), code: 451, stage: .envelope),
            Refusal(recipient: "reply-421", outcome: .deferred(after: nil), code: 421, stage: .envelope),
            Refusal(recipient: "final-452", outcome: .deferred(after: nil), code: 452, stage: .answer),
            Refusal(recipient: "final-552", outcome: .rejected, code: 552, stage: .answer),
            Refusal(recipient: "final-554", outcome: .rejected, code: 554, stage: .answer),
        ])
    func refusals(options: [String], expected: Refusal) async throws {
        let scripted = try await ScriptedServer("smtp_server", options)
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 1)
        let server = try server(scripted)
        let refused = await client.send(try mail(to: expected.recipient), through: server)
        #expect(refused.outcome == expected.outcome, "\(refused)")
        #expect(refused.code == expected.code && refused.stage == expected.stage)
        #expect(refused.reply.hasPrefix("\(expected.code) "))
        #expect(!refused.isConfigurationError)
        let next = await client.send(try mail(to: "next"), through: server)
        #expect(next.outcome == .delivered, "\(next)")
        // Only a 421 costs the connection.
        #expect(next.newConnection == (expected.code == 421))
        await client.close()
    }

    @Test("a server that ends connections after so many mails loses none and refuses none")
    func mailsPerConnection() async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--mails-per-connection", "3"])
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 1)
        let server = try server(scripted)
        for number in 0..<10 {
            let result = await client.send(try mail(to: "user\(number)"), through: server)
            #expect(result.outcome == .delivered, "\(result)")
        }
        #expect(scripted.events("mail").count == 10)
        #expect(scripted.events("connection").count == 4)
        await client.close()
    }

    @Test("many refusals on one connection end it before the server slows down")
    func refusalLimit() async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--pipelining"])
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 1)
        let server = try server(scripted)
        for _ in 0..<20 {
            #expect(await client.send(try mail(to: "reply-550"), through: server).outcome == .rejected)
        }
        #expect(scripted.events("connection").count == 3)
        await client.close()
    }

    @Test("one answer that is waited for does not hold up the others")
    func together() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 8)
        let server = try server(scripted)
        // The server answers none of the eight before it has all of them. libcurl's own SMTP transfers would never
        // get there on one thread: they wait for the answer to the final dot with the thread in their hands.
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let result = try? await client.send(mail(to: "together-8"), through: server)
                    #expect(result?.outcome == .delivered)
                }
            }
        }
        await client.close()
    }

    @Test("the connect time-out ends with connecting")
    func connectTimeout() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 1)
        let server = try SMTPServer(
            host: "127.0.0.1", port: scripted.port, security: .none, connectTimeout: .seconds(2))
        for number in 0..<3 {
            let result = await client.send(try mail(to: "slow"), through: server)
            #expect(result.outcome == .delivered && result.newConnection == (number == 0), "\(result)")
        }
        await client.close()
    }

    @Test("an address beyond ASCII goes to a server that takes them")
    func smtpUTF8() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet)
        let result = await client.send(try mail(to: "søren"), through: try server(scripted))
        #expect(result.outcome == .delivered, "\(result)")
        #expect(scripted.events("mail").first?.recipient == "søren@example.org")
        await client.close()
    }

    @Test("an idle connection is left with a goodbye, and a new one opened later")
    func idle() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet)
        let server = try server(scripted, idleTimeout: .milliseconds(100))
        #expect(await client.send(try mail(to: "one"), through: server).outcome == .delivered)
        try await eventually("a goodbye") { scripted.events("quit").count == 1 }
        let second = await client.send(try mail(to: "two"), through: server)
        #expect(second.outcome == .delivered && second.newConnection, "\(second)")
        await client.close()
    }

    @Test("a connection has a longest life, however busy")
    func lifetime() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 1)
        let server = try server(scripted, connectionLifetime: .milliseconds(1))
        for _ in 0..<3 {
            let result = await client.send(try mail(to: "one"), through: server)
            #expect(result.outcome == .delivered && result.newConnection, "\(result)")
        }
        await client.close()
    }
}
