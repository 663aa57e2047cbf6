import Foundation
import RemindersDomain
import RemindersStore

/// A line of the log as text.
enum LogText {
    /// `2026-02-10 14:30:00Z  email  1  sent  case/123 “Follow up”  +0.04 s  250 OK`
    static func readable(_ line: LogLine) -> String {
        var parts = [time(line.at), pad(line.channel ?? "-", 10), pad(line.userID ?? "-", 4)]
        let outcome = line.outcome ?? line.kind
        parts.append(pad(line.kind == "delivery" ? outcome : "(\(outcome))", 10))
        parts.append(
            "\(line.about.map(String.init(describing:)) ?? "reminder \(line.reminderID)") “\(line.title ?? "")”")
        if line.kind == "delivery", let dueAt = line.dueAt {
            let seconds = Double((line.at - dueAt).wholeMilliseconds) / 1000
            parts.append("due +\(String(format: "%.3f", seconds)) s")
        }
        if let attempt = line.attempt, attempt > 1 || line.kind == "attempt" { parts.append("attempt \(attempt)") }
        if let reason = line.reason { parts.append(reason) }
        if let reply = line.reply, !reply.isEmpty { parts.append(reply) }
        return VisibleText.escaped(parts.joined(separator: "  "))
    }

    /// The same as one JSON object.
    static func json(_ line: LogLine) -> String {
        let row = Row(
            id: line.id, at: line.at.rfc3339, kind: line.kind, outcome: line.outcome, channel: line.channel,
            recipient: line.userID, attempt: line.attempt, reason: line.reason, reply: line.reply,
            dueAt: line.dueAt?.rfc3339, occurrenceID: line.occurrenceID, reminderID: line.reminderID,
            entityType: line.about?.entityType, caseID: line.about?.id, title: line.title)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return (try? encoder.encode(row)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private struct Row: Encodable {
        let id: Int64
        let at: String
        let kind: String
        let outcome: String?
        let channel: String?
        let recipient: String?
        let attempt: Int?
        let reason: String?
        let reply: String?
        let dueAt: String?
        let occurrenceID: Int64?
        let reminderID: Int64
        let entityType: String?
        let caseID: String?
        let title: String?
    }

    private static func time(_ instant: Instant) -> String {
        Instant(seconds: instant.seconds).rfc3339.replacingOccurrences(of: "T", with: " ")
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
}

/// Standard output is a pipe for whoever follows: lines must not wait in its buffer.
func flushOutput() {
    _ = fflush(nil)
}
