import RemindersGround
import RemindersServiceKit
import RemindersTokens

/// How a service that serves HTTP checks who is asking.
public struct TokenChecks: Sendable {
    /// A secret of at least 32 bytes shared with whoever makes tokens (HS256); nil when there is none.
    public var secret: Secret?
    /// Where the issuer's published keys come from (RS256, ES256); nil when it has none.
    public var keySource: KeySource?
    /// What the claims have to be.
    public var rules: TokenRules

    /// Checks with these parts. With neither secret nor keys every token is refused.
    public init(secret: Secret? = nil, keySource: KeySource? = nil, rules: TokenRules = TokenRules()) {
        self.secret = secret
        self.keySource = keySource
        self.rules = rules
    }

    /// A verifier of tokens. While the issuer's keys are not there the service is not ready.
    func verifier(in parts: ServiceParts) -> TokenVerifier {
        let keys = keySource.map { IssuerKeys(source: $0, logger: parts.logger) }
        if let keys {
            parts.readiness.register("token keys") { await keys.areLoaded() ? .ok : .failing("not loaded yet") }
        }
        return TokenVerifier(secret: secret?.reveal(), issuerKeys: keys, rules: rules)
    }
}
