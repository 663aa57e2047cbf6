import Hummingbird
import Metrics
import Synchronization

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
