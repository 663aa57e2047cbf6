/// Names and labels as Prometheus allows them (https://prometheus.io/docs/concepts/data_model/).
enum PrometheusName {
    /// `reminders.due.lag` becomes `reminders_due_lag`.
    static func metric(_ label: String) -> String {
        sanitised(label, allowsColon: true)
    }

    /// Labels in order of their names, `channel="email",outcome="sent"`; the last of two with the same name counts.
    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        var values: [String: String] = [:]
        for (name, value) in dimensions {
            let name = sanitised(name, allowsColon: false)
            // "le" is the label of a histogram's buckets.
            values[name == "le" ? "exported_le" : name] = value
        }
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escapedLabel($0.value))\"" }
            .joined(separator: ",")
    }

    private static func sanitised(_ name: String, allowsColon: Bool) -> String {
        let characters = name.map { character -> Character in
            let isAllowed =
                character.isASCII && (character.isLetter || character.isNumber || character == "_")
                || allowsColon && character == ":"
            return isAllowed ? character : "_"
        }
        let name = String(characters)
        return name.first.map { !$0.isNumber } ?? false ? name : "_" + name
    }

    static func escapedLabel(_ value: String) -> String {
        escapedHelp(value).replacing("\"", with: "\\\"")
    }

    static func escapedHelp(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\\\r"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
