/// One recipient's permits, and the line of those who wait for one: how a batch of decisions leaves them, and what leaves
/// together.
///
/// The rate-limiter runs it on what it has read, to act; a forecast runs it on as time passes. What one decision takes or
/// leaves (a permit, a place in the line, room in a digest) the next one sees. What others cause has permits and a line of its
/// own, and leaves in the same digests.
public struct WaitingLine: Sendable {
    /// One occurrence that a batch is about.
    public struct Entry: Sendable {
        /// What a decision about it weighs. The line fills in the ledger, the permits granted and the place in the line;
        /// of `permits` only `holdsPermit` is read.
        public var facts: DecisionFacts
        /// The channels on which it waits; empty for one that was never decided about.
        public var holds: [Hold]
        /// It was never decided about.
        public var isNew: Bool
        /// How much room it takes in a digest, in bytes; asked only when it leaves in one. nil is none.
        public var digestBytes: (@Sendable () -> Int)?

        /// An occurrence, to be decided about for the first time or again.
        public init(
            facts: DecisionFacts, holds: [Hold], isNew: Bool, digestBytes: (@Sendable () -> Int)? = nil
        ) {
            self.facts = facts
            self.holds = holds
            self.isNew = isNew
            self.digestBytes = digestBytes
        }
    }

    /// A channel on which an occurrence waits.
    public struct Hold: Hashable, Sendable {
        /// Which channel.
        public var channel: ChannelKind
        /// Why; nil for a reason that nothing leaves together for.
        public var reason: HoldReason?
        /// Its time has come.
        public var isOver: Bool

        /// A hold on a channel.
        public init(channel: ChannelKind, reason: HoldReason?, isOver: Bool) {
            self.channel = channel
            self.reason = reason
            self.isOver = isOver
        }
    }

    /// What was decided about an entry.
    public struct Turn: Sendable {
        /// Which entry of the batch.
        public let entry: Int
        /// The decision; of one that was looked at before its time without what stays as it is.
        public let decision: DeliveryDecision
        /// What is sent leaves together with others.
        public let isDigested: Bool
        /// What is sent begins a new digest.
        public let beginsDigest: Bool
        /// Its time had not come: it leaves because something else does.
        public let isEarly: Bool
    }

    /// When somebody who waits may come for a permit.
    public struct Call: Hashable, Sendable {
        /// The occurrence.
        public let occurrence: Int64
        /// The slot; no later than the one it was given before, as far as anybody can know now.
        public let slot: Instant
    }

    private struct Permit {
        var occurrence: Int64?
        let at: Instant
        let kind: PermitKind
    }

    private struct Digest {
        var occurrences: Set<Int64>
        var bytes: Int
    }

    private let switches: DecisionFacts.Switches
    private let digestBytes: Int
    /// How long a permit is remembered: whoever reads them reads a second more than the window.
    private let memory: Duration
    private var permits: [Permit]
    private var line: [Int64]
    private var lineOfOthers: [Int64]
    private var digest: Digest?

    /// A line as it was found.
    ///
    /// - Parameters:
    ///   - granted: when permits were granted to the recipient, in any order; at least the latest `reach`.
    ///   - grantedToOthers: the same of permits for what others cause.
    ///   - waiting: the occurrences that wait for the limit, those due first in front; at least the first `reach`.
    ///   - waitingOfOthers: the same of those that wait for the limit of what others cause.
    ///   - digestBytes: how much one digest takes at most.
    public init(
        switches: DecisionFacts.Switches, granted: [Instant], grantedToOthers: [Instant] = [], waiting: [Int64] = [],
        waitingOfOthers: [Int64] = [], digestBytes: Int = .max
    ) {
        self.switches = switches
        self.digestBytes = digestBytes
        memory = (switches.limit?.length ?? .seconds(3_600)) + .seconds(1)
        permits = granted.map { Permit(occurrence: nil, at: $0, kind: .own) }
        for at in grantedToOthers { permits.append(Permit(occurrence: nil, at: at, kind: .others)) }
        (line, lineOfOthers) = (waiting, waitingOfOthers)
    }

    /// How many permits, and how many of those who wait, matter to a batch: what is further back is known to be behind
    /// so many, which is all it needs to wait on. Its slot is then a lower bound, and it is decided about again when that
    /// has come.
    ///
    /// More than a batch can take away from the front and still leave those who are called forward.
    public static func reach(_ switches: DecisionFacts.Switches) -> Int {
        let window = min(switches.limit?.limit ?? 0, 1_000_000)
        return max(1_000, window * (switches.overflow == .digest ? DigestLimit.reminders : 1) + 512)
    }

    /// Who waits, as it is found when the next batch begins.
    mutating func lineUp(_ waiting: [Int64], ofOthers: [Int64]) {
        (line, lineOfOthers) = (waiting, ofOthers)
    }

    /// Decides about a batch, in its order: those due first in front.
    ///
    /// - Parameter digested: why deliveries wait that leave together when one of them does; none where nothing is being
    ///   released.
    /// - Returns: the turns: first of what is new and of what has waited long enough, then of what leaves with that.
    public mutating func decide(_ entries: [Entry], digested: Set<HoldReason>, at now: Instant) -> [Turn] {
        digest = nil
        var turns: [Turn] = []
        turns.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            if entry.isNew {
                let decision = Decision.decide(facts(of: entry, at: now))
                keep(decision, of: entry, at: now)
                turns.append(
                    Turn(entry: index, decision: decision, isDigested: false, beginsDigest: false, isEarly: false))
            } else if let turn = again(index, entry, digested, isEarly: false, at: now) {
                turns.append(turn)
            }
        }
        guard digest != nil else { return turns }
        for (index, entry) in entries.enumerated() where canJoin && !entry.isNew {
            if let turn = again(index, entry, digested, isEarly: true, at: now) { turns.append(turn) }
        }
        return turns
    }

    /// When the first in line may come for the first slots there are. The times they were given before may be too late:
    /// others were expected to go ahead of them, who were withdrawn, put off or fell into quiet hours since.
    ///
    /// No more than a window's worth, or one digest: those behind can't have a slot before the first of these have
    /// theirs, and every decision about one of these calls the next ones forward.
    public func calledForward(at now: Instant) -> [Call] {
        calledForward(.own, line, at: now) + calledForward(.others, lineOfOthers, at: now)
    }

    private func calledForward(_ kind: PermitKind, _ line: [Int64], at now: Instant) -> [Call] {
        guard let window = switches.limit, !line.isEmpty else { return [] }
        let isDigest = switches.overflow == .digest
        let granted = granted(kind, at: now)
        return line.prefix(isDigest ? DigestLimit.reminders : window.limit).enumerated().map { place, occurrence in
            let answer = window.answer(granted: granted, heldAhead: isDigest ? 0 : place, now: now)
            if case .nextSlot(let slot) = answer { return Call(occurrence: occurrence, slot: slot) }
            return Call(occurrence: occurrence, slot: now)
        }
    }

    // MARK: - one decision

    /// - Parameter isEarly: decides about what waits still, if something of it leaves with others; else about what has
    ///   waited long enough.
    private mutating func again(
        _ index: Int, _ entry: Entry, _ digested: Set<HoldReason>, isEarly: Bool, at now: Instant
    ) -> Turn? {
        let open = entry.holds.filter { $0.isOver != isEarly }
        let isDigested = open.contains { $0.reason.map(digested.contains) ?? false }
        guard !open.isEmpty, isDigested || !isEarly else { return nil }
        var facts = facts(of: entry, at: now)
        facts.ledger = .init(open: ChannelSet(open.map(\.channel)), heldUntil: now)
        facts.permits.sharesPermit = isDigested && canJoin
        var decision = Decision.decide(facts)
        if isEarly {
            // What can't leave with the others stays as it is.
            decision = decision.withoutHolds
            guard !decision.verdicts.isEmpty else { return nil }
        }
        var beginsDigest = false
        if isDigested, !decision.sent.isEmpty {
            beginsDigest = !canJoin
            if beginsDigest { digest = Digest(occurrences: [], bytes: 0) }
            if digest?.occurrences.insert(entry.facts.occurrence.id).inserted == true {
                digest?.bytes += entry.digestBytes?() ?? 0
            }
        }
        keep(decision, of: entry, at: now)
        return Turn(
            entry: index, decision: decision, isDigested: isDigested, beginsDigest: beginsDigest, isEarly: isEarly)
    }

    /// Whether something leaves in this batch that more can leave with.
    private var canJoin: Bool {
        digest.map { $0.occurrences.count < DigestLimit.reminders && $0.bytes < digestBytes } ?? false
    }

    private func facts(of entry: Entry, at now: Instant) -> DecisionFacts {
        let id = entry.facts.occurrence.id
        var facts = entry.facts
        let kind = facts.permitKind
        let line = kind == .own ? line : lineOfOthers
        let granted = granted(kind, at: now)
        facts.now = now
        facts.ledger = nil
        facts.permits = .init(
            granted: kind == .own ? granted : [], grantedToOthers: kind == .own ? [] : granted,
            holdsPermit: entry.facts.permits.holdsPermit
                || permits.contains { $0.occurrence == id && $0.at + memory > now },
            heldAhead: line.firstIndex(of: id) ?? line.count)
        return facts
    }

    /// Takes the permit, and keeps the line as a decision leaves it.
    private mutating func keep(_ decision: DeliveryDecision, of entry: Entry, at now: Instant) {
        let id = entry.facts.occurrence.id
        let kind = entry.facts.permitKind
        if let kind = decision.permit { permits.append(Permit(occurrence: id, at: now, kind: kind)) }
        let waits = decision.verdicts.contains { verdict in
            if case .hold(_, let reason) = verdict.verdict { reason == kind.holdReason } else { false }
        }
        keep(id, in: &line, waits && kind == .own)
        keep(id, in: &lineOfOthers, waits && kind == .others)
    }

    private func keep(_ id: Int64, in line: inout [Int64], _ waits: Bool) {
        if !waits, line.isEmpty { return }
        let place = line.firstIndex(of: id)
        if waits, place == nil { line.append(id) }
        if !waits, let place { line.remove(at: place) }
    }

    /// When the permits were granted that count for one of this kind.
    private func granted(_ kind: PermitKind, at now: Instant) -> [Instant] {
        permits.lazy.filter { !switches.countsOwnApart || $0.kind == kind }.map(\.at).filter { $0 + memory > now }
    }

    /// Says whose the latest permit of a kind is: it serves its occurrence longest.
    mutating func giveLatestPermit(of kind: PermitKind, to occurrence: Int64) {
        let candidates = permits.indices.filter { permits[$0].kind == kind }
        guard let latest = candidates.max(by: { permits[$0].at < permits[$1].at }) else { return }
        permits[latest].occurrence = occurrence
    }
}
