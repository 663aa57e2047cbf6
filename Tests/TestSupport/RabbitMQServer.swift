import Foundation

/// A real RabbitMQ for tests, on loopback. It is removed when the test process ends, however it ends.
public final class RabbitMQServer: Sendable {
    private let server: LocalServer
    /// `amqp://user:password@127.0.0.1:port/vhost`, with all rights in that virtual host.
    public let url: String

    private init(_ server: LocalServer) throws {
        self.server = server
        url = try server.line("url")
    }

    private static let one = Task { try await RabbitMQServer.start() }

    /// The one that all tests of this process share: not to be killed, stopped or frozen.
    ///
    /// - Throws: `CommandFailed` with the end of the server's log.
    public static func shared() async throws -> RabbitMQServer { try await one.value }

    /// One of the caller's own; it takes some seconds.
    ///
    /// - Parameters:
    ///   - configuration: Lines for `rabbitmq.conf`; DIRECTORY in them stands for the server's directory.
    ///   - files: Files to be copied into that directory (certificates and keys).
    /// - Throws: `CommandFailed` with the end of the server's log.
    public static func start(configuration: String? = nil, files: [URL] = []) async throws -> RabbitMQServer {
        try RabbitMQServer(await .start("rabbitmq", configuration: configuration, files: files))
    }

    /// The port on 127.0.0.1.
    public var port: UInt16 {
        get throws { try Port.number(server.line("port")) }
    }

    /// A new, empty virtual host.
    ///
    /// - Returns: Its URL, with all rights.
    /// - Throws: `CommandFailed`.
    public func createVirtualHost() async throws -> String {
        let name = Scratch.path("vhost").lastPathComponent
        try await rabbitmqctl("add_vhost", name)
        try await rabbitmqctl("set_permissions", "-p", name, "reminders", ".*", ".*", ".*")
        return url.dropLast("reminders".count) + name
    }

    /// Runs `rabbitmqctl` for this server (half a second) and returns what it printed.
    ///
    /// - Throws: `CommandFailed`.
    @discardableResult
    public func rabbitmqctl(_ arguments: String...) async throws -> String {
        try await server.run("ctl", arguments)
    }

    /// Raises the memory alarm, which blocks every publisher, or ends it.
    ///
    /// - Throws: `CommandFailed`.
    public func setMemoryAlarm(_ raised: Bool) async throws {
        try await rabbitmqctl("set_vm_memory_high_watermark", raised ? "0" : "0.4")
    }

    /// SIGKILL for all its processes.
    public func kill() async throws { try await server.signal("KILL") }

    /// SIGSTOP for all its processes: connections stay open and nothing answers.
    public func freeze() async throws { try await server.signal("STOP") }

    /// SIGCONT, after `freeze()`.
    public func resume() async throws { try await server.signal("CONT") }

    /// An orderly stop.
    public func stop() async throws { try await server.run("stop") }

    /// Starts it again after `stop()` or `kill()`, on the same port and with its data.
    public func restart() async throws { try await server.startAgain() }

    /// Ends it and forgets its data.
    public func remove() async throws { try await server.run("remove") }
}
