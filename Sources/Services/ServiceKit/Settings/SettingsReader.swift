import Foundation
import Glibc
import RemindersGround

/// Reads the settings of a service and collects everything that is wrong with them.
///
/// ```swift
/// var settings = SettingsReader(service: "email-sender", summary: "Sends reminders by mail.")
/// let host = settings.string("EMAIL_SMTP_HOST", default: "", doc: "The SMTP server.")
/// let port = settings.integer("EMAIL_SMTP_PORT", default: 587, in: 1...65535, doc: "Its port.")
/// if enabled, host.isEmpty { settings.refuse("EMAIL_SMTP_HOST", "must be set when …") }
/// settings.validateOrExit()
/// ```
///
/// A setting comes from the first of: flag, environment variable, file named by `NAME_FILE`, `.env` file, default.
/// Where a value is wrong a placeholder is returned, so use no value before `validateOrExit()` has let the service
/// pass. An empty text counts as not set, except for texts and lists.
public struct SettingsReader: Sendable {
    /// What is asked of the program instead of running.
    enum Request: Sendable {
        case help, version, printConfiguration, checkConfiguration
    }

    /// A setting as the listings show it.
    struct Declared: Sendable {
        let name: String
        let flag: String
        let isSwitch: Bool
        let isSecret: Bool
        let documentation: String
        let expectation: String
        let fallback: String?
        let shown: String
        let source: SettingSource
    }

    /// The name of the program, such as `email-sender`.
    public let service: String
    let summary: String
    let request: Request?
    private(set) var sources: SettingSources
    private(set) var declared: [Declared] = []
    private var refusals: [String] = []

    /// Takes the sources.
    ///
    /// - Parameters:
    ///   - service: the name of the program.
    ///   - summary: one sentence for `--help`.
    ///   - arguments: the command line, its first element the program's name.
    ///   - environment: the environment variables.
    ///   - directory: where a `.env` file is looked for, unless `REMINDERS_ENV_FILE` or `--env-file` name one.
    public init(
        service: String, summary: String = "", arguments: [String] = CommandLine.arguments,
        environment: [String: String] = ProcessInfo.processInfo.environment, directory: String = "."
    ) {
        self.service = service
        self.summary = summary
        var list = ArgumentList(arguments.dropFirst())
        let requests: [(Request, [String])] = [
            (.help, ["--help", "-h"]), (.version, ["--version"]),
            (.printConfiguration, ["--print-config", "--config-print"]),
            (.checkConfiguration, ["--check-config", "--config-check"]),
        ]
        var asked: [Request] = []
        for (request, words) in requests where list.takeWord(words) { asked.append(request) }
        request = asked.first
        sources = SettingSources(arguments: list, environment: environment, directory: directory)
    }

    /// Reads one setting. What is wrong with it is reported by `validateOrExit()`.
    public mutating func value<Value>(_ setting: Setting<Value>) -> Value {
        let kind = setting.kind
        switch sources.find(setting, where: { kind.acceptsEmpty || !$0.isEmpty }) {
        case .text(let text, let source):
            do {
                let value = try kind.parse(text)
                declare(setting, shown: kind.show(value), source: source)
                return value
            } catch {
                let shown = kind.isSecret ? "the value" : SettingsText.quoted(kind.mask(text))
                refusals.append("\(setting.name): \(shown) (\(source)) \(error); allowed: \(kind.expectation)")
                declare(setting, shown: Secret.redacted, source: source)
            }
        case .unreadable(let reason):
            refusals.append("\(setting.name): \(reason); allowed: \(kind.expectation)")
            declare(setting, shown: "", source: .fallback)
        case .nothing:
            declare(setting, shown: setting.fallback.map(kind.show) ?? "", source: .fallback)
            if let fallback = setting.fallback { return fallback }
            refusals.append(
                "\(setting.name): is not set (environment, \(setting.name)_FILE, .env or --\(setting.flag)); "
                    + "allowed: \(kind.expectation)")
        }
        return setting.fallback ?? kind.placeholder
    }

    /// Adds an error of our own, about how settings go together.
    ///
    /// - Parameters:
    ///   - name: the setting to blame; where its value came from is added.
    ///   - reason: to follow the name, without secrets: "must be set when REMINDERS_EMAIL_ENABLED=true".
    public mutating func refuse(_ name: String, _ reason: String) {
        let source = declared.last { $0.name == name }.map { " (\($0.source))" } ?? ""
        refusals.append("\(name)\(source): \(reason)")
    }

    private mutating func declare<Value>(_ setting: Setting<Value>, shown: String, source: SettingSource) {
        let kind = setting.kind
        declared.append(
            Declared(
                name: setting.name, flag: setting.flag, isSwitch: kind.isSwitch, isSecret: kind.isSecret,
                documentation: setting.documentation, expectation: kind.expectation,
                fallback: setting.fallback.map(kind.show), shown: shown, source: source))
    }

    /// Every error, in the order in which the settings were read. Flags nobody declared come last.
    mutating func takeErrors() -> [String] {
        let errors = sources.problems + refusals + sources.takeLeftOverArguments().map(unknownArgument)
        refusals = []
        return errors
    }

    private func unknownArgument(_ word: String) -> String {
        guard word.hasPrefix("--") else { return "\(SettingsText.quoted(word)): nothing is expected there" }
        let flag = String(word.dropFirst(2))
        if let secret = declared.first(where: { $0.isSecret && $0.flag == flag + "-file" }) {
            return "\(word): a secret is not taken from the command line, where every user of the machine sees it; "
                + "use --\(secret.flag) PATH, \(secret.name)_FILE or \(secret.name)"
        }
        let switches = declared.filter(\.isSwitch).map { "no-" + $0.flag }
        let requests = ["help", "version", "print-config", "check-config", "env-file"]
        let near = NearestName.suggestion(for: flag, among: declared.map(\.flag) + switches + requests)
        return "\(SettingsText.quoted(word)): is no flag of \(service)"
            + (near.map { "; did you mean --\($0)?" } ?? "; --help lists them")
    }

    /// What is odd but does not stop the service: names nobody reads, values that are hidden by others.
    public var warnings: [String] {
        let known = Set(declared.map(\.name)).union(SettingNames.all)
        let unknown = sources.names(startingWith: ["REMINDERS_", "EMAIL_"]).filter { entry in
            !known.contains(entry.name)
                && !(entry.name.hasSuffix("_FILE") && known.contains(String(entry.name.dropLast("_FILE".count))))
        }
        return sources.warnings
            + unknown.map { entry in
                let near = NearestName.suggestion(for: entry.name, among: known)
                return "\(entry.name) (\(entry.source)) is not a setting" + (near.map { "; did you mean \($0)?" } ?? "")
            }
    }
}

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

/// What follows from the settings once all of them are read.
public enum SettingsOutcome: Sendable, Equatable {
    /// The service may run.
    case valid
    /// Something was asked for (`--help`, `--print-config` …): print this on standard output and end with success.
    case answer(String)
    /// The settings are wrong: print this on standard error and end with `ExitCode.configuration`.
    case refused(String)
}

extension SettingsReader {
    /// Decides what follows. Call it once, after every setting is read.
    public mutating func outcome() -> SettingsOutcome {
        let errors = takeErrors()
        switch request {
        case .help: return .answer(SettingsText.help(self))
        case .version: return .answer("\(service) \(BuildInformation.version)\n")
        case .printConfiguration where errors.isEmpty: return .answer(SettingsText.configuration(self))
        case .checkConfiguration where errors.isEmpty:
            let warnings = warnings.map { "warning: \($0)\n" }.joined()
            return .answer("\(warnings)\(service): the configuration is valid\n")
        default: return errors.isEmpty ? .valid : .refused(SettingsText.refusal(self, errors: errors))
        }
    }

    /// Returns if the service may run. Otherwise prints what there is to say and ends the process: with 0 after
    /// `--help` and the like, with 78 (`EX_CONFIG` of sysexits.h) when anything is wrong.
    public mutating func validateOrExit() {
        switch outcome() {
        case .valid:
            return
        case .answer(let text):
            LogOutput(descriptor: STDOUT_FILENO).write(Array(text.utf8))
            exit(ExitCode.success.rawValue)
        case .refused(let text):
            LogOutput.standardError.write(Array(text.utf8))
            exit(ExitCode.configuration.rawValue)
        }
    }
}
