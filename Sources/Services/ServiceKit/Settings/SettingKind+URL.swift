import Foundation
import RemindersGround

extension SettingKind where Value == URL {
    /// An absolute URL with a host.
    ///
    /// - Parameter schemes: the allowed schemes, in lower case.
    public static func url(schemes: [String]) -> SettingKind {
        SettingKind(
            expectation: schemes.allowedURLs, placeholder: URL(filePath: "/"), mask: URLText.masked,
            show: { URLText.masked($0.absoluteString) },
            parse: { text throws(SettingProblem) in
                let url = try URLText.url(text, schemes: schemes)
                guard let host = url.host(), !host.isEmpty else { throw SettingProblem("is a URL without a host") }
                return url
            })
    }
}

extension SettingKind where Value == Secret {
    /// An absolute URL that carries a password or is one itself (a webhook). The host may be missing, as in
    /// `postgresql:///name?host=/run/postgresql`.
    ///
    /// - Parameter schemes: the allowed schemes, in lower case.
    public static func secretURL(schemes: [String]) -> SettingKind {
        SettingKind(
            expectation: schemes.allowedURLs, isSecret: true, placeholder: Secret(""),
            mask: { _ in Secret.redacted }, show: { _ in Secret.redacted },
            parse: { text throws(SettingProblem) in
                _ = try URLText.url(text, schemes: schemes)
                return Secret(text)
            })
    }
}

extension [String] {
    fileprivate var allowedURLs: String {
        "a URL that starts with " + map { $0 + "://" }.joined(separator: " or ")
    }
}

enum URLText {
    static func url(_ text: String, schemes: [String]) throws(SettingProblem) -> URL {
        guard let url = URL(string: text, encodingInvalidCharacters: false), let scheme = url.scheme else {
            throw SettingProblem("is not a URL")
        }
        guard schemes.contains(scheme.lowercased()), text.dropFirst(scheme.count).hasPrefix("://") else {
            throw SettingProblem("is a URL of another kind")
        }
        return url
    }

    /// The text with the user's password, if there is one, replaced by `<redacted>`.
    static func masked(_ text: String) -> String {
        guard let start = text.range(of: "://")?.upperBound else { return text }
        let end = text[start...].firstIndex(where: { "/?#".contains($0) }) ?? text.endIndex
        guard let at = text[start..<end].lastIndex(of: "@"), let colon = text[start..<at].firstIndex(of: ":") else {
            return text
        }
        return text[...colon] + Secret.redacted + text[at...]
    }
}
