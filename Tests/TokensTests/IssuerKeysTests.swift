import Foundation
import JWTKit
import Testing

@testable import RemindersTokens

@Suite("Tokens of an issuer with published keys")
struct IssuerKeysTests {
    @Test("are good when signed with RS256 or ES256, with or without alg at the key")
    func algorithms() async throws {
        let issuers = [
            try await Issuer.rsa("a"), try await .rsa("b", more: ""), try await .ecdsa("c"),
            try await .ecdsa("d", more: #","use":"sig","key_ops":["verify"]"#),
        ]
        let publisher = Publisher()
        publisher.publish(issuers)
        let verifier = publisher.verifier()
        for issuer in issuers {
            #expect(try await verifier.identity(of: issuer.token()) == Identity(userID: "1"))
        }
        #expect(publisher.fetches == 1)
    }

    @Test("are refused for another key's signature, and for another algorithm than the key's")
    func mismatches() async throws {
        let good = try await Issuer.rsa("good")
        let evil = try await Issuer.rsa("good")
        let long = try await Issuer.rsa("good", signing: .sha512)
        let curve = try await Issuer.ecdsa("good")
        let verifier = Publisher(good).verifier(secret: secret)
        #expect(await refusal(try await evil.token(), by: verifier) == .badSignature)
        #expect(await refusal(try await long.token(), by: verifier) == .algorithmNotAllowed)
        #expect(await refusal(try await curve.token(), by: verifier) == .algorithmNotAllowed)
        #expect(await refusal(try await good.token(), by: verifier) == nil)
    }

    @Test("survive a badly signed one that names another algorithm for a key without alg")
    func poisoning() async throws {
        let issuer = try await Issuer.rsa("k", more: "")
        let evil = try await Issuer.rsa("k", signing: .sha512)
        let verifier = Publisher(issuer).verifier()
        #expect(await refusal(try await evil.token(), by: verifier) == .algorithmNotAllowed)
        #expect(await refusal(try await issuer.token(), by: verifier) == nil)
    }

    @Test("are refused when a shared secret was used with the public key as the secret")
    func confusion() async throws {
        let issuer = try await Issuer.rsa("k")
        let forged = token(header: #"{"alg":"HS256","kid":"k"}"#, secret: issuer.published)
        #expect(await refusal(forged, by: Publisher(issuer).verifier()) == .algorithmNotAllowed)
        #expect(await refusal(forged, by: Publisher(issuer).verifier(secret: secret)) == .badSignature)
    }

    @Test("name a known key; without kid there is only one it can be")
    func identifiers() async throws {
        let (one, two) = (try await Issuer.rsa("1"), try await Issuer.rsa("2"))
        let (other, curve) = (try await Issuer.rsa("other"), try await Issuer.ecdsa("c"))
        let verifier = Publisher(one, two, curve).verifier()
        #expect(await refusal(try await other.token(), by: verifier) == .unknownKey)
        #expect(await refusal(try await one.token(withIdentifier: false), by: verifier) == .unknownKey)
        #expect(await refusal(try await curve.token(withIdentifier: false), by: verifier) == nil)
        let single = Publisher(one).verifier()
        #expect(await refusal(try await other.token(), by: single) == .unknownKey, "not tried with the only key")
        #expect(await refusal(try await one.token(withIdentifier: false), by: single) == nil)
    }

    @Test(
        "are of no use when the key is not fit for them",
        arguments: [
            #","use":"enc""#, #","alg":"RS512""#, #","key_ops":["encrypt"]"#, #","d":"AQAB""#,
            #","alg":"HS256","k":"AQAB""#,
        ])
    func unfit(more: String) async throws {
        let issuer = try await Issuer.rsa("k", more: more)
        #expect(await refusal(try await issuer.token(), by: Publisher(issuer).verifier()) == .keysUnavailable)
    }

    @Test("need a key set that is one", arguments: ["", "[]", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[1,{}]}"#])
    func brokenSets(text: String) async {
        await #expect(throws: KeySetError.self) { try await KeySet(Array(text.utf8)) }
    }

    @Test("are verified with a key that is new, which is looked for at most once a minute")
    func rotation() async throws {
        let (old, new, unknown) = (
            try await Issuer.rsa("old"), try await Issuer.ecdsa("new"), try await Issuer.rsa("x")
        )
        let publisher = Publisher(old)
        let verifier = publisher.verifier()
        let oldToken = try await old.token()
        #expect(await refusal(oldToken, by: verifier) == nil)
        publisher.publish([new])
        #expect(await refusal(try await new.token(), by: verifier) == .unknownKey, "asked a moment ago")
        #expect(publisher.fetches == 1)
        publisher.wait(.seconds(61))
        #expect(await refusal(try await new.token(), by: verifier) == nil)
        #expect(await refusal(oldToken, by: verifier) == .unknownKey, "known before, and its key is gone")
        for _ in 0..<20 { #expect(await refusal(try await unknown.token(), by: verifier) == .unknownKey) }
        #expect(publisher.fetches == 2)
    }

    @Test("are refused within a minute once their key is withdrawn, also those that were found good before")
    func withdrawal() async throws {
        let (gone, kept) = (try await Issuer.rsa("gone"), try await Issuer.ecdsa("kept"))
        let publisher = Publisher(gone, kept)
        let verifier = publisher.verifier()
        let token = try await gone.token()
        #expect(await refusal(token, by: verifier) == nil)
        publisher.publish([kept])
        publisher.wait(.seconds(61))
        #expect(await refusal(token, by: verifier) == .unknownKey, "the first request after a pause")
        #expect(publisher.fetches == 2)
    }

    @Test("in use all the time are checked with keys that are renewed behind their back")
    func renewal() async throws {
        let (gone, kept) = (try await Issuer.rsa("gone"), try await Issuer.ecdsa("kept"))
        let publisher = Publisher(gone, kept)
        let verifier = publisher.verifier()
        let token = try await gone.token()
        #expect(await refusal(token, by: verifier) == nil)
        publisher.publish([kept])
        var refusedAfter = 0
        while await refusal(token, by: verifier) == nil, refusedAfter <= 120 {
            publisher.wait(.seconds(1))
            refusedAfter += 1
        }
        #expect(refusedAfter <= 61)
        for _ in 0..<600 {
            publisher.wait(.seconds(1))
            for _ in 0..<5 { #expect(await refusal(token, by: verifier) == .unknownKey) }
        }
        #expect(publisher.fetches <= 2 + 600 / 30 + 1, "\(publisher.fetches)")
    }

    @Test("outlive an outage of the issuer with its last good keys")
    func outage() async throws {
        let (issuer, unknown) = (try await Issuer.rsa("k"), try await Issuer.rsa("x"))
        let publisher = Publisher(issuer)
        let verifier = publisher.verifier()
        #expect(await refusal(try await issuer.token(), by: verifier) == nil)
        publisher.breakDown()
        for _ in 0..<3 {
            publisher.wait(.seconds(700))
            #expect(await refusal(try await unknown.token(), by: verifier) == .unknownKey)
            #expect(await refusal(try await issuer.token(.init(sub: "2")), by: verifier) == nil)
        }
        publisher.breakDown(false)
        publisher.publish("{}")
        publisher.wait(.seconds(61))
        #expect(await refusal(try await unknown.token(), by: verifier) == .unknownKey, "a set of no use")
        #expect(await refusal(try await issuer.token(.init(sub: "3")), by: verifier) == nil)
    }

    @Test("wait for the issuer, but are not to blame, when there were no keys yet")
    func firstKeys() async throws {
        let issuer = try await Issuer.rsa("k")
        let publisher = Publisher(issuer)
        publisher.breakDown()
        let verifier = publisher.verifier()
        #expect(await refusal(try await issuer.token(), by: verifier) == .keysUnavailable)
        publisher.breakDown(false)
        #expect(await refusal(try await issuer.token(), by: verifier) == .keysUnavailable)
        publisher.wait(.seconds(6))
        #expect(await refusal(try await issuer.token(), by: verifier) == nil)
    }

    @Test("asked for by many at once are fetched once")
    func singleFlight() async throws {
        let issuer = try await Issuer.rsa("k")
        let publisher = Publisher(issuer)
        let verifier = publisher.verifier()
        let token = try await issuer.token()
        await withTaskGroup(of: TokenError?.self) { group in
            for _ in 0..<50 { group.addTask { await refusal(token, by: verifier) } }
            for await refused in group { #expect(refused == nil) }
        }
        #expect(publisher.fetches == 1)
    }

    @Test("of a file are read again when it has changed, and a file that is gone is said to be")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString).json").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let issuer = try await Issuer.ecdsa("k")
        await #expect(throws: KeySetError.self) { try await KeySource.file(path).load() }
        try Data(#"{"keys":[\#(issuer.published)]}"#.utf8).write(to: URL(filePath: path))
        #expect(try await KeySet(KeySource.file(path).load()).count == 1)
    }

    @Test("are fetched over https, in clear text only from this machine")
    func schemes() throws {
        _ = try KeySource.url("https://id.example.org/jwks", logger: .init(label: "test"))
        _ = try KeySource.url("http://127.0.0.1:1/jwks", logger: .init(label: "test"))
        for url in ["http://id.example.org/jwks", "ftp://id.example.org/", "jwks", "https://user:x@id.example.org/"] {
            #expect(throws: (any Error).self) { try KeySource.url(url, logger: .init(label: "test")) }
        }
    }
}
