import Crypto
import JWTKit
import RemindersContracts

/// A key and the one algorithm it verifies: a token cannot choose another.
struct VerificationKey: Sendable {
    /// The value that `alg` of a token must have.
    let algorithm: String
    private let isValid: @Sendable (_ signature: [UInt8], _ signed: [UInt8]) -> Bool

    /// HS256 with a shared secret.
    static func secret(_ secret: String) -> VerificationKey {
        let key = SymmetricKey(data: Array(secret.utf8))
        return VerificationKey(algorithm: "HS256") { signature, signed in
            HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: key)
        }
    }

    /// RS256 or ES256 with a public key of a JWKS (RFC 7517, RFC 7518 §6). Nil for any other key, and for one that is
    /// for encryption, private or symmetric: a set that is published has no business holding those.
    static func published(_ key: JSONValue) async -> VerificationKey? {
        if let use = key["use"], use.text != "sig" { return nil }
        if case .array(let operations) = key["key_ops"], !operations.contains(.string("verify")) { return nil }
        guard key["d"] == nil, key["k"] == nil else { return nil }
        // One key in a collection of its own, with the algorithm fixed here. A collection of jwt-kit falls back to a
        // default key for an unknown `kid`, and lets the first token choose the algorithm of a key without `alg`.
        let collection = JWTKeyCollection()
        switch (key["kty"]?.text, key["alg"]?.text ?? Self.usualAlgorithm(of: key)) {
        case ("RSA", "RS256"):
            guard let modulus = key["n"]?.text, let exponent = key["e"]?.text,
                let rsa = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
            else { return nil }
            await collection.add(rsa: rsa, digestAlgorithm: .sha256)
        case ("EC", "ES256"):
            guard key["crv"]?.text == "P-256", let x = key["x"]?.text, let y = key["y"]?.text,
                let ecdsa = try? ES256PublicKey(parameters: (x, y))
            else { return nil }
            await collection.add(ecdsa: ecdsa)
        default: return nil
        }
        guard let verifier = try? await collection.getKey() else { return nil }
        return VerificationKey(algorithm: verifier.name) { signature, signed in
            (try? verifier.verify(signature, signs: signed)) ?? false
        }
    }

    private init(algorithm: String, isValid: @escaping @Sendable ([UInt8], [UInt8]) -> Bool) {
        self.algorithm = algorithm
        self.isValid = isValid
    }

    func check(_ token: CompactToken) throws(TokenError) {
        guard token.algorithm == algorithm else { throw .algorithmNotAllowed }
        guard isValid(token.signature, token.signedBytes) else { throw .badSignature }
    }

    private static func usualAlgorithm(of key: JSONValue) -> String? {
        switch key["kty"]?.text {
        case "RSA": "RS256"
        case "EC": "ES256"
        default: nil
        }
    }
}
