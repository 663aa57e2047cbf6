import Logging
import RemindersGround
import RemindersIOThread

/// What a listener hears.
public enum PostgresNotification: Sendable, Equatable {
    /// LISTEN is in force, at the beginning and again after each reconnection: what was notified before it was lost,
    /// so it is time to look.
    case listening
    /// NOTIFY by another session.
    case notified(payload: String)
}

/// One LISTEN on a connection of its own, made again whenever it is lost.
final class Listener {
    private let channel: String
    private let configuration: PostgresConfiguration
    private let settings: ConnectionSettings
    private let thread: IOThread
    private let logger: Logger
    private let output: AsyncStream<PostgresNotification>.Continuation
    private var backoff: Backoff
    private var connection: Connection?
    private var outage = Outage()
    private var attempts = 0
    private var isStopped = false

    init(
        _ channel: String, _ configuration: PostgresConfiguration, _ settings: ConnectionSettings,
        on thread: IOThread, logger: Logger, output: AsyncStream<PostgresNotification>.Continuation
    ) {
        self.channel = channel
        self.configuration = configuration
        self.settings = settings
        self.thread = thread
        self.logger = logger
        self.output = output
        let delays = configuration.reconnectDelay
        backoff = Backoff(first: delays.lowerBound, longest: delays.upperBound)
    }

    func start() {
        guard !isStopped else { return }
        let connection = Connection(id: -1, on: thread, configuration, logger: logger)
        self.connection = connection
        connection.onEvent = { [weak self] event in
            switch event {
            case .opened: self?.listen()
            case .lost(let error): self?.reconnect(error)
            case .notified(_, let payload): self?.output.yield(.notified(payload: payload))
            }
        }
        connection.open(settings, rotation: attempts)
        attempts += 1
    }

    /// Ends the stream.
    func stop() {
        guard !isStopped else { return }
        isStopped = true
        connection?.close()
        connection = nil
        output.finish()
    }

    private func listen() {
        let command = EncodedQuery(command: "LISTEN \(Self.quoted(channel))")
        let segment = Segment([command], begin: nil, isOpen: false, commits: false)
        connection?.run(segment, timeout: configuration.connectTimeout) { [weak self] outcome in
            guard let self, !isStopped else { return }
            switch outcome {
            case .success:
                backoff.reset()
                logger.note(outage.succeeded(), "a listener has PostgreSQL again")
                attempts = 0
                output.yield(.listening)
                scheduleHeartbeat()
            case .failure(let error):
                guard let connection, connection.isOpen else { return }
                connection.lose(error)
            }
        }
    }

    private func reconnect(_ error: PostgresError) {
        connection = nil
        guard !isStopped else { return }
        logger.note(outage.failed(), "a listener has lost PostgreSQL", error)
        thread.setTimer(at: .now + backoff.next()) { [weak self] in self?.start() }
    }

    private func scheduleHeartbeat() {
        thread.setTimer(at: .now + configuration.heartbeat) { [weak self, weak connection] in
            guard let self, let connection, connection.isOpen, connection === self.connection else { return }
            if connection.isIdle {
                connection.run(Heartbeat.segment, timeout: configuration.connectTimeout) { _ in }
            }
            scheduleHeartbeat()
        }
    }

    /// An identifier in quotation marks (PostgreSQL manual, "Identifiers and Key Words").
    static func quoted(_ identifier: String) -> String {
        "\"\(identifier.replacing("\"", with: "\"\""))\""
    }
}

extension PoolCore {
    func listen(_ id: UInt64, to channel: String, _ output: AsyncStream<PostgresNotification>.Continuation) {
        guard !isClosed else { return output.finish() }
        let listener = Listener(channel, configuration, settings, on: thread, logger: logger, output: output)
        listeners[id] = listener
        listener.start()
    }

    func stopListening(_ id: UInt64) {
        listeners.removeValue(forKey: id)?.stop()
    }
}
