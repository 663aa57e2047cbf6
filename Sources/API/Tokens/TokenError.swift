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
