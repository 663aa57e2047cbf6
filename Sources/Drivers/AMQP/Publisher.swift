import Logging
import RemindersGround

/// Publishes with confirms over a connection of its own, which it keeps up while `run` runs.
///
/// Nothing is kept for later: a message that can't be published now fails at once with a typed error, and whoever
/// has it in a table tries again. All calls may come from any task.
public final class Publisher: Sendable {
    private let session: Session<PublishingRole>
    private let readiness = Gate()

    /// Does not connect yet: see `run`.
    ///
    /// - Parameters:
    ///   - configuration: where to connect.
    ///   - topology: declared after each connect; nil declares nothing.
    ///   - window: how many messages may be unconfirmed at a time; more wait inside, in order.
    ///   - confirmTimeout: how long a call of `publish` may take, up to a second more.
    ///   - logger: receives connection events.
    public init(
        configuration: AMQPConfiguration, topology: Topology? = nil, window: Int = 1024,
        confirmTimeout: Duration = .seconds(15), logger: Logger
    ) {
        let role = PublishingRole(
            topology: topology, window: window, confirmTimeout: confirmTimeout,
            maximumBodyBytes: configuration.maximumBodyBytes, readiness: readiness, logger: logger)
        session = Session(configuration, role: role, threadName: "amqp-publish", logger: logger)
    }

    /// Connects, and connects again whenever the connection is lost, until `stop`, or until the task is cancelled,
    /// which closes at once: messages without a confirm are in doubt then. To be called once.
    public func run() async {
        await session.run { [session] in await session.close() }
    }

    /// Publishes in order and waits until each message has its outcome.
    ///
    /// - Returns: one outcome for each message, at its index.
    public func publish(_ messages: [Message]) async -> [PublishOutcome] {
        guard !messages.isEmpty else { return [] }
        guard session.isConnected else {
            return Array(repeating: .failed(.notConnected), count: messages.count)
        }
        return await session.publish(messages, confirms: true)
    }

    /// Publishes one message and waits for its outcome.
    public func publish(_ message: Message) async -> PublishOutcome {
        await publish([message])[0]
    }

    /// Hands messages to the broker and asks for nothing: what is lost is lost without a word. Returns when they are
    /// written to the socket, or dropped because there is no connection or the broker takes none.
    public func publishWithoutConfirm(_ messages: [Message]) async {
        guard !messages.isEmpty, session.isConnected else { return }
        _ = await session.publish(messages, confirms: false)
    }

    /// Accepts no more messages, waits for the confirms of those accepted (`confirmTimeout` at most), closes the
    /// connection and ends `run`.
    public func stop() async {
        await session.stop()
    }

    /// Whether there is a connection and the broker takes messages.
    public var isReady: Bool { readiness.isOpen }

    /// Waits until `isReady`.
    ///
    /// - Returns: false when it was stopped instead, or the task was cancelled.
    public func waitUntilReady() async -> Bool {
        await readiness.wait()
    }
}

extension Session where Role == PublishingRole {
    func publish(_ messages: [Message], confirms: Bool) async -> [PublishOutcome] {
        await withCheckedContinuation { continuation in
            role.submit(messages, confirms: confirms, continuation)
            progress()
        }
    }

    func stop() async {
        await withCheckedContinuation { role.stop($0) }
        close()
    }
}
