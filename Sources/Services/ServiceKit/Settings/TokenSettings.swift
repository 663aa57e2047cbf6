import Foundation
import RemindersGround

/// How the tokens of HTTP requests are checked: with a shared secret, with an issuer's published keys, or both.
public struct TokenSettings: Sendable {
    /// The shared secret; nil when there is none.
    public let secret: Secret?
    /// A file with the issuer's keys (JWKS); nil when there is none.
    public let keySetFile: String?
    /// Where the issuer publishes its keys; nil when it does not.
    public let keySetURL: String?
    /// What `iss` of a token has to be; nil for anything.
    public let issuer: String?
    /// What `aud` of a token has to name; nil for anything.
    public let audience: String?

    /// Reads them.
    public init(reading settings: inout SettingsReader) {
        let secret = settings.secret(
            "REMINDERS_JWT_SECRET", default: Secret(""),
            doc: "The secret that tokens are signed with (HS256), of at least 32 bytes.")
        let file = settings.string(
            "REMINDERS_JWT_JWKS_FILE", default: "", doc: "A file with the public keys of the tokens' issuer (RFC 7517)."
        )
        let url = settings.string(
            "REMINDERS_JWT_JWKS_URL", default: "",
            doc: "Where the tokens' issuer publishes its keys: an https URL, or http to this machine.")
        let issuer = settings.string(
            "REMINDERS_JWT_ISSUER", default: "", doc: "What the claim iss has to be. Empty: anything.")
        let audience = settings.string(
            "REMINDERS_JWT_AUDIENCE", default: "", doc: "What the claim aud has to name. Empty: anything.")
        if !secret.isEmpty, secret.reveal().utf8.count < 32 {
            settings.refuse("REMINDERS_JWT_SECRET", "is shorter than 32 bytes; make one with: openssl rand -base64 32")
        }
        if secret.isEmpty, file.isEmpty, url.isEmpty {
            settings.refuse(
                "REMINDERS_JWT_SECRET",
                "set it, REMINDERS_JWT_JWKS_FILE or REMINDERS_JWT_JWKS_URL: nobody could sign in")
        }
        if !file.isEmpty, !url.isEmpty {
            settings.refuse("REMINDERS_JWT_JWKS_URL", "only one of it and REMINDERS_JWT_JWKS_FILE can be set")
        }
        self.secret = secret.isEmpty ? nil : secret
        keySetFile = file.isEmpty ? nil : file
        keySetURL = url.isEmpty ? nil : url
        self.issuer = issuer.isEmpty ? nil : issuer
        self.audience = audience.isEmpty ? nil : audience
    }
}

extension SettingsReader {
    /// Origins (RFC 6454): scheme and host, a port if it is not the usual one, nothing behind it.
    ///
    /// - Parameter allowsAll: whether `*` may stand for every origin.
    public mutating func origins(_ name: String, allowsAll: Bool, doc: String) -> [String] {
        let origins = list(name, default: [], doc: doc)
        for origin in origins where !(allowsAll && origin == "*") && Self.origin(ofURL: origin) != origin {
            refuse(name, "\(SettingsText.quoted(origin)) is no origin, such as https://app.example.org")
        }
        return origins
    }

    /// The origin of an absolute http or https URL; nil for anything else.
    public static func origin(ofURL text: String) -> String? {
        guard let url = URL(string: text, encodingInvalidCharacters: false), let scheme = url.scheme?.lowercased(),
            scheme == "https" || scheme == "http", let host = url.host(), !host.isEmpty
        else { return nil }
        let name = host.contains(":") ? "[\(host)]" : host.lowercased()
        return "\(scheme)://\(name)" + (url.port.map { ":\($0)" } ?? "")
    }
}
