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
