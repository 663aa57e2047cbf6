import Foundation
import RemindersGround

/// One function for each kind of value. Without a default the setting is required.
extension SettingsReader {
    /// A switch.
    public mutating func bool(_ name: String, flag: String? = nil, default fallback: Bool?, doc: String) -> Bool {
        value(Setting(name: name, flag: flag, kind: .bool, default: fallback, documentation: doc))
    }

    /// A whole number within `range`.
    public mutating func integer(
        _ name: String, flag: String? = nil, default fallback: Int?, in range: ClosedRange<Int>, doc: String
    ) -> Int {
        value(Setting(name: name, flag: flag, kind: .integer(in: range), default: fallback, documentation: doc))
    }

    /// A length of time; a number without a unit is in `plainUnit`.
    public mutating func duration(
        _ name: String, flag: String? = nil, default fallback: Duration?, in range: ClosedRange<Duration>,
        plainUnit: DurationUnit = .seconds, doc: String
    ) -> Duration {
        let kind = SettingKind.duration(in: range, plainUnit: plainUnit)
        return value(Setting(name: name, flag: flag, kind: kind, default: fallback, documentation: doc))
    }

    /// Text in one line.
    public mutating func string(
        _ name: String, flag: String? = nil, default fallback: String?, doc: String
    ) -> String {
        value(Setting(name: name, flag: flag, kind: .string, default: fallback, documentation: doc))
    }

    /// A password or token. It comes from the environment or a file; its flag, `--…-file`, names a file.
    public mutating func secret(
        _ name: String, flag: String? = nil, default fallback: Secret?, doc: String
    ) -> Secret {
        value(Setting(name: name, flag: flag, kind: .secret, default: fallback, documentation: doc))
    }

    /// A URL that carries a password or is one itself.
    public mutating func secretURL(
        _ name: String, flag: String? = nil, default fallback: Secret?, schemes: [String], doc: String
    ) -> Secret {
        value(
            Setting(name: name, flag: flag, kind: .secretURL(schemes: schemes), default: fallback, documentation: doc))
    }

    /// An absolute URL with a host.
    public mutating func url(
        _ name: String, flag: String? = nil, default fallback: URL?, schemes: [String] = ["https", "http"], doc: String
    ) -> URL {
        value(Setting(name: name, flag: flag, kind: .url(schemes: schemes), default: fallback, documentation: doc))
    }

    /// Texts with commas between them.
    public mutating func list(
        _ name: String, flag: String? = nil, default fallback: [String]?, of allowed: [String]? = nil, doc: String
    ) -> [String] {
        value(Setting(name: name, flag: flag, kind: .list(of: allowed), default: fallback, documentation: doc))
    }

    /// One of the cases of an enum, by its raw value.
    public mutating func choice<Value: Sendable & CaseIterable & RawRepresentable<String>>(
        _ name: String, flag: String? = nil, default fallback: Value, doc: String
    ) -> Value {
        let kind = SettingKind.choice(Value.self, placeholder: fallback)
        return value(Setting(name: name, flag: flag, kind: kind, default: fallback, documentation: doc))
    }
}
