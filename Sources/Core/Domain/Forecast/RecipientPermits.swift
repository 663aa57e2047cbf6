/// The permits of one recipient, as time passes.
struct RecipientPermits {
    private var permits: [(occurrence: Int64?, at: Instant)]
    private let memory: Duration

    /// Those that a decision about an occurrence would find now.
    init(_ facts: DecisionFacts) {
        // The Store reads a second more than the window.
        memory = (facts.switches.limit?.length ?? .seconds(3_600)) + .seconds(1)
        permits = facts.permits.granted.map { (occurrence: nil, at: $0) }
        // Which of them is its own isn't among the facts: the latest serves it longest.
        if facts.permits.holdsPermit, let own = permits.indices.max(by: { permits[$0].at < permits[$1].at }) {
            permits[own].occurrence = facts.occurrence.id
        }
    }

    mutating func grant(to occurrence: Int64, at moment: Instant) {
        permits.append((occurrence: occurrence, at: moment))
    }

    mutating func facts(of occurrence: Int64, at moment: Instant, heldAhead: Int) -> DecisionFacts.PermitFacts {
        permits.removeAll { $0.at + memory <= moment }
        return .init(
            granted: permits.map(\.at), holdsPermit: permits.contains { $0.occurrence == occurrence },
            heldAhead: heldAhead)
    }

    /// When those were granted that a decision at `moment` finds.
    func granted(at moment: Instant) -> [Instant] {
        permits.lazy.map(\.at).filter { $0 + memory > moment }
    }
}
