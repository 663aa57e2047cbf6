import Crypto
import RemindersContracts
import RemindersDomain

/// Makes tokens with the shared secret: for the command line, and for tests.
public struct TokenIssuer: Sendable {
    private let key: SymmetricKey
    private let issuer: String?
    private let audience: String?

    /// An issuer of tokens.
    ///
    /// - Parameters:
    ///   - secret: of at least 32 bytes.
    ///   - issuer: `iss` of the tokens, if any.
    ///   - audience: `aud` of the tokens, if any.
    public init(secret: String, issuer: String? = nil, audience: String? = nil) {
        precondition(secret.utf8.count >= TokenVerifier.shortestSecret, "the secret is too short")
        key = SymmetricKey(data: Array(secret.utf8))
        self.issuer = issuer
        self.audience = audience
    }

    /// A token.
    ///
    /// - Parameters:
    ///   - identity: whose it is, and what they may do.
    ///   - issuedAt: seconds since 1970.
    ///   - lifetime: after this it is refused.
    public func token(for identity: Identity, issuedAt: Int64, lifetime: Duration) -> String {
        var claims = JSONWriter(capacity: 256)
        claims.beginObject()
        claims.write("sub", identity.userID.text)
        if !identity.scopes.isEmpty {
            claims.write("scope", identity.scopes.map(\.rawValue).sorted().joined(separator: " "))
        }
        claims.write("iss", ifPresent: issuer)
        claims.write("aud", ifPresent: audience)
        claims.write("iat", issuedAt)
        claims.write("exp", issuedAt + lifetime.components.seconds)
        claims.endObject()
        let signed = Base64URL.text(#"{"alg":"HS256","typ":"JWT"}"#.utf8) + "." + Base64URL.text(claims.bytes)
        let signature = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
        return signed + "." + Base64URL.text(signature)
    }
}

/// What a token says its bearer may do beyond their own things. The raw values are words of the claim `scope`.
public enum Scope: String, CaseIterable, Hashable, Sendable {
    /// An operator: everything.
    case admin
    /// Another service: all reminders, cases and people.
    case service
}

/// Whose token it was, after every check.
public struct Identity: Hashable, Sendable {
    /// The user's id, `sub` of the token: 1 to 200 bytes.
    public let userID: OpaqueID
    /// Words of `scope` that mean something here; others are ignored.
    public let scopes: Set<Scope>

    /// A bearer with these rights.
    public init(userID: OpaqueID, scopes: Set<Scope> = []) {
        self.userID = userID
        self.scopes = scopes
    }

    /// Whether the bearer is an operator.
    public var isAdministrator: Bool { scopes.contains(.admin) }

    /// Whether the bearer is another service, or an operator, who may do what services may.
    public var isService: Bool { isAdministrator || scopes.contains(.service) }

    /// Whether the bearer may do what `scope` allows.
    public func has(_ scope: Scope) -> Bool {
        isAdministrator || scopes.contains(scope)
    }
}
