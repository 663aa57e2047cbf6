import Foundation
import Logging
import RemindersGround
import ServiceLifecycle
import Testing

@testable import RemindersServiceKit

@Suite struct AdminServerTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func server(port: Int = 0, onBound: @escaping @Sendable (Int) -> Void) -> AdminServer {
        let readiness = ReadinessChecks()
        readiness.enter(.running)
        let responder = AdminResponder(
            readiness: readiness, metrics: PrometheusRegistry(), process: ProcessMetrics(service: "x"))
        return AdminServer(host: "127.0.0.1", port: port, responder: responder, logger: quiet, onBound: onBound)
    }

    /// Runs a server, hands its port to `body` and shuts it down gracefully.
    private func withServer(_ body: (Int) async throws -> Void) async throws {
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            configuration: .init(services: [server(onBound: { bound.yield($0) })], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await body(port)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func itAnswersOverALoopbackConnection() async throws {
        try await withServer { port in
            for (path, status) in [("/livez", 200), ("/readyz?verbose", 200), ("/metrics", 200), ("/", 404)] {
                let reply = try await RawHTTP.exchange(
                    port, "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(reply.hasPrefix("HTTP/1.1 \(status) "), "\(path): \(reply)")
            }
            let metrics = try await RawHTTP.exchange(
                port, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(metrics.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
            #expect(metrics.contains("\nprocess_open_fds "))
        }
    }

    @Test func itRefusesBodiesAndLargeHeaders() async throws {
        try await withServer { port in
            let body = try await RawHTTP.exchange(
                port, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
            #expect(body.hasPrefix("HTTP/1.1 413 "), "\(body)")
            let long = String(repeating: "a", count: 20_000)
            let header = try await RawHTTP.exchange(port, "GET /livez HTTP/1.1\r\nHost: x\r\nX: \(long)\r\n\r\n")
            #expect(header.hasPrefix("HTTP/1.1 4"), "\(header)")
            let post = try await RawHTTP.exchange(port, "POST /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(post.hasPrefix("HTTP/1.1 405 "), "\(post)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func anIdleConnectionDoesNotHoldUpTheEnd() async throws {
        var connection: Int32 = -1
        try await withServer { port in
            let (idle, reply) = try await RawHTTP.offThePool {
                let connection = try RawHTTP.connect(port)
                try RawHTTP.send(connection, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                return (connection, try RawHTTP.receive(connection))
            }
            connection = idle
            #expect(reply.hasPrefix("HTTP/1.1 200 "))
        }
        close(connection)
    }

    @Test func aPortInUseIsSaidClearly() async throws {
        try await withServer { port in
            let error = await #expect(throws: ListeningError.self) {
                try await server(port: port, onBound: { _ in }).run()
            }
            #expect(
                error?.description == "the admin server can not listen on 127.0.0.1:\(port): another process has that "
                    + "port; choose another REMINDERS_ADMIN_PORT")
        }
    }
}
