import CoreMetrics
import Glibc
import Logging
import RemindersGround

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
        DescriptorLimit.raise()
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

/// Tells systemd how the service is, by the protocol of sd_notify(3). Without `NOTIFY_SOCKET` nothing is told.
public struct ServiceManager: Sendable {
    private let path: String?

    /// - Parameter path: what `NOTIFY_SOCKET` holds: a path, or `@` and the name of an abstract socket.
    public init(path: String?) {
        self.path = path.flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    }

    /// The one that started this process, if any.
    public static var ofThisProcess: ServiceManager {
        ServiceManager(path: getenv("NOTIFY_SOCKET").map { String(cString: $0) })
    }

    /// The service is ready for work.
    public func ready() {
        send("READY=1\nSTATUS=running")
    }

    /// The service was asked to stop.
    public func stopping() {
        send("STOPPING=1\nSTATUS=finishing work in hand")
    }

    /// Sends one datagram. Failing is no reason to fail: the manager has its own time limits.
    private func send(_ message: String) {
        guard let path else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + name.count } ?? 0)
        _ = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                message.utf8CString.withUnsafeBytes { bytes in
                    sendto(descriptor, bytes.baseAddress, bytes.count - 1, Int32(MSG_NOSIGNAL), address, length)
                }
            }
        }
    }
}
