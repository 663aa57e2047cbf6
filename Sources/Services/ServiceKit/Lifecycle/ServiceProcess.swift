import CoreMetrics
import Logging

/// A service process: its log, metrics, admin server and parts.
///
/// ```swift
/// var settings = SettingsReader(service: "scheduler", summary: "Publishes reminders that are due.")
/// let common = CommonSettings(reading: &settings)
/// settings.validateOrExit()
/// var process = ServiceProcess(settings, common)
/// process.add(try SchedulerService(configuration, logger: process.logger, readiness: process.readiness).parts)
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
        runner = ServiceRunner(
            ServiceParts(logger: logger, readiness: readiness), deadline: common.shutdownDeadline)
        if let port = common.adminPort {
            let responder = AdminResponder(
                readiness: readiness, metrics: metrics, process: ProcessMetrics(service: settings.service))
            let listening = readiness.flag("admin", initially: "does not listen yet")
            let server = AdminServer(
                host: common.adminHost, port: port, responder: responder, logger: logger,
                onBound: { _ in listening.set(.ok) })
            runner.parts.add("admin", server)
        }
    }

    /// Adds all parts of a service, which depend on the ones added before.
    public mutating func add(_ parts: ServiceParts) {
        runner.parts.add(parts)
    }

    /// Adds something that others use and that is closed once they have ended.
    public mutating func addConnection(_ name: String, closing close: @escaping @Sendable () async -> Void) {
        runner.parts.addConnection(name, closing: close)
    }

    /// Runs the parts until the process is told to stop, and ends it.
    public func runAndExit() async -> Never {
        await runner.runAndExit()
    }
}
