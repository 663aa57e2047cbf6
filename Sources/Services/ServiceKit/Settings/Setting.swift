/// One setting of a service, declared where it is used: name, kind, default and documentation in one place.
public struct Setting<Value: Sendable>: Sendable {
    /// The environment variable, such as `REMINDERS_CHECK_INTERVAL_MINUTES`.
    public let name: String
    /// The command line flag without its dashes. A secret's flag names a file and ends in `-file`.
    public let flag: String
    /// How text becomes a value, and what is allowed.
    public let kind: SettingKind<Value>
    /// What holds when no source has the setting. Without one the setting is required.
    public let fallback: Value?
    /// One or two sentences for `--help`.
    public let documentation: String

    /// Declares a setting.
    ///
    /// - Parameters:
    ///   - name: the environment variable.
    ///   - flag: the flag without its dashes; by default the name in kebab case without `REMINDERS_`.
    ///   - kind: how text becomes a value.
    ///   - fallback: the default; nil makes the setting required.
    ///   - documentation: one or two sentences for `--help`.
    public init(
        name: String, flag: String? = nil, kind: SettingKind<Value>, default fallback: Value?, documentation: String
    ) {
        self.name = name
        let plain = flag ?? Self.flag(for: name)
        self.flag = kind.isSecret ? plain + "-file" : plain
        self.kind = kind
        self.fallback = fallback
        self.documentation = documentation
    }

    private static func flag(for name: String) -> String {
        let prefix = "REMINDERS_"
        let short = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        return short.lowercased().replacing("_", with: "-")
    }
}

/// Where the value of a setting came from.
public enum SettingSource: Sendable, Hashable, CustomStringConvertible {
    /// A command line flag.
    case flag(String)
    /// A variable of the process environment.
    case environment
    /// A file whose content is the value, and what named it: `NAME_FILE` or a flag.
    case file(path: String, namedBy: String)
    /// A line of the `.env` file.
    case environmentFile(path: String, line: Int)
    /// Nothing set it.
    case fallback

    /// For people: `environment`, `.env:7`, `file /run/secrets/x (EMAIL_SMTP_PASSWORD_FILE)`.
    public var description: String {
        switch self {
        case .flag(let flag): flag
        case .environment: "environment"
        case .file(let path, let namedBy): "file \(path), \(namedBy)"
        case .environmentFile(let path, let line): "\(path):\(line)"
        case .fallback: "default"
        }
    }
}
