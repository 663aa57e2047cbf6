import RemindersGround

/// The texts that settings are shown with.
enum SettingsText {
    /// A value in quotes, in one line and not too long.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONString.append(text.count > 80 ? text.prefix(80) + "…" : text, to: &bytes, .forTerminals)
        return "\"" + String(decoding: bytes, as: UTF8.self) + "\""
    }

    static func refusal(_ reader: SettingsReader, errors: [String]) -> String {
        let count = errors.count == 1 ? "1 error" : "\(errors.count) errors"
        return "\(reader.service): the configuration has \(count), nothing was started\n"
            + errors.map { "  \($0)\n" }.joined()
            + reader.warnings.map { "  warning: \($0)\n" }.joined()
            + "See \(reader.service) --help for every setting.\n"
    }

    static func help(_ reader: SettingsReader) -> String {
        var text = "\(reader.service) \(BuildInformation.version)"
        if !reader.summary.isEmpty { text += ": \(reader.summary)" }
        text += """


            usage: \(reader.service) [--help | --version | --print-config | --check-config] [--FLAG VALUE ...]

            A setting comes from the first of: its flag, its environment variable, the file that NAME_FILE
            names, the .env file (--env-file PATH, REMINDERS_ENV_FILE, else ./.env), its default.


            """
        for setting in reader.declared {
            let flag = setting.isSwitch ? "--[no-]\(setting.flag)" : "--\(setting.flag)"
            let argument = setting.isSwitch ? "" : setting.isSecret ? " PATH" : " VALUE"
            text += "  \(setting.name)  \(flag)\(argument)\n"
            text += "      \(setting.documentation)\n"
            text += "      Allowed: \(setting.expectation). "
            text += setting.fallback.map { $0.isEmpty ? "Default: empty.\n" : "Default: \($0).\n" } ?? "Required.\n"
        }
        return text
    }

    /// Every setting with its value and source, as lines that a `.env` file may hold.
    static func configuration(_ reader: SettingsReader) -> String {
        let lines = reader.declared.map { ("\($0.name)=\(assigned($0.shown))", $0.source) }
        let width = min(60, lines.map(\.0.count).max() ?? 0)
        return lines.map { line, source in
            line + String(repeating: " ", count: max(0, width - line.count)) + "  # \(source)\n"
        }.joined()
    }

    private static func assigned(_ value: String) -> String {
        let needsQuotes = value.contains { $0 == " " || $0 == "#" || $0 == "\"" || $0 == "'" || $0 == "\\" }
        guard needsQuotes else { return value }
        return "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

/// The unit of a number in a length of time.
public enum DurationUnit: Sendable, CaseIterable {
    /// Thousandths of a second.
    case milliseconds
    /// Seconds.
    case seconds
    /// Minutes of 60 seconds.
    case minutes
    /// Hours of 60 minutes.
    case hours
    /// Days of 24 hours.
    case days

    /// How it is written after a number.
    var symbol: String {
        switch self {
        case .milliseconds: "ms"
        case .seconds: "s"
        case .minutes: "m"
        case .hours: "h"
        case .days: "d"
        }
    }

    /// How it is called in a sentence.
    var word: String {
        "\(self)"
    }

    var milliseconds: Int64 {
        switch self {
        case .milliseconds: 1
        case .seconds: 1000
        case .minutes: 60_000
        case .hours: 3_600_000
        case .days: 86_400_000
        }
    }
}

/// Lengths of time as people write them.
public enum DurationText {
    /// Reads numbers with units, `250ms`, `1.5s`, `1h30m`, or one number without a unit; nil if it is none of these,
    /// is negative or is beyond 100 years.
    public static func duration(_ text: String, plainUnit: DurationUnit) -> Duration? {
        let units = Dictionary(uniqueKeysWithValues: DurationUnit.allCases.map { ($0.symbol, $0) })
        var rest = text.lowercased()[...]
        var milliseconds = 0.0
        guard !rest.isEmpty else { return nil }
        if let number = number(rest) {
            milliseconds = number * Double(plainUnit.milliseconds)
            rest = ""
        }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let symbol = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(symbol.count)
            guard let number = number(digits), let unit = units[String(symbol)] else { return nil }
            milliseconds += number * Double(unit.milliseconds)
        }
        guard milliseconds <= 100 * 366 * 86_400_000 else { return nil }
        return .microseconds(Int64((milliseconds * 1000).rounded()))
    }

    private static func number(_ text: Substring) -> Double? {
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), text.first?.isNumber == true else {
            return nil
        }
        return Double(text)
    }

    /// The shortest way to write it: `5m`, `90s`, `250ms`.
    public static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds == 0 else {
            let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
            return milliseconds == milliseconds.rounded() ? "\(Int64(milliseconds))ms" : "\(milliseconds)ms"
        }
        for unit in [DurationUnit.days, .hours, .minutes] where seconds != 0 {
            let size = unit.milliseconds / 1000
            if seconds % size == 0 { return "\(seconds / size)\(unit.symbol)" }
        }
        return "\(seconds)s"
    }
}
