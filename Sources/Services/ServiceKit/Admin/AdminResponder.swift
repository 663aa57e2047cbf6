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
