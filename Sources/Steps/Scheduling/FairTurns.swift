import RemindersDomain
import RemindersStore

/// Sees to it that whoever has much due waits for themselves: pure.
///
/// As long as all that is due fits a batch there is nothing to share. When a batch is full, everybody who takes more than
/// their share of it is crowded: from then on theirs is read apart, so that what is due of all others comes first.
struct FairTurns: Sendable {
    /// Reading past what is due of the crowded takes the longer the more that is: it may take this part of the time.
    private static let pauseForEachLook = 4
    private static let mostCrowded = 100

    private let limit: Int
    /// Whose reminders are read apart, in the order of their names.
    private(set) var crowded: [OpaqueID] = []
    private var nextLook: ContinuousClock.Instant?

    /// - Parameter limit: how many reminders a batch has.
    init(limit: Int) {
        self.limit = limit
    }

    /// Of a batch without limits for anybody.
    private var share: Int { max(1, limit / 10) }

    /// How many of each crowded person go beside so many of others.
    func quota(beside others: Int) -> Int {
        max(1, max(limit - others, limit / 2) / max(1, crowded.count))
    }

    /// Whether it is time to look at the others again.
    func mayLookAtOthers(_ now: ContinuousClock.Instant) -> Bool {
        crowded.isEmpty || nextLook.map { $0 <= now } ?? true
    }

    /// Notes what was read of all who are not crowded, and how long that took.
    mutating func noteOthers(_ batch: DueBatch, took: Duration, now: ContinuousClock.Instant) {
        if !crowded.isEmpty { nextLook = now + took * FairTurns.pauseForEachLook }
        guard batch.count >= limit else { return }
        let more = batch.countByTurn.filter { $0.value > share }.keys
        crowded = Array(Set(crowded).union(more).sorted().prefix(FairTurns.mostCrowded))
    }

    /// Notes what was read of the crowded: who has less than their quota left is not crowded any more.
    mutating func noteCrowded(_ batch: DueBatch, quota: Int) {
        let counts = batch.countByTurn
        crowded.removeAll { counts[$0, default: 0] < quota }
        if crowded.isEmpty { nextLook = nil }
    }

    /// The first of everybody, then the second, and so on, each person's in their order: what takes long to plan holds up
    /// only whose it is.
    static func inTurn(_ reminders: [DueReminder]) -> [DueReminder] {
        var rounds: [[DueReminder]] = []
        var roundOf: [OpaqueID: Int] = [:]
        for reminder in reminders {
            let round = roundOf[reminder.turnOf, default: 0]
            roundOf[reminder.turnOf] = round + 1
            if round == rounds.count { rounds.append([]) }
            rounds[round].append(reminder)
        }
        return Array(rounds.joined())
    }
}

/// What was claimed in masses and is not decided about yet: of those who are read apart, and of what triggers queued: pure.
///
/// Decisions are made in the order in which occurrences were published. Whoever publishes faster than is decided puts a line
/// before everybody's next reminder, so of theirs only so much is on its way at a time as is decided about in a moment.
struct CrowdUnderWay: Sendable {
    /// A batch may have become a dead letter, or its rate-limiters be away: after this it counts no more.
    static let patience = Duration.seconds(10)
    /// Of occurrences; the batch that reaches it is claimed as a whole.
    static let most = 1_000

    private struct Batch {
        let end: Int64
        let count: Int
        let since: ContinuousClock.Instant
    }

    private var batches: [Batch] = []

    /// The last occurrence of each batch: when that is decided about, so is the rest.
    var ends: [Int64] { batches.map(\.end) }

    /// Whether another batch may follow.
    var hasRoom: Bool { batches.reduce(0) { $0 + $1.count } < CrowdUnderWay.most }

    /// Notes a batch that is about to be published.
    mutating func note(_ occurrences: [Int64], now: ContinuousClock.Instant) {
        guard let end = occurrences.max() else { return }
        batches.append(Batch(end: end, count: occurrences.count, since: now))
    }

    /// Keeps the batches that end with these, which are not decided about.
    mutating func keep(_ undecided: Set<Int64>, now: ContinuousClock.Instant) {
        batches.removeAll { !undecided.contains($0.end) || now - $0.since >= CrowdUnderWay.patience }
    }
}
