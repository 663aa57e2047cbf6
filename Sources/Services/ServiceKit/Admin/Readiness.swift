import Synchronization

/// Whether the process should be given work, and if not, why. Anything that can make it unready registers a check.
public final class ReadinessChecks: Sendable {
    /// The stages of a process.
    public enum Phase: String, Sendable, Comparable {
        /// Not everything has started.
        case starting
        /// It works if its checks are fine.
        case running
        /// It was asked to stop and takes no more.
        case draining

        private var order: Int {
            switch self {
            case .starting: 0
            case .running: 1
            case .draining: 2
            }
        }

        /// The order in time.
        public static func < (left: Phase, right: Phase) -> Bool {
            left.order < right.order
        }
    }

    private struct State {
        var phase = Phase.starting
        var checks: [ReadinessCheck] = []
    }

    private let state = Mutex(State())
    private let limit: Duration

    /// Starts in the phase `starting`, without checks.
    ///
    /// - Parameter limit: how long one check may take before it counts as failing.
    public init(limit: Duration = .seconds(2)) {
        self.limit = limit
    }

    /// The current phase.
    public var phase: Phase {
        state.withLock { $0.phase }
    }

    /// Goes on to a later phase; there is no way back.
    func enter(_ phase: Phase) {
        state.withLock { $0.phase = max($0.phase, phase) }
    }

    /// Adds a check that is asked for each report. It must not change anything, and be quick.
    ///
    /// - Parameters:
    ///   - name: one word, such as `database`.
    ///   - check: the answer; a reason must hold no secret, everybody who reaches the admin port can read it.
    public func register(_ name: String, _ check: @escaping @Sendable () async -> Readiness) {
        let limit = limit
        state.withLock { $0.checks.append(ReadinessCheck(name: name, limit: limit, check: check)) }
    }

    /// Adds a check whose answer is set when it changes, by whoever knows.
    ///
    /// - Parameters:
    ///   - name: one word, such as `broker`.
    ///   - reason: why it is not ready yet.
    public func flag(_ name: String, initially reason: String) -> ReadinessFlag {
        let flag = ReadinessFlag(.failing(reason))
        register(name) { flag.readiness }
        return flag
    }

    /// Asks all checks at the same time.
    public func report() async -> ReadinessReport {
        let (phase, checks) = state.withLock { ($0.phase, $0.checks) }
        var answers: [Int: Readiness] = [:]
        await withTaskGroup(of: (Int, Readiness).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await check.answer()) }
            }
            for await (index, answer) in group { answers[index] = answer }
        }
        let results = checks.enumerated().map { index, check in
            ReadinessReport.Result(name: check.name, readiness: answers[index] ?? .failing("no answer"))
        }
        return ReadinessReport(phase: phase, results: results)
    }
}

/// The answer of one check.
public enum Readiness: Sendable, Hashable {
    /// It can work.
    case ok
    /// It can not, for this reason.
    case failing(String)

    /// Fine without a reason against it.
    public init(failing reason: String?) {
        self = reason.map(Readiness.failing) ?? .ok
    }
}

/// A check whose answer is set when it changes.
public final class ReadinessFlag: Sendable {
    private let value: Mutex<Readiness>

    init(_ readiness: Readiness) {
        value = Mutex(readiness)
    }

    /// The current answer.
    public var readiness: Readiness {
        value.withLock { $0 }
    }

    /// Sets the answer.
    public func set(_ readiness: Readiness) {
        value.withLock { $0 = readiness }
    }
}

/// What all checks answered at one moment.
public struct ReadinessReport: Sendable, Equatable {
    /// The answer of one check.
    public struct Result: Sendable, Equatable {
        /// The name of the check.
        public let name: String
        /// Its answer.
        public let readiness: Readiness
    }

    /// The stage of the process.
    public let phase: ReadinessChecks.Phase
    /// The answers in the order in which the checks were registered.
    public let results: [Result]

    /// Whether the process should be given work.
    public var isReady: Bool {
        phase == .running && results.allSatisfy { $0.readiness == .ok }
    }

    /// The report as Kubernetes' own servers write theirs: `[+]database ok`, `[-]broker failing: …`.
    ///
    /// - Parameter isVerbose: whether to name what is fine, too.
    public func text(isVerbose: Bool) -> String {
        var lines: [String] = []
        if phase != .running { lines.append("[-]service \(phase.rawValue)") }
        for result in results {
            switch result.readiness {
            case .ok where isVerbose: lines.append("[+]\(result.name) ok")
            case .ok: break
            case .failing(let reason): lines.append("[-]\(result.name) failing: \(reason)")
            }
        }
        lines.append(isReady ? "ready" : "not ready")
        return lines.joined(separator: "\n") + "\n"
    }
}

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
        return await firstAnswer(
            within: limit, otherwise: .failing("no answer within \(DurationText.text(limit))")
        ) { [self] in
            let answer = await check()
            isAsked.withLock { $0 = false }
            return answer
        }
    }
}
