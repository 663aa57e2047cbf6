import Logging

/// Something a process has to get done, however long that is impossible: it is tried again after growing pauses, says in
/// the log when it begins to fail and when it succeeds again, and tells readiness what is wrong meanwhile.
///
/// One duty may be at several batches at once; they share their failures and their lines in the log. What fails for
/// good (`FailureKind.final`) is not the duty's: it is thrown, or set aside.
public final class Duty: Sendable {
    private struct State {
        var backoff: Backoff
        var outage = Outage()
        var reason: String?
        var failedAt: ContinuousClock.Instant?
        var isOverdueAt: ContinuousClock.Instant?
    }

    /// What it is, in one or two words, for logs and readiness: `deciding`.
    public let name: String
    private let logger: Logger
    private let fading: Duration?
    private let state: Locked<State>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let sleep: @Sendable (Duration) async throws -> Void

    /// A duty that has not failed yet.
    ///
    /// - Parameters:
    ///   - name: one or two words.
    ///   - first: the longest pause after the first failure.
    ///   - longest: the longest pause at all.
    ///   - fading: how long after a failure it is in trouble, for what is only tried when somebody asks for it: whoever
    ///     waits for readiness before asking would wait for ever. nil: until it succeeds.
    ///   - logger: learns when it begins to fail, once a minute that it still does, and when it succeeds again.
    ///   - now: the time, for tests.
    ///   - sleep: how pauses pass, for tests.
    public init(
        _ name: String, first: Duration = .milliseconds(200), longest: Duration = .seconds(5),
        fading: Duration? = nil, logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.name = name
        self.logger = logger
        self.fading = fading
        state = Locked(State(backoff: Backoff(first: first, longest: longest)))
        self.now = now
        self.sleep = sleep
    }

    // MARK: Readiness

    /// Why it is not done at present: its last try failed, or it should have been looked after by now. nil when all is
    /// well.
    public var trouble: String? {
        let now = now()
        return state.withLock { state in
            if let reason = state.reason, let since = state.outage.since, !hasFaded(state, now) {
                return "fails since \((now - since).wholeSeconds) s: \(reason)"
            }
            if let due = state.isOverdueAt, due < now {
                return "should have been done \((now - due).wholeSeconds) s ago"
            }
            return nil
        }
    }

    private func hasFaded(_ state: State, _ now: ContinuousClock.Instant) -> Bool {
        guard let fading, let failedAt = state.failedAt else { return false }
        return failedAt + fading < now
    }

    /// From now on it counts as overdue when it was not done again within `duration`. To be said at each turn of a loop.
    public func isExpected(within duration: Duration) {
        let due = now() + duration
        state.withLock { $0.isOverdueAt = due }
    }

    // MARK: Trying

    /// What one try came to.
    public enum Try<Value> {
        /// It is done.
        case done(Value)
        /// It failed, and may be tried again after the pause.
        case failed(pause: Duration)
    }

    /// Tries once. Whatever fails counts as passing.
    nonisolated(nonsending) public func attempt<Value>(
        metadata: Logger.Metadata = [:], _ body: nonisolated(nonsending) () async throws -> Value
    ) async -> Try<Value> {
        do {
            let value = try await body()
            succeeded()
            return .done(value)
        } catch {
            // Whoever cancelled wants no more of it, and that is no failure.
            return .failed(pause: Task.isCancelled ? .zero : failed(error, metadata))
        }
    }

    /// Tries until it is done.
    ///
    /// - Parameter metadata: facts for the line in the log, such as a count.
    /// - Returns: nil when the task was cancelled before.
    /// - Throws: what fails for good.
    nonisolated(nonsending) public func retrying<Value>(
        metadata: Logger.Metadata = [:], _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value? {
        while true {
            do {
                let value = try await body()
                succeeded()
                return value
            } catch {
                if FailureKind(of: error) == .final { throw error }
                let pause = failed(error, metadata)
                do { try await sleep(pause) } catch { return nil }
            }
        }
    }

    /// What became of a batch.
    public struct Parts<Element: Sendable, Value: Sendable>: Sendable {
        /// What was done, in the order of the batch: mostly all of it at once.
        public var done: [(elements: [Element], value: Value)] = []
        /// What will never be done, and why.
        public var refused: [(element: Element, error: any Error)] = []
        /// What was not done because the task was cancelled.
        public var left: [Element] = []
    }

    /// Tries until a batch is done. Where that fails for good, its halves are tried, down to the single elements that
    /// are at fault: so one of them does not hold up the others.
    nonisolated(nonsending) public func inParts<Element: Sendable, Value: Sendable>(
        _ batch: [Element], _ body: nonisolated(nonsending) ([Element]) async throws -> Value
    ) async -> Parts<Element, Value> {
        var parts = Parts<Element, Value>()
        var halving = Halving(batch)
        while let part = halving.next() {
            do {
                guard let value = try await retrying(metadata: ["count": "\(part.count)"], { try await body(part) })
                else {
                    parts.left = part + halving.rest
                    break
                }
                parts.done.append((part, value))
            } catch {
                if let element = halving.refused() { parts.refused.append((element, error)) }
            }
        }
        return parts
    }

    // MARK: Noting

    /// A try has failed, of what is not tried here.
    ///
    /// - Returns: how long to wait before the next one.
    public func failed(_ error: any Error, _ metadata: Logger.Metadata = [:]) -> Duration {
        let now = now()
        let reason = "\(error)"
        let (line, pause) = state.withLock { state in
            state.reason = reason
            state.failedAt = now
            return (state.outage.failed(at: now), state.backoff.next())
        }
        var facts = metadata
        facts["duty"] = "\(name)"
        facts["error"] = "\(reason)"
        switch line {
        case .began: logger.error("Work fails and is tried again", metadata: facts)
        case .goesOn(let failures, let lasting):
            facts["failures"] = "\(failures)"
            facts["seconds"] = "\(lasting.wholeSeconds)"
            logger.error("Work still fails", metadata: facts)
        case .ended, nil: break
        }
        return pause
    }

    /// A try has succeeded, of what is not tried here.
    public func succeeded() {
        let now = now()
        let line = state.withLock { state in
            state.backoff.reset()
            return state.outage.succeeded(at: now)
        }
        guard case .ended(let failures, let lasted) = line else { return }
        logger.notice(
            "Work succeeds again",
            metadata: ["duty": "\(name)", "failures": "\(failures)", "seconds": "\(lasted.wholeSeconds)"])
    }
}

extension Duration {
    /// The duration in seconds, what is less than one being cut off.
    public var wholeSeconds: Int64 { components.seconds }
}
