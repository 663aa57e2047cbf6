import Logging
import RemindersServiceKit
import RemindersServices
import RemindersTokens

extension TokenChecks {
    /// Reads the settings of tokens, for all programs that serve HTTP.
    public init(reading settings: inout SettingsReader) {
        let tokens = TokenSettings(reading: &settings)
        self.init(
            secret: tokens.secret, keySource: Self.keySource(tokens, &settings),
            rules: TokenRules(issuer: tokens.issuer, audience: tokens.audience))
    }

    private static func keySource(_ tokens: TokenSettings, _ settings: inout SettingsReader) -> KeySource? {
        if let file = tokens.keySetFile { return .file(file) }
        guard let url = tokens.keySetURL else { return nil }
        do {
            let quiet = Logger(label: settings.service, factory: { _ in SwiftLogNoOpLogHandler() })
            return try .url(url, caFile: tokens.keySetCAFile, logger: quiet)
        } catch {
            settings.refuse("REMINDERS_JWT_JWKS_URL", "\(error); give an https URL, or http to this machine")
            return nil
        }
    }
}
