import Foundation
import Glibc
import RemindersTransfer
import TestSupport
import Testing

@Suite("Requests to a real server")
struct TransferHTTPTests {
    private func request(
        _ scripted: ScriptedServer, _ path: String, body: String = "{}", timeout: Duration = .seconds(10),
        maximumResponseBytes: Int = 64 << 10
    ) throws -> RemindersTransfer.HTTPRequest {
        try RemindersTransfer.HTTPRequest(
            url: "http://127.0.0.1:\(scripted.port)\(path)", headers: [("Content-Type", "application/json")],
            body: Array(body.utf8), timeout: timeout, maximumResponseBytes: maximumResponseBytes,
            allowsClearText: true)
    }

    private func client(maximumConnectionsPerHost: Int = 8) -> TransferClient {
        TransferClient(logger: quiet, maximumConnectionsPerHost: maximumConnectionsPerHost, addressGuard: .all)
    }

    @Test("posts arrive whole, on connections that are used again")
    func delivers() async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client(maximumConnectionsPerHost: 3)
        let body = String(repeating: "x", count: 100_000)
        let results = await withTaskGroup(of: TransferResult?.self) { group in
            for _ in 0..<60 {
                group.addTask { try? await client.perform(request(scripted, "/status/200?body=fine", body: body)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
        }
        #expect(results.count == 60)
        for result in results {
            #expect(result.outcome == .delivered && result.code == 200 && result.reply == "200 OK")
            #expect(String(decoding: result.responseBody, as: UTF8.self) == "fine")
        }
        let requests = scripted.events("request")
        #expect(requests.count == 60 && requests.allSatisfy { $0.size == 100_000 })
        #expect(scripted.events("connection").count == 3)
        #expect(results.count { $0.newConnection } == 3)
        let headers = try #require(requests.first?.headers)
        #expect(headers["content-type"] == "application/json" && headers["expect"] == nil)
        await client.close()
    }

    @Test(
        "statuses are told apart",
        arguments: [
            ("/status/204", TransferResult.Outcome.delivered), ("/redirect", .deferred(after: nil)),
            ("/status/404", .deferred(after: nil)), ("/status/422", .rejected),
            ("/status/429?Retry-After=7", .deferred(after: .seconds(7))),
            ("/status/429?X-Ratelimit-Reset=3", .deferred(after: .seconds(3))),
            ("/status/503", .deferred(after: nil)), ("/status/408", .deferred(after: nil)),
        ])
    func statuses(path: String, outcome: TransferResult.Outcome) async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client()
        let result = await client.perform(try request(scripted, path))
        #expect(result.outcome == outcome, "\(result)")
        #expect(scripted.events("request").count == 1)
        await client.close()
    }

    @Test("a GET has no body, and the handle it used posts as before")
    func gets() async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client(maximumConnectionsPerHost: 1)
        let get = try RemindersTransfer.HTTPRequest(
            method: .get, url: "http://127.0.0.1:\(scripted.port)/status/200?body=keys",
            headers: [("Accept", "application/json")], body: [], allowsClearText: true)
        for _ in 0..<2 {
            let result = await client.perform(get)
            #expect(result.outcome == .delivered && String(decoding: result.responseBody, as: UTF8.self) == "keys")
            #expect(await client.perform(try request(scripted, "/status/200")).outcome == .delivered)
        }
        let requests = scripted.events("request")
        #expect(requests.map(\.method) == ["GET", "POST", "GET", "POST"] && requests.map(\.size) == [0, 2, 0, 2])
        #expect(requests.first?.headers?["content-length"] == nil && "\(get)".hasPrefix("GET http://127.0.0.1"))
        await client.close()
    }

    @Test("the receiver's words are part of the reply, in one line")
    func words() async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client()
        let result = await client.perform(try request(scripted, "/status/403?body=no%0d%0ahook%1b%5b31m"))
        #expect(result.reply == "403 Forbidden: no  hook [31m")
        await client.close()
    }

    @Test("a response without end is cut off, and its status counts")
    func huge() async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client()
        let result = await client.perform(try request(scripted, "/huge", maximumResponseBytes: 100_000))
        #expect(result.outcome == .delivered && result.responseBody.count == 100_000, "\(result)")
        let flood = await client.perform(try request(scripted, "/header-flood"))
        #expect(flood.outcome == .delivered && flood.duration < .seconds(5), "\(flood)")
        await client.close()
    }

    @Test("no answer in time leaves it unknown; the others do not wait for it")
    func slow() async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client()
        async let slow = client.perform(request(scripted, "/slow/30", timeout: .seconds(2)))
        try await eventually("the slow request") { scripted.events("request").count == 1 }
        let quick = await client.perform(try request(scripted, "/status/200"))
        #expect(quick.outcome == .delivered && quick.duration < .milliseconds(1900), "\(quick)")
        let result = try await slow
        #expect(result.outcome == .unknown && result.curlCode == 28 && result.stage == .answer, "\(result)")
        await client.close()
    }

    @Test("a request lost on a kept connection is not repeated behind the caller's back", arguments: [0, 1])
    func lost(before: Int) async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client()
        for _ in 0..<before { _ = await client.perform(try request(scripted, "/status/200")) }
        let result = await client.perform(try request(scripted, "/drop"))
        #expect(result.outcome == .unknown, "\(result)")
        #expect(scripted.events("request").count { $0.path == "/drop" } == 1)
        #expect(await client.perform(try request(scripted, "/status/200")).outcome == .delivered)
        await client.close()
    }

    @Test("a connection that the server closes is replaced")
    func closed() async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client()
        for _ in 0..<3 {
            let result = await client.perform(try request(scripted, "/close"))
            #expect(result.outcome == .delivered && result.newConnection, "\(result)")
        }
        await client.close()
    }

    @Test("a frozen server is given up in time, a killed one at once")
    func frozenAndKilled() async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client()
        #expect(await client.perform(try request(scripted, "/status/200")).outcome == .delivered)
        try await scripted.freeze()
        let frozen = await client.perform(try request(scripted, "/status/200", timeout: .seconds(2)))
        #expect(frozen.outcome == .unknown && frozen.curlCode == 28 && frozen.duration < .seconds(5), "\(frozen)")
        try await scripted.kill()
        let killed = await client.perform(try request(scripted, "/status/200"))
        #expect(
            killed.outcome == .deferred(after: nil) && killed.curlCode == 7 && killed.stage == .connect, "\(killed)")
        await client.close()
    }

    @Test("closing waits for what is in hand, and gives up what takes too long")
    func closing() async throws {
        let scripted = try await ScriptedServer("http_server")
        let client = client(maximumConnectionsPerHost: 2)
        async let quick = client.perform(request(scripted, "/slow/0.3"))
        async let slow = client.perform(request(scripted, "/slow/30", timeout: .seconds(60)))
        try await eventually("requests in hand") { scripted.events("request").count == 2 }
        await client.close(within: .seconds(3))
        #expect(try await quick.outcome == .delivered)
        #expect(try await slow.outcome == .unknown)
        let late = await client.perform(try request(scripted, "/status/200"))
        #expect(late.outcome == .deferred(after: nil) && late.stage == .queued, "\(late)")
    }
}

@Suite("Where POSTs may go")
struct TransferHTTPGuardTests {
    private func post(_ url: String, _ guarding: AddressGuard, caFile: String? = nil) async throws -> TransferResult {
        let client = TransferClient(logger: quiet, addressGuard: guarding)
        let request = try RemindersTransfer.HTTPRequest(
            url: url, headers: [], body: [], caFile: caFile, allowsClearText: true)
        let result = await client.perform(request)
        await client.close()
        return result
    }

    @Test(
        "every spelling of a closed address is refused before a connection is made",
        arguments: [
            "127.0.0.1", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost",
            "0.0.0.0",
        ])
    func refused(host: String) async throws {
        let scripted = try await ScriptedServer("http_server")
        let result = try await post("http://\(host):\(scripted.port)/hooks/c4n4ry", .publicOnly)
        #expect(result.outcome == .deferred(after: nil) && result.fault == .settings, "\(result)")
        #expect(result.reply.hasPrefix("the host's address is not allowed: "))
        #expect(!"\(result)".contains("c4n4ry"))
        #expect(scripted.events("connection").isEmpty)
    }

    @Test("an operator opens a host, a network or everything")
    func opened() async throws {
        let scripted = try await ScriptedServer("http_server")
        let url = "http://localhost:\(scripted.port)/status/200"
        #expect(try await post(url, AddressGuard(allowingHosts: ["LOCALHOST"])).outcome == .delivered)
        #expect(try await post(url, AddressGuard(networks: ["127.0.0.0/8"])).outcome == .delivered)
        #expect(try await post(url, .all).outcome == .delivered)
        #expect(try await post(url, AddressGuard(allowingHosts: ["other"])).fault == .settings)
    }

    @Test("proxies of the environment are not used")
    func noProxy() async throws {
        let scripted = try await ScriptedServer("http_server")
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
        defer {
            unsetenv("http_proxy")
            unsetenv("ALL_PROXY")
        }
        #expect(try await post("http://localhost:\(scripted.port)/status/200", .all).outcome == .delivered)
    }

    @Test("HTTPS goes to a server of a known authority, of the right name and with a certificate in force only")
    func https() async throws {
        let certificates = try await Certificates.make(names: ["DNS:localhost"])
        let stranger = try await Certificates.make()
        let scripted = try await ScriptedServer(
            "http_server", ["--certificate", certificates.certificate.path, "--key", certificates.key.path])
        let known = certificates.authority.path
        let url = "https://localhost:\(scripted.port)/status/200"
        #expect(try await post(url, .all, caFile: known).outcome == .delivered)
        for (url, authority) in [
            (url, stranger.authority.path), (url, nil), ("https://127.0.0.1:\(scripted.port)/status/200", known),
        ] {
            let result = try await post(url, .all, caFile: authority)
            #expect(
                result.outcome == .deferred(after: nil) && result.curlCode == 60 && result.isConfigurationError,
                "\(result)")
        }
        #expect(scripted.events("request").count == 1)

        let expired = try await Certificates.make(names: ["DNS:localhost"], expired: true)
        let late = try await ScriptedServer(
            "http_server", ["--certificate", expired.certificate.path, "--key", expired.key.path])
        let result = try await post(
            "https://localhost:\(late.port)/status/200", .all, caFile: expired.authority.path)
        #expect(
            result.outcome == .deferred(after: nil) && result.curlCode == 60 && result.isConfigurationError, "\(result)"
        )
        #expect(late.events("request").isEmpty)
    }
}
