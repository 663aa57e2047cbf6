import Logging
import Metrics
import RemindersDomain
import RemindersGround

/// Holds everything while the database is not this deployment's: a copy of production must send nothing. It asks the database
/// every other second, and lets nothing go before it has answered.
public final class DeploymentGuard: Sendable {
    private static let pause = Duration.seconds(2)

    private let store: ReminderStore
    private let name: DeploymentName?
    private let isAdopting: Bool
    private let duty: Duty
    private let logger: Logger
    private let gate = Gate()
    private let held = Locked<String?>("it has not been asked yet whose the database is")

    /// - Parameters:
    ///   - name: this deployment's; nil where it has none.
    ///   - isAdopting: whether it names a database that has no name yet.
    public init(store: ReminderStore, name: DeploymentName?, isAdopting: Bool = false, logger: Logger) {
        self.isAdopting = isAdopting
        self.store = store
        self.name = name
        self.logger = logger
        duty = Duty("deployment", first: .seconds(1), logger: logger)
    }

    /// Whether nothing may be claimed, decided, published or sent.
    public var isHeld: Bool { !gate.isOpen }

    /// Why everything is held; nil when it is not.
    public var trouble: String? { isHeld ? held.withLock { $0 } : nil }

    /// Waits until nothing is held.
    ///
    /// - Returns: false when the task was cancelled first.
    @discardableResult
    public func released() async -> Bool { await gate.wait() }

    /// Asks again and again, until the task is cancelled.
    public func run() async {
        Gauge(label: "reminders_deployment_held").record(1)
        while !Task.isCancelled {
            let asked = await duty.attempt { try await store.deploymentVerdict(of: name, isAdopting: isAdopting) }
            if case .done(let verdict) = asked { note(verdict) }
            // While it does not answer it is taken for what it was: whoever needs it waits anyway.
            let pause: Duration = if case .failed(let pause) = asked { pause } else { Self.pause }
            try? await Task.sleep(for: pause)
        }
    }

    private func note(_ verdict: DeploymentVerdict) {
        let before = held.withLock { held in
            defer { held = verdict.reason }
            return held
        }
        Gauge(label: "reminders_deployment_held").record(verdict.reason == nil ? 0 : 1)
        if let reason = verdict.reason {
            gate.shut()
            if reason != before { logger.error("everything is held", metadata: ["reason": "\(reason)"]) }
        } else if isHeld {
            gate.open()
            logger.info("the database is this deployment's", metadata: ["deployment": "\(name?.text ?? "")"])
        }
    }
}
