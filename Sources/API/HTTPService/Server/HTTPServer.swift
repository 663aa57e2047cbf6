import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import RemindersGround
import RemindersHTTPConnections
import RemindersTokens
import ServiceLifecycle
import Synchronization

/// Serves routes over HTTP/1.1, with everything around them: who asks, how much of it, what went wrong, and how it is
/// said. Every answer without success is `application/problem+json`.
///
/// ```swift
/// let server = HTTPServer(configuration: configuration, verifier: verifier, logger: logger) { router in
///     ReminderRoutes(store: store).add(to: router)
/// }
/// ```
///
/// On graceful shutdown it accepts nothing new, finishes what it has begun and returns.
public struct HTTPServer: Service {
    private let configuration: HTTPServerConfiguration
    private let responder: RouterResponder<APIContext>
    private let logger: Logger
    private let onBound: @Sendable (Int) -> Void
    private let activity = Activity()

    /// A server that starts with `run()`.
    ///
    /// - Parameters:
    ///   - verifier: tells whose the token of a request is.
    ///   - logger: learns where it listens, of answers 5xx and of slow ones.
    ///   - onBound: learns the port once connections are taken.
    ///   - routes: adds the routes. None of them sees a request with a bad token, or one too many of its user.
    public init(
        configuration: HTTPServerConfiguration, verifier: TokenVerifier, logger: Logger,
        onBound: @escaping @Sendable (Int) -> Void = { _ in }, routes: (APIRouter) -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onBound = onBound
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: Answering(configuration: configuration, activity: activity, logger: logger))
        router.add(middleware: CrossOrigin(allowed: configuration.allowedOrigins))
        router.add(middleware: Problems())
        router.add(middleware: Authentication(verifier: verifier))
        router.add(middleware: RateCap(limit: configuration.rate))
        routes(router)
        router.addMethodNotAllowed()
        responder = router.buildResponder()
    }

    /// What is being answered, for the log: "3 requests"; nil for nothing.
    public var remaining: String? {
        let count = activity.count
        return count == 0 ? nil : count == 1 ? "1 request" : "\(count) requests"
    }

    /// Listens until graceful shutdown.
    ///
    /// - Throws: `ListeningError` when the address can not be had.
    public func run() async throws {
        do {
            try await application().run()
        } catch let error as IOError {
            throw ListeningError(host: configuration.host, port: configuration.port, errno: error.errnoCode)
        }
    }

    /// The server as Hummingbird has it: for its test client.
    public func application() -> Application<RouterResponder<APIContext>> {
        // Hummingbird tells of each start and of connections that break; our own line says where it listens.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        let configuration = configuration
        let limits = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: configuration.headerLimit, maxHeaderListSize: configuration.headerLimit,
            maxHeaderFieldCount: 100)
        let room = ConnectionRegister.room
        let register = ConnectionRegister(limit: min(configuration.connectionLimit, room))
        let times = configuration.times
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(register: register, times: times) { Problem($0).answer }
            ],
            idleTimeout: TimeAmount(configuration.idleTimeout), httpDecoderConfiguration: limits)
        return Application(
            responder: responder, server: .http1(configuration: channel),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1_024,
                availableConnectionsDelegate: ConnectionGate(register)),
            onServerRunning: { [logger, onBound] channel in
                let bound = channel.localAddress?.port ?? configuration.port
                logger.info("HTTP server listens", metadata: ["http.url": "http://\(configuration.host):\(bound)"])
                if configuration.connectionLimit > room {
                    logger.warning(
                        "Fewer connections are taken than set, for the limit of open files is low",
                        metadata: [
                            "http.connections": "\(room)", "http.connections.set": "\(configuration.connectionLimit)",
                            "process.max_fds": "\(DescriptorLimit.current.count)",
                        ])
                }
                onBound(bound)
            },
            logger: quiet)
    }
}

/// How an HTTP server is set up.
public struct HTTPServerConfiguration: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    public var port = 8000
    /// Origins whose pages may call this server (`https://app.example.org`), or `*` for all. None by default.
    public var allowedOrigins: [String] = []
    /// Origins beside its own that pages served here may call.
    public var connectOrigins: [String] = []
    /// The most bytes of a request's body.
    public var bodyLimit = 65_536
    /// How deeply the JSON of a body may be nested.
    public var depthLimit = 16
    /// The most bytes of a request's head, and of one field of it.
    public var headerLimit = 16_384
    /// The most connections at a time, as far as the limit of open files leaves room for them (`DescriptorLimit`). When
    /// one more comes, the one that has been idle longest is closed; while none is idle, more wait to be accepted.
    public var connectionLimit = 1_000
    /// How long a connection may do nothing.
    public var idleTimeout = Duration.seconds(75)
    /// How long heads, requests and readers are waited for.
    public var times = ConnectionTimes()
    /// An answer that takes longer is logged.
    public var slow = Duration.seconds(1)
    /// How many requests a user may send.
    public var rate = RateCap.Limit()
    /// Signs the cursors of lists.
    public var cursors = CursorKey.ofThisProcess

    /// The defaults.
    public init() {}
}

extension Problem {
    /// The problem that a refused connection is told.
    init(_ refusal: RequestRefusal) {
        self.init(refusal.status, detail: refusal.detail)
    }

    /// As it is written to a connection when there is no request to answer.
    var answer: ConnectionGuard.Answer {
        var response = response(instance: "")
        response.headers.addSecurity()
        return (response.head, ByteBuffer(bytes: body(instance: "")))
    }
}

/// How many requests are being answered.
final class Activity: Sendable {
    private let running = Atomic(0)

    var count: Int { running.load(ordering: .relaxed) }

    func begin() {
        running.add(1, ordering: .relaxed)
    }

    func end() {
        running.subtract(1, ordering: .relaxed)
    }
}

/// What routes are added to.
public typealias APIRouter = Router<APIContext>
