import Logging
import RemindersServiceKit
import RemindersTokens

/// How a process that serves HTTP checks tokens: the settings, and what follows from them.
public struct TokenChecking: Sendable {
    /// The shared secret; nil when there is none.
    public var secret: Secret? { settings.secret }
    private let settings: TokenSettings
    private let keySource: KeySource?

    /// Reads the settings.
    public init(reading settings: inout SettingsReader) {
        self.settings = TokenSettings(reading: &settings)
        keySource = Self.keySource(self.settings, &settings)
    }

    /// A verifier of tokens. While the issuer's keys are not there the process is not ready.
    public func verifier(in process: ServiceProcess) -> TokenVerifier {
        let keys = keySource.map { IssuerKeys(source: $0, logger: process.logger) }
        if let keys {
            process.readiness.register("token keys") { await keys.areLoaded() ? .ok : .failing("not loaded yet") }
        }
        return TokenVerifier(
            secret: settings.secret?.reveal(), issuerKeys: keys,
            rules: TokenRules(issuer: settings.issuer, audience: settings.audience))
    }

    private static func keySource(_ tokens: TokenSettings, _ settings: inout SettingsReader) -> KeySource? {
        if let file = tokens.keySetFile { return .file(file) }
        guard let url = tokens.keySetURL else { return nil }
        do {
            let quiet = Logger(label: settings.service, factory: { _ in SwiftLogNoOpLogHandler() })
            return try .url(url, logger: quiet)
        } catch {
            settings.refuse("REMINDERS_JWT_JWKS_URL", "\(error)")
            return nil
        }
    }
}
