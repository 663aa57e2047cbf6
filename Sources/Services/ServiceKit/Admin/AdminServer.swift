import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import RemindersGround
import RemindersHTTPConnections
import ServiceLifecycle

/// Serves `/livez`, `/readyz` and `/metrics`.
///
/// It asks for no password, so it belongs on loopback or a private network. It has one thread, few connections and
/// refuses requests with a body: a service must stay small whatever asks it.
public struct AdminServer: Service {
    private static let connectionLimit = 32
    private static let headerLimit = 8192
    /// One thread for the life of the process. NIO's own group would take one for each core.
    private static let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let host: String
    private let port: Int
    private let responder: AdminResponder
    private let logger: Logger
    private let onBound: @Sendable (Int) -> Void

    /// Sets up a server that starts with `run()`.
    ///
    /// - Parameters:
    ///   - host: the address to listen on.
    ///   - port: the port; 0 takes a free one.
    ///   - responder: what to answer.
    ///   - logger: learns the address.
    ///   - onBound: learns the port once connections are taken.
    init(
        host: String, port: Int, responder: AdminResponder, logger: Logger,
        onBound: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.responder = responder
        self.logger = logger
        self.onBound = onBound
    }

    /// Listens until graceful shutdown.
    ///
    /// - Throws: `ListeningError` when the address can not be had.
    public func run() async throws {
        do {
            try await application().run()
        } catch let error as IOError {
            throw ListeningError(
                "the admin server", host: host, port: port, errno: error.errnoCode,
                settings: ("REMINDERS_ADMIN_HOST", "REMINDERS_ADMIN_PORT"))
        }
    }

    private func application() -> Application<CallbackResponder<BasicRequestContext>> {
        // Hummingbird tells of each start and of connections that break; our own line says where it listens.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        let limits = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: Self.headerLimit, maxHeaderListSize: Self.headerLimit, maxHeaderFieldCount: 64)
        let register = ConnectionRegister(limit: Self.connectionLimit)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(register: register, times: ConnectionTimes()) { refusal in
                    let answer = AdminResponder.Answer(status: refusal.status.code, body: "\(refusal.detail)\n")
                    return (Self.response(answer, isLast: true).head, ByteBuffer(string: answer.body))
                }
            ],
            idleTimeout: .seconds(60), httpDecoderConfiguration: limits)
        return Application(
            responder: CallbackResponder { request, _ in await respond(to: request) },
            server: .http1(configuration: channel),
            configuration: .init(
                address: .hostname(host, port: port), backlog: 32,
                availableConnectionsDelegate: ConnectionGate(register)),
            onServerRunning: { channel in
                let bound = channel.localAddress?.port ?? port
                logger.info("Admin server listens", metadata: ["admin.url": "http://\(host):\(bound)"])
                onBound(bound)
            },
            eventLoopGroupProvider: .shared(Self.thread),
            logger: quiet)
    }

    private func respond(to request: Request) async -> Response {
        let hasBody = request.headers[.contentLength].map { $0 != "0" } ?? false
        if hasBody || request.headers[.transferEncoding] != nil {
            return Self.response(.init(status: 413, body: "a request has no body here\n"), isLast: true)
        }
        let answer = await responder.answer(
            method: request.method.rawValue, path: request.uri.path, query: request.uri.query)
        return Self.response(answer, isLast: false)
    }

    private static func response(_ answer: AdminResponder.Answer, isLast: Bool) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        headers[.cacheControl] = "no-store"
        if isLast { headers[.connection] = "close" }
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: answer.body)))
    }
}

/// What the admin server says, without the server.
struct AdminResponder: Sendable {
    struct Answer: Sendable, Equatable {
        var status: Int
        var contentType = "text/plain; charset=utf-8"
        var body: String
    }

    let readiness: ReadinessChecks
    let metrics: PrometheusRegistry
    let process: ProcessMetrics

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - method: the method in capitals.
    ///   - path: without the query.
    ///   - query: behind the question mark, if there is one.
    func answer(method: String, path: String, query: String?) async -> Answer {
        guard method == "GET" || method == "HEAD" else { return Answer(status: 405, body: "only GET and HEAD\n") }
        switch path {
        case "/livez":
            return Answer(status: 200, body: "ok\n")
        case "/readyz":
            let report = await readiness.report()
            let isVerbose = query.map { $0.split(separator: "&").contains { $0.hasPrefix("verbose") } } ?? false
            return Answer(status: report.isReady ? 200 : 503, body: report.text(isVerbose: isVerbose))
        case "/metrics":
            let text = process.exposition() + metrics.exposition()
            return Answer(status: 200, contentType: ExpositionText.contentType, body: text)
        default:
            return Answer(status: 404, body: "there are /livez, /readyz, /readyz?verbose and /metrics\n")
        }
    }
}
