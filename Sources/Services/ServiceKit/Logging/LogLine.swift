import Glibc
import Logging
import RemindersGround

/// How log lines are written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for machines.
    case json
    /// One readable line.
    case text

    /// Text when standard error is a terminal, else JSON.
    public static var forStandardError: LogFormat {
        isatty(STDERR_FILENO) == 1 ? .text : .json
    }
}

extension LogFormat {
    /// Whether text lines get colours: only on a terminal that knows them, and not against the user's wish
    /// (https://no-color.org).
    static func usesColour(descriptor: Int32, environment: (String) -> String?) -> Bool {
        let refuses = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        return isatty(descriptor) == 1 && !refuses && environment("TERM") != "dumb"
    }
}

/// The time of a log line: seconds and microseconds since 1970-01-01T00:00:00Z.
struct LogTime: Sendable {
    let seconds: Int
    let microseconds: Int

    static var now: LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(seconds: time.tv_sec, microseconds: time.tv_nsec / 1000)
    }

    /// Appends it by RFC 3339 in UTC, such as `2026-11-22T16:04:05.000123Z`.
    ///
    /// - Parameter fractionDigits: how many digits of the second's fraction, up to 6.
    func append(to line: inout [UInt8], fractionDigits: Int = 6) {
        var parts = tm()
        var time = time_t(seconds)
        gmtime_r(&time, &parts)
        append(Int(parts.tm_year) + 1900, 4, then: "-", to: &line)
        append(Int(parts.tm_mon) + 1, 2, then: "-", to: &line)
        append(Int(parts.tm_mday), 2, then: "T", to: &line)
        append(Int(parts.tm_hour), 2, then: ":", to: &line)
        append(Int(parts.tm_min), 2, then: ":", to: &line)
        append(Int(parts.tm_sec), 2, then: ".", to: &line)
        var fraction = microseconds
        for _ in fractionDigits..<6 { fraction /= 10 }
        append(fraction, fractionDigits, then: "Z", to: &line)
    }

    private func append(_ number: Int, _ width: Int, then end: Unicode.Scalar, to line: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
        line.append(UInt8(ascii: end))
    }
}

/// The facts of a line: metadata of all sources, nested dictionaries flattened to dotted keys, in order of their keys.
struct LogFacts {
    /// A value that stands behind one key.
    enum Value {
        case text(String)
        /// A number or a truth value, as JSON writes it.
        case literal(String)
        case list([Value])
    }

    private var values: [String: Value] = [:]

    /// Adds facts; one whose key is there already takes its place.
    mutating func add(_ metadata: Logger.Metadata) {
        for (key, value) in metadata { add(key, value) }
    }

    private mutating func add(_ key: String, _ value: Logger.MetadataValue) {
        switch value {
        case .dictionary(let inner):
            for (name, value) in inner { add(key + "." + name, value) }
        default:
            values[key] = Self.value(value)
        }
    }

    private static func value(_ value: Logger.MetadataValue) -> Value {
        switch value {
        case .string(let text): .text(text)
        case .stringConvertible(let number as any BinaryInteger): .literal(number.description)
        case .stringConvertible(let number as Double) where number.isFinite: .literal(number.description)
        case .stringConvertible(let truth as Bool): .literal(truth.description)
        case .stringConvertible(let other): .text(other.description)
        case .array(let items): .list(items.map(Self.value))
        case .dictionary: .text(value.description)
        }
    }

    /// Takes out one fact.
    mutating func take(_ key: String) -> Value? {
        values.removeValue(forKey: key)
    }

    /// The facts in order.
    var sorted: [(key: String, value: Value)] {
        values.sorted { $0.key < $1.key }
    }
}

extension LogFacts.Value {
    /// Appends it, a text in quotes where `needsQuotes` says so.
    fileprivate func append(to line: inout [UInt8], quotingWhere needsQuotes: (String) -> Bool) {
        switch self {
        case .literal(let literal): line += literal.utf8
        case .text(let text):
            let quote = needsQuotes(text) ? "\"" : ""
            line += quote.utf8
            JSONString.append(text, to: &line, .forTerminals)
            line += quote.utf8
        case .list(let items):
            line.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                item.append(to: &line, quotingWhere: needsQuotes)
            }
            line.append(UInt8(ascii: "]"))
        }
    }
}

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
        value.append(to: &line) { _ in true }
    }
}

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
            value.append(to: &line, quotingWhere: needsQuotes)
        }
    }

    private static func needsQuotes(_ text: String) -> Bool {
        text.isEmpty || text.utf8.contains { " \"=\\".utf8.contains($0) || $0 < 0x20 }
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
