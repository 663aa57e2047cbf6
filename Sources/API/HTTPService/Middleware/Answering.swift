import Hummingbird
import Logging
import Metrics
import NIOCore
import Synchronization

/// The outermost layer: names the request, sets its limits, measures it, and gives the answer what every one has. Only
/// answers that say a service failed, and slow ones, are worth a line in the log.
struct Answering: RouterMiddleware {
    private let configuration: HTTPServerConfiguration
    private let activity: Activity
    private let logger: Logger
    private let durations = RequestDurations()

    init(configuration: HTTPServerConfiguration, activity: Activity, logger: Logger) {
        self.configuration = configuration
        self.activity = activity
        self.logger = logger
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        activity.begin()
        defer { activity.end() }
        let began = ContinuousClock.now
        var context = context
        context.bodyLimit = configuration.bodyLimit
        context.depthLimit = configuration.depthLimit
        context.cursors = configuration.cursors
        if let given = request.headers[.requestID], Self.isName(given) { context.requestID = given }
        context.logger = logger
        context.logger[metadataKey: "request.id"] = "\(context.requestID)"

        var response = try await next(request, context)
        let duration = ContinuousClock.now - began
        note(request, context, response.status, duration)
        response.headers[.requestID] = context.requestID
        response.headers.addSecurity()
        if request.method == .head { return response.createHeadResponse() }
        return response
    }

    private func note(
        _ request: Request, _ context: APIContext, _ status: HTTPResponse.Status, _ duration: Duration
    ) {
        // The pattern, not the path: as many series as there are routes, whatever is asked for.
        let route = context.endpointPath ?? "none"
        durations.record(duration, method: request.method, route: route, status: status.code)
        let isSlow = duration > configuration.slow
        // Not being ready is an answer, and one that is asked for every few seconds.
        guard status.kind == .serverError && route != HealthRoutes.readiness || isSlow else { return }
        context.logger.log(
            level: status.kind == .serverError ? .error : .warning, isSlow ? "Slow answer" : "Request failed",
            metadata: [
                "http.method": "\(request.method)", "http.route": "\(route)", "http.status": "\(status.code)",
                "http.milliseconds": "\(duration / .milliseconds(1))",
            ])
    }

    /// Names of others are taken as long as they do no harm to log and header.
    private static func isName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

/// `http_server_request_duration_seconds` by method, route and status. A timer is made once for each combination.
final class RequestDurations: Sendable {
    private struct Series: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private let timers = Mutex<[Series: Timer]>([:])
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    func record(_ duration: Duration, method: HTTPRequest.Method, route: String, status: Int) {
        // Anybody can make up methods; each would stay for the life of the process.
        let method = Self.methods.contains(method.rawValue) ? method.rawValue : "other"
        let series = Series(method: method, route: route, status: status)
        let timer = timers.withLock { timers in
            if let timer = timers[series] { return timer }
            let timer = Timer(
                label: "http.server.request.duration",
                dimensions: [("method", method), ("route", route), ("status", "\(status)")])
            timers[series] = timer
            return timer
        }
        timer.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }
}

extension HTTPFields {
    /// What every answer says about itself, unless it says otherwise already.
    mutating func addSecurity() {
        if self[.contentSecurityPolicy] == nil {
            self[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        self[.xContentTypeOptions] = "nosniff"
        self[.referrerPolicy] = "no-referrer"
    }
}

extension HeaderName {
    static let referrerPolicy = HeaderName("Referrer-Policy").unsafelyUnwrapped
}

/// The Content-Security-Policy of the pages: scripts, styles and images of their own, and calls to where they must.
struct PagePolicy: Sendable {
    let text: String

    /// - Parameter connectOrigins: origins that pages may call beside their own.
    init(connectOrigins: [String]) {
        let connect = (["'self'"] + connectOrigins).joined(separator: " ")
        text =
            "default-src 'self'; require-trusted-types-for 'script'; connect-src \(connect); frame-ancestors 'none'; "
            + "base-uri 'none'; form-action 'self'"
    }
}
