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
