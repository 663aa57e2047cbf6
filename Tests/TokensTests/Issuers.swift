import Crypto
import Foundation
import JWTKit
import Logging
import RemindersContracts
import Synchronization

@testable import RemindersTokens

/// The moment at which all tokens of these tests are looked at.
let now: Int64 = 1_800_000_000
let secret = "a secret of more than thirty-two bytes"

/// Claims that are fine.
let goodClaims = #"{"sub":"1","exp":1800000100}"#

/// A token signed with a shared secret by hand, so that it can have anything in it.
func token(
    _ claims: String = goodClaims, header: String = #"{"alg":"HS256"}"#, secret: String = secret
) -> String {
    let signed = Base64URL.text(header.utf8) + "." + Base64URL.text(claims.utf8)
    let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: SymmetricKey(data: Array(secret.utf8)))
    return signed + "." + Base64URL.text(code)
}

/// The error a token is refused with, or nil.
func refusal(_ token: String, by verifier: TokenVerifier) async -> TokenError? {
    do {
        _ = try await verifier.identity(of: token)
        return nil
    } catch {
        return error
    }
}

/// An issuer with a key of its own, independent of the code under test: jwt-kit signs.
struct Issuer {
    struct Claims: JWTPayload {
        var sub = "1"
        var exp = now + 100

        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    let identifier: String
    /// The key as it is published.
    let published: String
    private let keys = JWTKeyCollection()

    static func rsa(_ identifier: String, more: String = #","alg":"RS256""#, signing: DigestAlgorithm = .sha256)
        async throws -> Issuer
    {
        let key = try Insecure.RSA.PrivateKey(backing: .init(keySize: .bits2048))
        let (modulus, exponent) = try key.publicKey.getKeyPrimitives()
        let issuer = Issuer(
            identifier: identifier,
            published: #"{"kty":"RSA","kid":"\#(identifier)","n":"\#(Base64URL.text(modulus))","#
                + #""e":"\#(Base64URL.text(exponent))"\#(more)}"#)
        await issuer.keys.add(rsa: key, digestAlgorithm: signing, kid: .init(string: identifier))
        return issuer
    }

    static func ecdsa(_ identifier: String, more: String = #","alg":"ES256""#) async throws -> Issuer {
        let key = ES256PrivateKey()
        guard let (x, y) = key.parameters else { throw JWTError.invalidJWK(reason: "no parameters") }
        let issuer = Issuer(
            identifier: identifier,
            published:
                #"{"kty":"EC","crv":"P-256","kid":"\#(identifier)","x":"\#(unpadded(x))","y":"\#(unpadded(y))"\#(more)}"#
        )
        await issuer.keys.add(ecdsa: key, kid: .init(string: identifier))
        return issuer
    }

    func token(_ claims: Claims = Claims(), withIdentifier: Bool = true) async throws -> String {
        // The key is also the collection's default one, as the first.
        try await keys.sign(claims, kid: withIdentifier ? .init(string: identifier) : nil)
    }

    private static func unpadded(_ text: String) -> String {
        text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// Published keys that tests change, and a clock that they turn.
final class Publisher: Sendable {
    private struct State {
        var keys: [String] = []
        var isDown = false
        var fetches = 0
        var clock = ContinuousClock.now
    }

    private let state = Mutex(State())

    init(_ issuers: Issuer...) {
        publish(issuers)
    }

    func publish(_ issuers: [Issuer]) {
        state.withLock { $0.keys = issuers.map(\.published) }
    }

    func publish(_ key: String) {
        state.withLock { $0.keys = [key] }
    }

    func breakDown(_ isDown: Bool = true) {
        state.withLock { $0.isDown = isDown }
    }

    func wait(_ duration: Duration) {
        state.withLock { $0.clock += duration }
    }

    var fetches: Int { state.withLock { $0.fetches } }

    func keys() -> IssuerKeys {
        let source = KeySource { () throws(KeySetError) in
            let (keys, isDown) = self.state.withLock { state in
                state.fetches += 1
                return (state.keys, state.isDown)
            }
            if isDown { throw .notFetched("no route to host") }
            return Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8)
        }
        return IssuerKeys(source: source, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
            self.state.withLock { $0.clock }
        }
    }

    func verifier(secret: String? = nil) -> TokenVerifier {
        TokenVerifier(secret: secret, issuerKeys: keys(), now: { now })
    }
}
