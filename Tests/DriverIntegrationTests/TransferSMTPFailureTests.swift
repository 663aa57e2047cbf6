import Foundation
import Glibc
import RemindersTransfer
import TestSupport
import Testing

@Suite("Mail servers that fail")
struct TransferSMTPFailureTests {
    @Test(
        "a line that breaks before the final dot has handed over nothing",
        arguments: ["drop-recipient", "drop-data"], [[], ["--pipelining"]])
    func droppedBefore(recipient: String, options: [String]) async throws {
        let scripted = try await ScriptedServer("smtp_server", options)
        let client = TransferClient(logger: quiet)
        let result = await client.send(try mail(to: recipient), through: try server(scripted))
        #expect(result.outcome == .deferred(after: nil), "\(result)")
        #expect(result.stage == .envelope && result.curlCode == 56)
        await client.close()
    }

    @Test("a line that breaks after the final dot leaves it unknown, and it is not sent again", arguments: [0, 1])
    func droppedAfter(before: Int) async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--pipelining"])
        let client = TransferClient(logger: quiet)
        let server = try server(scripted)
        for _ in 0..<before { _ = await client.send(try mail(to: "first"), through: server) }
        let result = await client.send(try mail(to: "drop-final"), through: server)
        #expect(result.outcome == .unknown, "\(result)")
        #expect(result.stage == .answer && result.curlCode == 56)
        #expect(scripted.events("mail").count { $0.recipient == "drop-final@example.org" } == 1)
        #expect(await client.send(try mail(to: "next"), through: server).outcome == .delivered)
        await client.close()
    }

    @Test(
        "a server that stops answering is given up in time",
        arguments: [("tarpit", TransferResult.Outcome.deferred(after: nil)), ("freeze", .unknown)])
    func stopsAnswering(recipient: String, outcome: TransferResult.Outcome) async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet)
        let server = try server(scripted, timeout: .seconds(2))
        let result = await client.send(try mail(to: recipient), through: server)
        #expect(result.outcome == outcome && result.curlCode == 28, "\(result)")
        #expect(result.duration >= .seconds(2) && result.duration < .seconds(5))
        await client.close()
    }

    @Test("a frozen server is given up in time, on kept connections and on new ones")
    func frozen() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 2)
        let server = try SMTPServer(
            host: "127.0.0.1", port: scripted.port, security: .none, connectTimeout: .seconds(1),
            timeout: .seconds(1))
        #expect(await client.send(try mail(to: "one"), through: server).outcome == .delivered)
        try await scripted.freeze()
        let clock = ContinuousClock()
        var results: [TransferResult] = []
        let taken = await clock.measure {
            results = await withTaskGroup(of: TransferResult?.self) { group in
                for number in 0..<20 {
                    group.addTask { try? await client.send(mail(to: "user\(number)"), through: server) }
                }
                return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
            }
        }
        #expect(results.count == 20)
        #expect(results.allSatisfy { $0.outcome == .deferred(after: nil) && $0.curlCode == 28 })
        // All that waits is answered by the first failure to connect; one by one it would be ten seconds.
        #expect(taken < .seconds(5))
        scripted.signal(SIGCONT)
        #expect(await client.send(try mail(to: "two"), through: server).outcome == .delivered)
        await client.close()
    }

    @Test("a killed server costs the mails in hand one try, and its successor gets the next")
    func killed() async throws {
        let first = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet)
        let server = try server(first)
        #expect(await client.send(try mail(to: "one"), through: server).outcome == .delivered)
        async let slow = client.send(mail(to: "freeze"), through: server)
        try await eventually("the mail in hand") { first.events("mail").count == 2 }
        try await first.kill()
        #expect(try await slow.outcome == .unknown)
        let refused = await client.send(try mail(to: "two"), through: server)
        #expect(
            refused.outcome == .deferred(after: nil) && refused.stage == .connect && refused.curlCode == 7, "\(refused)"
        )
        let second = try await ScriptedServer("smtp_server", ["--port", "\(first.port)"])
        #expect(await client.send(try mail(to: "three"), through: server).outcome == .delivered)
        #expect(second.events("mail").count == 1)
        await client.close()
    }

    @Test("a server that closed kept connections is found again without a failed mail")
    func closedWhileIdle() async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--idle", "1"])
        let client = TransferClient(logger: quiet)
        let server = try server(scripted)
        #expect(await client.send(try mail(to: "one"), through: server).outcome == .delivered)
        try await eventually("the server's time-out") { scripted.events("closed").count == 1 }
        let result = await client.send(try mail(to: "two"), through: server)
        #expect(result.outcome == .delivered && result.newConnection, "\(result)")
        await client.close()
    }

    @Test(
        "a server that is no good from its first line on",
        arguments: [
            ("refuse", 554, true), ("busy", 421, false), ("junk", 0, false), ("flood", 0, false), ("drop", 0, false),
        ])
    func door(kind: String, code: Int, configuration: Bool) async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--door", kind])
        let client = TransferClient(logger: quiet)
        let result = await client.send(try mail(to: "one"), through: try server(scripted))
        #expect(result.outcome == .deferred(after: nil), "\(result)")
        #expect(result.stage == .connect && result.code == code && result.isConfigurationError == configuration)
        #expect(!result.reply.isEmpty)
        await client.close()
    }

    @Test("a server that does not greet is given up in time")
    func silent() async throws {
        let scripted = try await ScriptedServer("smtp_server", ["--door", "silent"])
        let client = TransferClient(logger: quiet)
        let server = try SMTPServer(
            host: "127.0.0.1", port: scripted.port, security: .none, connectTimeout: .milliseconds(500))
        let result = await client.send(try mail(to: "one"), through: server)
        #expect(result.outcome == .deferred(after: nil) && result.curlCode == 28, "\(result)")
        #expect(result.duration < .seconds(3))
        await client.close()
    }

    @Test("a server that is silent about a recipient is given up soon, and holds up no others")
    func silentRecipients() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 2)
        let server = try SMTPServer(
            host: "127.0.0.1", port: scripted.port, security: .none, firstReplyTimeout: .seconds(4))
        let start = ContinuousClock.now
        async let trapped = withTaskGroup(of: TransferResult?.self) { group in
            for _ in 1...4 { group.addTask { try? await client.send(mail(to: "tarpit"), through: server) } }
            return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
        }
        try await eventually("two connections that wait") { scripted.events("connection").count == 2 }
        let other = await client.send(try mail(to: "other"), through: server)
        #expect(other.outcome == .delivered, "\(other)")
        #expect(ContinuousClock.now - start < .seconds(4), "it did not wait until those were given up")
        for result in await trapped {
            #expect(result.outcome == .deferred(after: nil) && result.isSilence, "\(result)")
            #expect(result.duration < .seconds(8))
        }
        // As soon as nothing is slow there are no more connections than allowed.
        let next = await client.send(try mail(to: "next"), through: server)
        #expect(next.outcome == .delivered, "\(next)")
        await client.close()
    }

    @Test("a name that does not exist is deferred")
    func unknownHost() async throws {
        let client = TransferClient(logger: quiet)
        let server = try SMTPServer(host: "mail.invalid", port: 25, security: .none, connectTimeout: .seconds(5))
        let result = await client.send(try mail(to: "one"), through: server)
        #expect(result.outcome == .deferred(after: nil) && result.stage == .connect, "\(result)")
        #expect([6, 28].contains(result.curlCode))
        await client.close()
    }

    @Test("closing waits for what is in hand, and gives up what takes too long")
    func closing() async throws {
        let scripted = try await ScriptedServer("smtp_server")
        let client = TransferClient(logger: quiet, maximumConnectionsPerHost: 3)
        let server = try server(scripted)
        async let slow = client.send(mail(to: "slow"), through: server)
        async let frozen = client.send(mail(to: "freeze"), through: server)
        async let trapped = client.send(mail(to: "tarpit"), through: server)
        try await eventually("mails in hand") { scripted.events("mail").count == 2 }
        async let queued = client.send(mail(to: "queued"), through: server)
        await client.close(within: .seconds(4))
        #expect(try await slow.outcome == .delivered)
        #expect(try await frozen.outcome == .unknown)
        #expect(try await trapped.outcome == .deferred(after: nil))
        #expect([.delivered, .deferred(after: nil)].contains(try await queued.outcome))
        let late = await client.send(try mail(to: "late"), through: server)
        #expect(late.outcome == .deferred(after: nil) && late.stage == .queued, "\(late)")
    }
}
