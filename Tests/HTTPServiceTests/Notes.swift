import Hummingbird
import Logging
import Synchronization

/// Numbers that were seen.
final class Seen: Sendable {
    private let numbers = Mutex<[Int]>([])

    func note(_ number: Int) {
        numbers.withLock { $0.append(number) }
    }

    var all: [Int] { numbers.withLock { $0 } }
}

/// Opens once, for whoever waits.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let source: AsyncStream<Void>.Continuation

    init() {
        (stream, source) = AsyncStream.makeStream()
    }

    func open() {
        source.finish()
    }

    func wait() async {
        for await _ in stream {}
    }
}

/// A log that is kept.
final class LinesOfLog: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: LinesOfLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            log.kept.withLock { $0.append("\(event.level) \(event.message) \(facts)") }
        }
    }
}
