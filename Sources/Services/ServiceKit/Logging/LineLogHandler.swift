import Glibc
import Logging
import Synchronization

/// Writes each log event as one line, as JSON or as text.
public struct LineLogHandler: LogHandler {
    /// Sends all loggers of the process to standard error. Call it once, before the first logger is made.
    ///
    /// - Parameters:
    ///   - service: the name each line carries.
    ///   - level: lines below it are not written.
    ///   - format: how lines are written.
    public static func bootstrap(service: String, level: Logger.Level, format: LogFormat) {
        let environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
        let usesColour = LogFormat.usesColour(descriptor: STDERR_FILENO, environment: environment)
        LoggingSystem.bootstrap(
            { label, provider in
                var handler = LineLogHandler(
                    service: service, label: label, format: format, usesColour: usesColour, output: .standardError)
                handler.logLevel = level
                handler.metadataProvider = provider
                return handler
            }, metadataProvider: LoggingSystem.metadataProvider)
    }

    /// Lines below it are not written.
    public var logLevel: Logger.Level = .info
    /// Facts that every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// Facts of the current task.
    public var metadataProvider: Logger.MetadataProvider?

    private let service: String
    private let label: String
    private let format: LogFormat
    private let usesColour: Bool
    private let output: LogOutput

    /// Makes the handler of one logger.
    ///
    /// - Parameters:
    ///   - service: the name each line carries.
    ///   - label: the logger's label; shown when it is not the service's name.
    ///   - format: how lines are written.
    ///   - usesColour: whether text lines are coloured.
    ///   - output: where lines go.
    public init(
        service: String, label: String, format: LogFormat, usesColour: Bool = false,
        output: LogOutput = .standardError
    ) {
        self.service = service
        self.label = label
        self.format = format
        self.usesColour = usesColour
        self.output = output
    }

    /// A fact that every line of this logger carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        output.write(line(of: event, at: .now))
    }

    func line(of event: LogEvent, at time: LogTime) -> [UInt8] {
        var facts = LogFacts()
        facts.add(metadata)
        if let provided = metadataProvider?.get() { facts.add(provided) }
        if let own = event.metadata { facts.add(own) }
        if let error = event.error { facts.add(["error": .string("\(error)")]) }
        var line: [UInt8] = []
        line.reserveCapacity(512)
        let logger = label == service ? nil : label
        switch format {
        case .json:
            JSONLogLine.append(event, facts, time: time, service: service, logger: logger, to: &line)
        case .text:
            TextLogLine.append(
                event, facts, time: time, service: service, logger: logger, usesColour: usesColour, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }
}

/// Where log lines go: a descriptor, one write(2) a line, one line at a time.
public final class LogOutput: Sendable {
    /// Standard error.
    public static let standardError = LogOutput(descriptor: STDERR_FILENO)

    let descriptor: Int32
    private let turn = Mutex(())

    /// Writes to a descriptor, which stays open as long as anything logs.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes the whole line. A reader that is gone or a full disk loses it: there is nobody left to tell.
    func write(_ line: [UInt8]) {
        turn.withLock { _ in
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if count >= 0 {
                        rest = rest.dropFirst(count)
                    } else if errno == EAGAIN {
                        // Somebody made the terminal non-blocking; it is shared with other processes.
                        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = poll(&wait, 1, 1000)
                    } else if errno != EINTR {
                        return
                    }
                }
            }
        }
    }
}
