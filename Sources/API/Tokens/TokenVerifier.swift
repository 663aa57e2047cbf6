import Crypto
import Glibc

/// Tells whose a token is: JWTs (RFC 7519) signed with a shared secret (HS256) or by an issuer with published keys
/// (RS256, ES256). Which key verifies a token follows from its `alg` and `kid`; which algorithm a key allows does not.
public struct TokenVerifier: Sendable {
    /// The fewest bytes of a secret: as many as the hash has (RFC 7518 §3.2).
    public static let shortestSecret = 32

    private let secret: VerificationKey?
    private let issuerKeys: IssuerKeys?
    private let rules: TokenRules
    private let cache: TokenCache
    private let now: @Sendable () -> Int64

    /// A verifier; with neither secret nor keys it refuses every token.
    ///
    /// - Parameters:
    ///   - secret: of at least 32 bytes, shared with whoever makes tokens.
    ///   - issuerKeys: the published keys of the issuer.
    ///   - rules: what the claims have to be.
    ///   - now: seconds since 1970, for tests.
    public init(
        secret: String? = nil, issuerKeys: IssuerKeys? = nil, rules: TokenRules = TokenRules(),
        now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }
    ) {
        precondition(secret.map { $0.utf8.count >= Self.shortestSecret } ?? true, "the secret is too short")
        self.secret = secret.map(VerificationKey.secret)
        self.issuerKeys = issuerKeys
        self.rules = rules
        self.now = now
        cache = TokenCache(capacity: 10_000)
    }

    /// Whose token it is.
    ///
    /// - Throws: `TokenError` with the first reason to refuse it.
    public func identity(of token: String) async throws(TokenError) -> Identity {
        try await grant(of: token).identity
    }

    /// Whose token it is, and for how long.
    ///
    /// - Throws: `TokenError` with the first reason to refuse it.
    public func grant(of token: String) async throws(TokenError) -> TokenGrant {
        guard token.utf8.count <= CompactToken.longest else { throw .malformed }
        let name = SHA256.hash(data: Array(token.utf8))
        await issuerKeys?.renewIfDue()
        let generation = issuerKeys?.generation ?? 0
        if let known = cache.grant(name, generation: generation, now: now()) { return known }
        let parsed = try CompactToken(token)
        try await key(for: parsed).check(parsed)
        let grant = try rules.grant(parsed.claims, now: now())
        cache.keep(grant, for: name, generation: generation)
        return grant
    }

    private func key(for token: CompactToken) async throws(TokenError) -> VerificationKey {
        switch token.algorithm {
        case "HS256":
            guard let secret else { throw .algorithmNotAllowed }
            return secret
        case "RS256", "ES256":
            guard let issuerKeys else { throw .algorithmNotAllowed }
            return try await issuerKeys.key(for: token)
        default: throw .algorithmNotAllowed
        }
    }
}
