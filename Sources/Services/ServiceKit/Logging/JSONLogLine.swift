import Logging
import RemindersGround

/// A log line as a JSON object: `time`, `level`, `service`, `logger`, `message`, `trace_id`, then the facts.
enum JSONLogLine {
    /// Keys of ours; a fact of that name gets `metadata.` before it, because a key must not occur twice.
    private static let reserved: Set<String> = ["time", "level", "service", "logger", "message"]

    static func append(
        _ event: LogEvent, _ facts: LogFacts, time: LogTime, service: String, logger: String?, to line: inout [UInt8]
    ) {
        var facts = facts
        line += "{\"time\":\"".utf8
        time.append(to: &line)
        line += "\",\"level\":\"".utf8
        line += event.level.rawValue.utf8
        line.append(UInt8(ascii: "\""))
        append("service", .text(service), to: &line)
        if let logger { append("logger", .text(logger), to: &line) }
        append("message", .text(event.message.description), to: &line)
        if let trace = facts.take("trace_id") { append("trace_id", trace, to: &line) }
        for (key, value) in facts.sorted {
            append(reserved.contains(key) ? "metadata." + key : key, value, to: &line)
        }
        line.append(UInt8(ascii: "}"))
    }

    private static func append(_ key: String, _ value: LogFacts.Value, to line: inout [UInt8]) {
        line += ",\"".utf8
        JSONString.append(key, to: &line, .forTerminals)
        line += "\":".utf8
        append(value, to: &line)
    }

    private static func append(_ value: LogFacts.Value, to line: inout [UInt8]) {
        switch value {
        case .text(let text):
            line.append(UInt8(ascii: "\""))
            JSONString.append(text, to: &line, .forTerminals)
            line.append(UInt8(ascii: "\""))
        case .literal(let literal):
            line += literal.utf8
        case .list(let items):
            line.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(item, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        }
    }
}
