import Configuration
import Foundation
import Logging
import Metrics
import RemindersContracts
import RemindersServiceKit

// Compares code of our own with the library for the same, for docs/decisions 0002, 0007, 0029 and 0030:
//
//   swift run -c release --package-path scripts/benchmark/own-code OwnCode contracts/examples

/// Microseconds a call of `body` takes: the best of five rounds.
func microseconds(_ count: Int = 20_000, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<5 {
        let began = ContinuousClock.now
        for _ in 0..<count { try body() }
        best = min(best, (ContinuousClock.now - began) / .microseconds(1) / Double(count))
    }
    return best
}

func show(_ name: String, ours: Double, library: Double? = nil) {
    let other = library.map { String(format: "library %8.2f µs, %5.1f times ours", $0, $0 / ours) } ?? ""
    print(name.padding(toLength: 34, withPad: " ", startingAt: 0), String(format: "ours %8.2f µs ", ours), other)
}

// MARK: JSON: the message of each delivery

struct CodableRequest: Codable {
    struct About: Codable {
        var entityType: String
        var id: String
        var title: String?
        var status: String?
        var url: String?

        enum CodingKeys: String, CodingKey {
            case entityType = "entity_type"
            case id, title, status, url
        }
    }

    struct Change: Codable {
        var oldStatus: String?
        var newStatus: String?

        enum CodingKeys: String, CodingKey {
            case oldStatus = "old_status"
            case newStatus = "new_status"
        }
    }

    var deliveryID: String
    var occurrenceID: Int64
    var reminderID: Int64
    var recipient: String
    var channel: String
    var address: String?
    var name: String?
    var locale: String
    var timeZone: String
    var priority: String
    var title: String
    var message: String?
    var about: About
    var trigger: String
    var event: Change?
    var dueAt: String
    var requestedAt: String

    enum CodingKeys: String, CodingKey {
        case deliveryID = "delivery_id"
        case occurrenceID = "occurrence_id"
        case reminderID = "reminder_id"
        case timeZone = "time_zone"
        case about = "case"
        case dueAt = "due_at"
        case requestedAt = "requested_at"
        case recipient, channel, address, name, locale, priority, title, message, trigger, event
    }
}

let examples = URL(filePath: CommandLine.arguments.dropFirst().first ?? "contracts/examples")
let body = try Data(contentsOf: examples.appending(path: "delivery.requested.v1.typical.json"))
let bytes = Array(body)
let message = try DeliveryRequested(decoding: bytes)
let (decoder, encoder) = (JSONDecoder(), JSONEncoder())
let same = try decoder.decode(CodableRequest.self, from: body)
show(
    "JSON, read", ours: try microseconds { _ = try DeliveryRequested(decoding: bytes) },
    library: try microseconds { _ = try decoder.decode(CodableRequest.self, from: body) })
show(
    "JSON, write", ours: microseconds { _ = message.encode() },
    library: try microseconds { _ = try encoder.encode(same) })
let twice = Data(#"{"id":1,"id":2}"#.utf8)
let takesTwice = (try? JSONDecoder().decode([String: Int].self, from: twice)) != nil
let takesOurs = (try? JSONValue(parsing: twice)) != nil
print(
    "JSON, a field that is there twice   ours: \(takesOurs ? "taken" : "refused"), library: \(takesTwice ? "taken" : "refused")"
)

// MARK: Log: one line with three facts

let sink = open("/dev/null", O_WRONLY)
let facts: Logger.Metadata = ["delivery": "42", "channel": "email", "reply": "250 2.0.0 \"Ok\""]
var own = Logger(label: "email-sender") { label in
    LineLogHandler(service: "email-sender", label: label, format: .json, output: LogOutput(descriptor: sink))
}
own.logLevel = .info
dup2(sink, STDERR_FILENO)
let stream = Logger(label: "email-sender") { StreamLogHandler.standardError(label: $0) }
show(
    "Log, one line", ours: microseconds { own.info("A delivery has ended", metadata: facts) },
    library: microseconds { stream.info("A delivery has ended", metadata: facts) })

// MARK: Metrics: counting, and the text of 200 series

let registry = PrometheusRegistry()
let counter = Counter(label: "reminders.deliveries", dimensions: [("outcome", "sent")], factory: registry)
let timer = Metrics.Timer(label: "reminders.attempt.duration", dimensions: [("channel", "email")], factory: registry)
for number in 0..<200 {
    Counter(label: "reminders.series", dimensions: [("n", "\(number)")], factory: registry).increment()
}
show("Metrics, count", ours: microseconds(1_000_000) { counter.increment() })
show("Metrics, observe a duration", ours: microseconds(1_000_000) { timer.recordNanoseconds(1_234_567) })
show("Metrics, text of 200 series", ours: microseconds(200) { _ = registry.exposition() })

// MARK: Settings: what becomes of a value that was meant to switch a dry run off

let values = ["false # try it", "\"false\"", "off", "no", "0", "fasle", "False", "'false'", " false"]
func silentlyStays(_ value: String) -> (ours: Bool, library: Bool) {
    var settings = SettingsReader(
        service: "own-code", arguments: ["own-code"], environment: ["REMINDERS_DRY_RUN": value], directory: "/dev/null")
    let ours = settings.bool("REMINDERS_DRY_RUN", default: true, doc: "")
    let isValid = if case .valid = settings.outcome() { true } else { false }
    let reader = ConfigReader(
        provider: EnvironmentVariablesProvider(environmentVariables: ["REMINDERS_DRY_RUN": value]))
    return (ours && isValid, reader.bool(forKey: "reminders.dry.run", default: true))
}
let stays = values.map(silentlyStays)
print(
    "Settings, \(values.count) spellings of off       silently left on: ours \(stays.count(where: \.ours)),",
    "library \(stays.count(where: \.library)): \(zip(values, stays).filter { $1.library }.map(\.0))")
