extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// One line without parameters, passwords and values of rows.
    public var description: String {
        var text = "postgres \(code.rawValue)"
        if let sqlState { text += " \(sqlState)" }
        text += ": \(safeMessage)"
        if let constraint { text += ", constraint \(constraint)" }
        if let table { text += ", table \(table)" }
        if let column { text += ", column \(column)" }
        if let queryIndex { text += ", query \(queryIndex)" }
        if let sql { text += ", in: \(sql)" }
        if mayHaveTakenEffect { text += " (it may have taken effect)" }
        return text
    }

    /// The same as `description`, so that a dump shows no more.
    public var debugDescription: String { description }

    /// Messages of class 22 (data exception) quote the value they complain about.
    private var safeMessage: String {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: "; ")
        guard let sqlState, sqlState.hasPrefix("22") else { return line }
        return Self.withoutQuotation(line)
    }

    /// Replaces what stands between the first and the last quotation mark.
    static func withoutQuotation(_ text: String) -> String {
        guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\""), first < last else {
            return text
        }
        return text[...first] + "..." + text[last...]
    }
}

extension PostgresError: CustomReflectable {
    /// Nothing but the description: `dump` and test reports print mirrors.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
