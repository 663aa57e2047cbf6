import CoreMetrics
import Logging
import ServiceLifecycle

/// A service process: its log, metrics, admin server and parts.
///
/// ```swift
/// var settings = SettingsReader(service: "email-sender", summary: "Sends reminders by mail.")
/// let common = CommonSettings(reading: &settings)
/// settings.validateOrExit()
/// var process = ServiceProcess(settings, common)
/// let pool = …
/// process.readiness.register("database") { await pool.isConnected ? .ok : .failing("not connected") }
/// process.addConnection("database", closing: { await pool.close() })
/// process.add("deliveries", sender)
/// await process.runAndExit()
/// ```
public struct ServiceProcess: Sendable {
    /// The logger to hand to everything in the process.
    public let logger: Logger
    /// Where parts register what makes them unready.
    public let readiness: ReadinessChecks
    /// Where metrics are explained (`describe`). Counters and timers are made with swift-metrics' own types.
    public let metrics: PrometheusRegistry
    private var runner: ServiceRunner

    /// Sets up logging and metrics for the whole process. Make one, after the settings are found valid and before the
    /// first logger or metric.
    public init(_ settings: SettingsReader, _ common: CommonSettings) {
        LineLogHandler.bootstrap(service: settings.service, level: common.logLevel, format: common.logFormat)
        logger = Logger(label: settings.service)
        for warning in settings.warnings {
            logger.warning("Settings look wrong", metadata: ["settings.warning": "\(warning)"])
        }
        metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        readiness = ReadinessChecks()
        runner = ServiceRunner(logger: logger, readiness: readiness, deadline: common.shutdownDeadline)
        if let port = common.adminPort {
            let responder = AdminResponder(
                readiness: readiness, metrics: metrics, process: ProcessMetrics(service: settings.service))
            let listening = readiness.flag("admin", initially: "does not listen yet")
            let server = AdminServer(
                host: common.adminHost, port: port, responder: responder, logger: logger,
                onBound: { _ in listening.set(.ok) })
            add("admin", server)
        }
    }

    /// Adds a part that depends on the ones added before. See `ServiceRunner`.
    public mutating func add(
        _ name: String, _ service: any Service, remaining: @escaping @Sendable () -> String? = { nil }
    ) {
        runner.add(name, service, remaining: remaining)
    }

    /// Adds something that others use and that is closed once they have ended. See `ServiceRunner`.
    public mutating func addConnection(_ name: String, closing close: @escaping @Sendable () async -> Void) {
        runner.addConnection(name, closing: close)
    }

    /// Runs the parts until the process is told to stop, and ends it.
    public func runAndExit() async -> Never {
        await runner.runAndExit()
    }
}
