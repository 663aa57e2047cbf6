import Logging
import RemindersGround

/// A log line for people: `2026-11-22T16:04:05.123Z info email-sender: Mail sent delivery.id=… reply="250 ok"`.
enum TextLogLine {
    static func append(
        _ event: LogEvent, _ facts: LogFacts, time: LogTime, service: String, logger: String?, usesColour: Bool,
        to line: inout [UInt8]
    ) {
        let dim = usesColour ? "\u{1B}[2m" : ""
        let plain = usesColour ? "\u{1B}[0m" : ""
        line += dim.utf8
        time.append(to: &line, fractionDigits: 3)
        line += plain.utf8
        line.append(UInt8(ascii: " "))
        line += (usesColour ? colour(event.level) : "").utf8
        let level = event.level.rawValue
        line += (level + String(repeating: " ", count: max(0, 8 - level.utf8.count))).utf8
        line += plain.utf8
        line.append(UInt8(ascii: " "))
        JSONString.append(logger.map { service + "/" + $0 } ?? service, to: &line, .forTerminals)
        line += ": ".utf8
        JSONString.append(event.message.description, to: &line, .forTerminals)
        for (key, value) in facts.sorted {
            line += (" " + dim).utf8
            JSONString.append(key, to: &line, .forTerminals)
            line += ("=" + plain).utf8
            append(value, to: &line)
        }
    }

    private static func append(_ value: LogFacts.Value, to line: inout [UInt8]) {
        switch value {
        case .literal(let literal):
            line += literal.utf8
        case .text(let text):
            let needsQuotes = text.isEmpty || text.utf8.contains { " \"=\\".utf8.contains($0) || $0 < 0x20 }
            if needsQuotes { line.append(UInt8(ascii: "\"")) }
            JSONString.append(text, to: &line, .forTerminals)
            if needsQuotes { line.append(UInt8(ascii: "\"")) }
        case .list(let items):
            line.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(item, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        }
    }

    private static func colour(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .notice: "\u{1B}[36m"
        case .warning: "\u{1B}[33m"
        case .error, .critical: "\u{1B}[31m"
        }
    }
}
