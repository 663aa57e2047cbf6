import Synchronization

/// One check, asked by at most one caller at a time: one that hangs must not pile up with every probe.
final class ReadinessCheck: Sendable {
    let name: String
    private let limit: Duration
    private let check: @Sendable () async -> Readiness
    private let isAsked = Mutex(false)

    init(name: String, limit: Duration, check: @escaping @Sendable () async -> Readiness) {
        self.name = name
        self.limit = limit
        self.check = check
    }

    /// The answer of the check, or that it has none in time.
    func answer() async -> Readiness {
        let isFree = isAsked.withLock { isAsked in
            defer { isAsked = true }
            return !isAsked
        }
        guard isFree else { return .failing("has not answered the last question yet") }
        let limit = limit
        return await withCheckedContinuation { continuation in
            let first = FirstAnswer(continuation)
            let timer = Task {
                try await Task.sleep(for: limit)
                first.give(.failing("no answer within \(DurationText.text(limit))"))
            }
            Task {
                let answer = await check()
                isAsked.withLock { $0 = false }
                timer.cancel()
                first.give(answer)
            }
        }
    }
}

/// Resumes a continuation with the first of several answers.
final class FirstAnswer<Answer: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Answer, Never>?>

    init(_ continuation: CheckedContinuation<Answer, Never>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ answer: Answer) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: answer)
    }
}
