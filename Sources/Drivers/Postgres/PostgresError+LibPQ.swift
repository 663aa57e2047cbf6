import CLibPQ

extension PostgresError {
    /// From a failed result (libpq manual, PQresultErrorField).
    init(_ result: QueryResult, sql: String?) {
        let state = result.errorField("C")
        let message = result.errorField("M") ?? "the statement failed without a message"
        self.init(state == nil ? .connection : .server, message, sqlState: state, sql: sql)
        detail = result.errorField("D")
        hint = result.errorField("H")
        schema = result.errorField("s")
        table = result.errorField("t")
        column = result.errorField("c")
        constraint = result.errorField("n")
        let severity = result.errorField("V")
        endsSession = severity == "FATAL" || severity == "PANIC"
    }

    /// From a connection that is in a bad state.
    init(_ connection: OpaquePointer?, fallback: String) {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        self = .connectionFailure(text.isEmpty ? fallback : text)
    }

    /// libpq 15 gives no SQLSTATE for a refused connection, but puts it into the message when errors are verbose:
    /// `... failed: FATAL:  28P01: password authentication failed`, and a line `LOCATION: ...` after it.
    static func connectionFailure(_ text: String) -> PostgresError {
        var lines = text.split(whereSeparator: \.isNewline).map { line in
            line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        lines.removeAll { $0.hasPrefix("LOCATION: ") }
        let message = lines.joined(separator: "; ")
        guard let state = verboseState(message) else { return PostgresError(.connection, message) }
        let plain = message.replacing(" \(state): ", with: " ")
        return PostgresError(.connection, plain, sqlState: state)
    }

    private static func verboseState(_ message: String) -> String? {
        for severity in ["FATAL: ", "ERROR: ", "PANIC: "] {
            guard let found = message.firstRange(of: severity) else { continue }
            let state = message[found.upperBound...].prefix { $0 != ":" }
            if state.utf8.count == 5, state.utf8.allSatisfy(isStateCharacter) { return String(state) }
        }
        return nil
    }

    private static func isStateCharacter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
