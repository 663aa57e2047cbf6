import RemindersDomain
import Synchronization
import Testing

@testable import RemindersTokens

@Suite("Tokens signed with the shared secret")
struct TokenVerifierTests {
    private let verifier = TokenVerifier(secret: secret, now: { now })

    @Test(
        "say who asks, and what they may do",
        arguments: [
            (goodClaims, Identity(userID: "1")),
            (#"{"sub":1,"exp":1800000100}"#, Identity(userID: "1")),
            (#"{"sub":12345678901234567890123,"exp":1800000100.5}"#, Identity(userID: "12345678901234567890123")),
            (#"{"sub":"Æ ø","exp":1800000100,"scope":""}"#, Identity(userID: "Æ ø")),
            (#"{"sub":"1","exp":1800000100,"scope":"read admin  write"}"#, Identity(userID: "1", scopes: [.admin])),
            (#"{"sub":"1","exp":1800000100,"scope":["service","x"]}"#, Identity(userID: "1", scopes: [.service])),
            (#"{"sub":"1","exp":1799999941,"nbf":1800000060}"#, Identity(userID: "1")),
        ])
    func accepted(claims: String, identity: Identity) async throws {
        #expect(try await verifier.identity(of: token(claims)) == identity)
    }

    @Test(
        "are refused for their claims",
        arguments: [
            (#"{"sub":"1"}"#, TokenError.missing(claim: "exp")),
            (#"{"sub":"1","exp":"1800000100"}"#, .invalid(claim: "exp")),
            (#"{"sub":"1","exp":1e300}"#, .invalid(claim: "exp")),
            (#"{"sub":"1","exp":-1}"#, .invalid(claim: "exp")),
            (#"{"sub":"1","exp":null}"#, .invalid(claim: "exp")),
            (#"{"sub":"1","exp":1799999940}"#, .expired),
            (#"{"sub":"1","exp":1800000100,"nbf":1800000061}"#, .notYetValid),
            (#"{"sub":"1","exp":1800000100,"nbf":"now"}"#, .invalid(claim: "nbf")),
            (#"{"exp":1800000100}"#, .missing(claim: "sub")),
            (#"{"sub":"","exp":1800000100}"#, .invalid(claim: "sub")),
            (#"{"sub":"\#(String(repeating: "a", count: 201))","exp":1800000100}"#, .invalid(claim: "sub")),
            (#"{"sub":"a\u0000","exp":1800000100}"#, .invalid(claim: "sub")),
            (#"{"sub":1.5,"exp":1800000100}"#, .invalid(claim: "sub")),
            (#"{"sub":-1,"exp":1800000100}"#, .invalid(claim: "sub")),
            (#"{"sub":null,"exp":1800000100}"#, .invalid(claim: "sub")),
            (#"{"sub":"1","exp":1800000100,"scope":1}"#, .invalid(claim: "scope")),
            (#"{"sub":"1","exp":1800000100,"scope":[1]}"#, .invalid(claim: "scope")),
            (#"{"sub":"1","sub":"2","exp":1800000100}"#, .malformed),
            (#"[]"#, .malformed),
            (#"{"sub":"1","exp":1800000100"#, .malformed),
        ])
    func refusedClaims(claims: String, error: TokenError) async {
        #expect(await refusal(token(claims), by: verifier) == error)
    }

    @Test(
        "are refused for their header",
        arguments: [
            (#"{"alg":"none"}"#, TokenError.algorithmNotAllowed), (#"{"alg":"HS512"}"#, .algorithmNotAllowed),
            (#"{"alg":"hs256"}"#, .algorithmNotAllowed), (#"{"alg":"RS256"}"#, .algorithmNotAllowed),
            (#"{}"#, .malformed), (#"{"alg":256}"#, .malformed), (#"{"alg":"HS256","alg":"none"}"#, .malformed),
            (#"{"alg":"HS256","kid":1}"#, .malformed),
            (#"{"alg":"HS256","typ":"logout+jwt"}"#, .notAnAccessToken),
            (#"{"alg":"HS256","crit":["b64"],"b64":false}"#, .notAnAccessToken),
        ])
    func refusedHeaders(header: String, error: TokenError) async {
        #expect(await refusal(token(header: header), by: verifier) == error)
    }

    @Test("are refused for their form")
    func refusedForm() async {
        let good = token()
        let parts = good.split(separator: ".")
        for bad in [
            "", ".", "..", "a.b", "\(good).x", "\(parts[0]).\(parts[1])", "\(good)=", "\(good)%", " \(good)",
            "\(parts[0]).\(parts[1]).*", String(repeating: "a", count: 9_000),
            token(#"{"sub":"\#(String(repeating: "a", count: 9_000))","exp":1800000100}"#),
        ] {
            #expect(await refusal(bad, by: verifier) == .malformed, "\(bad.prefix(40))")
        }
    }

    @Test("are refused for their signature")
    func refusedSignature() async throws {
        let parts = token().split(separator: ".")
        let others = [
            token(secret: secret + " of somebody else"),
            "\(parts[0]).\(Base64URL.text(#"{"sub":"2","exp":1800000100}"#.utf8)).\(parts[2])",
            "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1]).AAAA",
        ]
        for other in others { #expect(await refusal(other, by: verifier) == .badSignature) }
    }

    @Test("are of nobody whose id begins as the keys of mail addresses do")
    func mailAddresses() async throws {
        for id in ["mailto:anna@example.org", "mailto:", "mailto:\u{301}x"] {
            #expect(
                await refusal(token("{\"sub\":\"\(id)\",\"exp\":1800000100}"), by: verifier) == .invalid(claim: "sub"))
        }
        #expect(await refusal(token(#"{"sub":"MAILTO:x","exp":1800000100}"#), by: verifier) == nil)
    }

    @Test("of what Unicode calls equivalent are of two people, and of two issuers")
    func equivalents() async throws {
        func claims(_ id: String) -> String { "{\"sub\":\"\(id)\",\"iss\":\"\(id)\",\"exp\":1800000100}" }
        let one = try await verifier.identity(of: token(claims("å")))
        let other = try await verifier.identity(of: token(claims("a\u{30A}")))
        #expect(one != other && one.userID != other.userID)
        let strict = TokenVerifier(secret: secret, rules: TokenRules(issuer: "å"), now: { now })
        #expect(await refusal(token(claims("å")), by: strict) == nil)
        #expect(await refusal(token(claims("a\u{30A}")), by: strict) == .wrongIssuer)
    }

    @Test("have one spelling")
    func spelling() async throws {
        let good = token()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        // The last character of a signature of 32 bytes has two bits to spare.
        let last = try #require(good.last.flatMap { alphabet.firstIndex(of: $0) })
        for spare in 1...3 {
            #expect(await refusal(good.dropLast() + String(alphabet[last | spare]), by: verifier) == .malformed)
        }
    }

    @Test("of another issuer or for another audience are refused when these are set")
    func issuerAndAudience() async throws {
        let verifier = TokenVerifier(secret: secret, rules: TokenRules(issuer: "us", audience: "api"), now: { now })
        func claims(_ more: String) -> String { #"{"sub":"1","exp":1800000100\#(more)}"# }
        #expect(await refusal(token(claims(#","iss":"us","aud":"api""#)), by: verifier) == nil)
        #expect(await refusal(token(claims(#","iss":"us","aud":["x","api"]"#)), by: verifier) == nil)
        #expect(await refusal(token(claims(#","aud":"api""#)), by: verifier) == .missing(claim: "iss"))
        #expect(await refusal(token(claims(#","iss":"us""#)), by: verifier) == .missing(claim: "aud"))
        #expect(await refusal(token(claims(#","iss":"them","aud":"api""#)), by: verifier) == .wrongIssuer)
        #expect(await refusal(token(claims(#","iss":["us"],"aud":"api""#)), by: verifier) == .wrongIssuer)
        #expect(await refusal(token(claims(#","iss":"us","aud":"apis""#)), by: verifier) == .wrongAudience)
        #expect(await refusal(token(claims(#","iss":"us","aud":[]"#)), by: verifier) == .wrongAudience)
    }

    @Test("that were good once are refused when they have expired")
    func expiryOfKnownTokens() async {
        let clock = Mutex(now)
        let verifier = TokenVerifier(secret: secret, now: { clock.withLock { $0 } })
        let good = token()
        #expect(await refusal(good, by: verifier) == nil)
        clock.withLock { $0 += 159 }
        #expect(await refusal(good, by: verifier) == nil)
        clock.withLock { $0 += 1 }
        #expect(await refusal(good, by: verifier) == .expired)
    }

    @Test("of our own making are good, with issuer and audience")
    func ownTokens() async throws {
        let issuer = TokenIssuer(secret: secret, issuer: "us", audience: "api")
        let identity = Identity(userID: "\"quoted\" and Ægir", scopes: [.admin, .service])
        let made = issuer.token(for: identity, issuedAt: now, lifetime: .seconds(10))
        let verifier = TokenVerifier(secret: secret, rules: TokenRules(issuer: "us", audience: "api"), now: { now })
        #expect(try await verifier.identity(of: made) == identity)
    }

    @Test("leave nothing of themselves in an error")
    func silence() {
        let errors: [TokenError] = [.malformed, .expired, .missing(claim: "exp"), .invalid(claim: "sub"), .unknownKey]
        for error in errors {
            #expect("\(error)".allSatisfy { $0.isASCII && $0 != "\"" && $0 != "\\" })
        }
    }
}

@Suite("The cache of tokens")
struct TokenCacheTests {
    @Test("forgets what was not used lately, and keeps what was")
    func halves() {
        let cache = TokenCache(capacity: 4)
        let grants = (0..<4).map {
            TokenGrant(identity: Identity(userID: OpaqueID("\($0)")), expiresAt: now, endsAt: now + 10)
        }
        let names = (0..<4).map { digest("\($0)") }
        for index in 0..<3 { cache.keep(grants[index], for: names[index], generation: 0) }
        #expect(cache.grant(names[0], generation: 0, now: now) == grants[0])
        cache.keep(grants[3], for: names[3], generation: 0)
        #expect(cache.grant(names[0], generation: 0, now: now) == grants[0])
        #expect(cache.grant(names[1], generation: 0, now: now) == nil)
        #expect(cache.grant(names[0], generation: 1, now: now) == nil, "other keys: nothing counts")
    }

    @Test("end at exp what was begun before, and at the end of the leeway what was begun after")
    func ends() async throws {
        let grant = try await TokenVerifier(secret: secret, now: { now }).grant(of: token())
        #expect(grant.expiresAt == 1_800_000_100 && grant.endsAt == 1_800_000_160)
        #expect(grant.end(ofBegunAt: 1_800_000_099) == 1_800_000_100)
        #expect(grant.end(ofBegunAt: 1_800_000_100) == 1_800_000_160)
    }
}
