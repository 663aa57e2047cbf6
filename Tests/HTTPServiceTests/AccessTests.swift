import Foundation
import RemindersTokens
import TestSupport
import Testing

@testable import RemindersHTTPService

@Suite("Who may ask what")
struct AccessTests {
    @Test("without a token 401 says what is wanted, and routes that ask nobody still answer")
    func anonymous() async throws {
        try await WebScene.play { web in
            let answer = try await web.send("GET", "/me")
            #expect(answer.status == 401 && answer.isProblem)
            #expect(answer["www-authenticate"] == #"Bearer realm="reminders""#)
            #expect(try await web.send("GET", "/numbers").status == 200)
        }
    }

    @Test("a token says who asks; a bad one is refused wherever it is sent, with the reason and without itself")
    func tokens() async throws {
        try await WebScene.play { web in
            let good = WebScene.bearer("7")
            #expect(try await web.send("GET", "/me", good).body == "\"7\"")
            #expect(
                try await web.send("GET", "/me", good.mapValues { $0.replacing("Bearer", with: "bEARER") }).status
                    == 200)
            let expired = WebScene.bearer("7", lifetime: .seconds(-100))
            for path in ["/me", "/numbers", "/nothing"] {
                let answer = try await web.send("GET", path, expired)
                #expect(answer.status == 401 && answer.isProblem)
                #expect(
                    answer["www-authenticate"]?.contains(
                        #"error="invalid_token", error_description="The token has expired""#) == true)
                #expect(!"\(answer)".contains("eyJ"))
            }
            for other in ["Basic dXNlcjpwYXNz", "Bearer", "Bearer a b", "Bearer  "] {
                #expect(try await web.send("GET", "/me", ["Authorization": other]).status == 401, "\(other)")
            }
            #expect(try await web.send("GET", "/me", ["Authorization": "Bearer nonsense"]).status == 401)
            let twice = try RawConnection(web.port)
            let line = "Authorization: \(good["Authorization"] ?? "")\r\n"
            try await twice.send("GET /me HTTP/1.1\r\nHost: t\r\n\(line)\(line)\r\n")
            #expect(try await twice.readAnswer().status == 400)
        }
    }

    @Test("a scope is needed for what is not one's own")
    func scopes() async throws {
        try await WebScene.play { web in
            let answer = try await web.send("GET", "/admin", WebScene.bearer("7", [.service]))
            #expect(answer.status == 403 && answer.isProblem)
            #expect(answer["www-authenticate"]?.contains(#"error="insufficient_scope", scope="admin""#) == true)
            #expect(try await web.send("GET", "/admin", WebScene.bearer("7", [.admin])).status == 200)
            #expect(try await web.send("GET", "/admin").status == 401)
        }
    }

    @Test("keys of an issuer are fetched from its URL; as long as there are none the answer is 503")
    func issuer() async throws {
        let folder = Scratch.path("keys")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let key =
            #"{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#
            + #""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
        try Data(#"{"keys":[\#(key)]}"#.utf8).write(to: folder.appending(path: "keys.json"))
        let pages = try StaticFiles(root: folder.path())
        // Of RFC 7515, appendix A.3, but for `kid`.
        let token = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJqb2UifQ.AAAA"
        let gone = try await Port.free()
        try await WebScene.play(routes: { pages.add(to: $0) }) { issuer in
            for (port, status) in [(issuer.port, 401), (Int(gone), 503)] {
                let keys = IssuerKeys(
                    source: try .url("http://127.0.0.1:\(port)/keys.json", logger: WebScene.quiet),
                    logger: WebScene.quiet)
                try await WebScene.play(verifier: TokenVerifier(issuerKeys: keys)) { web in
                    let answer = try await web.send("GET", "/me", ["Authorization": "Bearer \(token)"])
                    #expect(answer.status == status && answer.isProblem, "\(answer)")
                    if status == 503 { #expect(answer["retry-after"] == "5") }
                    #expect(await keys.areLoaded() == (status == 401))
                }
            }
        }
    }

    @Test("a user who sends too much waits, others and services do not")
    func rateCap() async throws {
        try await WebScene.play({
            $0.rate.burst = 3
            $0.rate.perSecond = 1
        }) { web in
            for _ in 0..<3 { #expect(try await web.send("GET", "/me", WebScene.bearer("7")).status == 200) }
            let answer = try await web.send("GET", "/me", WebScene.bearer("7"))
            #expect(answer.status == 429 && answer.isProblem && answer["retry-after"] == "1", "\(answer)")
            #expect(try await web.send("GET", "/me", WebScene.bearer("8")).status == 200)
            for _ in 0..<5 { #expect(try await web.send("GET", "/me", WebScene.bearer("9", [.service])).status == 200) }
        }
    }
}

@Suite("Allowances")
struct AllowancesTests {
    @Test("are a burst at once, and then the steady rate, never more than the burst")
    func bucket() {
        var limit = RateCap.Limit()
        limit.burst = 10
        limit.perSecond = 2
        let allowances = Allowances(limit: limit)
        let start = ContinuousClock.now
        func taken(at time: Duration) -> Int {
            (0..<100).count { _ in allowances.wait(of: "7", now: start + time) == nil }
        }
        #expect(taken(at: .zero) == 10)
        #expect(allowances.wait(of: "7", now: start) == .milliseconds(500))
        #expect(taken(at: .milliseconds(499)) == 0)
        #expect(taken(at: .seconds(2)) == 4)
        #expect(taken(at: .seconds(3600)) == 10)
        #expect(allowances.wait(of: "8", now: start) == nil)
    }
}
