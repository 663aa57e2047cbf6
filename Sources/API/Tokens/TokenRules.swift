import RemindersContracts
import RemindersDomain

/// What the claims of a token have to be, once its signature is right.
public struct TokenRules: Sendable {
    /// `iss` has to be this; nil accepts any.
    public var issuer: String?
    /// `aud` has to name this; nil accepts any.
    public var audience: String?
    /// How far clocks may differ, in seconds.
    public var leeway: Int64 = 60

    /// Rules for one issuer and audience.
    public init(issuer: String? = nil, audience: String? = nil) {
        self.issuer = issuer
        self.audience = audience
    }

    /// Checks the claims.
    ///
    /// - Parameter now: seconds since 1970.
    func grant(_ claims: JSONValue, now: Int64) throws(TokenError) -> TokenGrant {
        guard let expires = try Self.time("exp", claims) else { throw .missing(claim: "exp") }
        guard now < expires + leeway else { throw .expired }
        if let begins = try Self.time("nbf", claims), now + leeway < begins { throw .notYetValid }
        if let issuer { try require("iss", claims, .wrongIssuer) { $0.text.map(issuer.hasSameBytes) ?? false } }
        if let audience {
            try require("aud", claims, .wrongAudience) { value in
                let isRight: (JSONValue) -> Bool = { $0.text.map(audience.hasSameBytes) ?? false }
                guard case .array(let audiences) = value else { return isRight(value) }
                return audiences.contains(where: isRight)
            }
        }
        let identity = Identity(userID: try Self.subject(claims), scopes: try Self.scopes(claims))
        return TokenGrant(identity: identity, expiresAt: expires, endsAt: expires + leeway)
    }

    private func require(
        _ name: String, _ claims: JSONValue, _ error: TokenError, _ isRight: (JSONValue) -> Bool
    ) throws(TokenError) {
        guard let value = claims[name] else { throw .missing(claim: name) }
        guard isRight(value) else { throw error }
    }

    /// A NumericDate (RFC 7519 §2), whole seconds of it; years up to 9999.
    private static func time(_ name: String, _ claims: JSONValue) throws(TokenError) -> Int64? {
        guard let value = claims[name] else { return nil }
        guard case .number(let digits) = value, let seconds = Double(digits), (0...253_402_300_799).contains(seconds)
        else { throw .invalid(claim: name) }
        return Int64(seconds)
    }

    /// A user's id; issuers that count their users give a number. One that begins as the keys of mail addresses
    /// do, or as those of people who were erased, is nobody's.
    private static func subject(_ claims: JSONValue) throws(TokenError) -> OpaqueID {
        switch claims["sub"] {
        case nil: throw .missing(claim: "sub")
        case .string(let text):
            let isControl: (Unicode.Scalar) -> Bool = { $0.properties.generalCategory == .control }
            guard !text.isEmpty, text.utf8.count <= Limits.identifierBytes,
                !text.unicodeScalars.contains(where: isControl), !Recipient.isReserved(text)
            else { throw .invalid(claim: "sub") }
            return OpaqueID(text)
        case .number(let digits):
            guard digits.utf8.count <= Limits.identifierBytes, digits.utf8.allSatisfy({ (48...57).contains($0) })
            else { throw .invalid(claim: "sub") }
            return OpaqueID(digits)
        default: throw .invalid(claim: "sub")
        }
    }

    /// Words with blanks between them (RFC 8693 §4.2), or a list of words. Unknown ones mean nothing here.
    private static func scopes(_ claims: JSONValue) throws(TokenError) -> Set<Scope> {
        switch claims["scope"] {
        case nil, .null: return []
        case .string(let text): return Set(text.split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        case .array(let words):
            var scopes: Set<Scope> = []
            for word in words {
                guard let text = word.text else { throw .invalid(claim: "scope") }
                if let scope = Scope(rawValue: text) { scopes.insert(scope) }
            }
            return scopes
        default: throw .invalid(claim: "scope")
        }
    }
}

/// What a token stands for.
public struct TokenGrant: Hashable, Sendable {
    /// Whose it is.
    public let identity: Identity
    /// Its `exp`, in seconds since 1970.
    public let expiresAt: Int64
    /// Seconds since 1970; from then on it is refused. Clocks may differ, so it is later than `expiresAt`.
    public let endsAt: Int64

    /// When what was begun with the token at a moment has to end, all in seconds since 1970: at its `exp`; what was begun
    /// after that, as clocks may differ, when the token is refused.
    public func end(ofBegunAt now: Int64) -> Int64 { now < expiresAt ? expiresAt : endsAt }
}

/// Why a token is refused. Nothing of the token is in it: it may be shown to anybody.
public enum TokenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not three parts of base64url with JSON objects in the first two, or too long.
    case malformed
    /// `alg` is none of those that the key allows; `none` never is.
    case algorithmNotAllowed
    /// `typ` says that it is a token for something else, or `crit` asks for what is not known here.
    case notAnAccessToken
    /// `kid` names no key of the issuer.
    case unknownKey
    /// The signature is not one of that key for this content.
    case badSignature
    /// `exp` has passed.
    case expired
    /// `nbf` has not come yet.
    case notYetValid
    /// `iss` is another.
    case wrongIssuer
    /// `aud` does not name this service.
    case wrongAudience
    /// A claim that is needed is not there.
    case missing(claim: String)
    /// A claim has a value that cannot be.
    case invalid(claim: String)
    /// The issuer's keys could not be had yet: it is not the token's fault.
    case keysUnavailable

    /// One sentence in ASCII, without quotes, as RFC 6750 §3 wants it.
    public var description: String {
        switch self {
        case .malformed: "The token is malformed"
        case .algorithmNotAllowed: "The token is signed in a way that is not allowed"
        case .notAnAccessToken: "The token is not an access token"
        case .unknownKey: "The token is signed with an unknown key"
        case .badSignature: "The signature of the token is wrong"
        case .expired: "The token has expired"
        case .notYetValid: "The token is not valid yet"
        case .wrongIssuer: "The token is from another issuer"
        case .wrongAudience: "The token is for another audience"
        case .missing(let claim): "The token has no claim \(claim)"
        case .invalid(let claim): "The claim \(claim) of the token is not valid"
        case .keysUnavailable: "The keys of the issuer are not available"
        }
    }
}
