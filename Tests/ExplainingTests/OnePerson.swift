import RemindersDomain

@testable import RemindersRateLimiting
@testable import RemindersStore

/// One person's ledger, permits and occurrences in memory, on which the rate-limiter's own batches are run as time
/// passes. What is requested is sent at once.
struct OnePerson {
    /// An occurrence with its reminder.
    struct Due {
        var id: Int64
        var dueAt: Instant
        var priority = Priority.normal
        var channels: [ChannelKind: Bool] = [:]
        var isActive = true
        var maximumLateness: Duration?
        var snoozedUntil: Instant?
        var isCausedByOther = false
    }

    /// A row of the ledger.
    struct Row {
        let id: DeliveryID
        var state: DeliveryState
        var reason: String?
        var releaseAt: Instant?
    }

    struct Key: Hashable {
        let occurrence: Int64
        let channel: ChannelKind
    }

    let preferred: [ChannelKind: Bool]?
    let quietHours: StoredQuietHours?
    let timeZone: String
    let policy: RateLimiter.Policy
    var now: Instant
    private(set) var dues: [Int64: Due] = [:]
    private(set) var rows: [Key: Row] = [:]
    private var permits: [(occurrence: Int64, at: Instant, kind: PermitKind)] = []
    /// How each delivery ended.
    private(set) var ends: [Key: Forecast.End] = [:]
    /// When something was decided about each occurrence.
    private(set) var turns: [Int64: [Instant]] = [:]

    init(
        preferred: [ChannelKind: Bool]?, quietHours: StoredQuietHours?, timeZone: String, policy: RateLimiter.Policy,
        now: Instant
    ) {
        self.preferred = preferred
        self.quietHours = quietHours
        self.timeZone = timeZone
        self.policy = policy
        self.now = now
    }

    private let recipient = Recipient.user("1")

    /// Makes an occurrence known; it is decided about by `decide`.
    mutating func add(_ due: Due) { dues[due.id] = due }

    /// Lets time pass until then, and releases what is due on the way.
    mutating func pass(until moment: Instant) {
        while let next = nextRelease, next <= moment {
            now = max(now, next)
            release()
        }
        now = max(now, moment)
    }

    var nextRelease: Instant? {
        rows.values.compactMap(\.releaseAt).filter { $0 < .distantFuture }.min()
    }

    private mutating func release() {
        let digested = policy.switches.digestedReasons
        var batch = Set(rows.filter { isReleasable($0.value) }.map(\.key.occurrence))
        let isDigest = rows.values.contains { isReleasable($0) && isDigested($0, digested) }
        if isDigest { batch.formUnion(rows.filter { isDigested($0.value, digested) }.map(\.key.occurrence)) }
        decide(Array(batch), isRelease: true)
    }

    private func isDigested(_ row: Row, _ reasons: Set<HoldReason>) -> Bool {
        row.state == .held && reasons.contains { $0.rawValue == row.reason }
    }

    private func isReleasable(_ row: Row) -> Bool { row.releaseAt.map { $0 <= now } ?? false }

    mutating func decide(_ ids: [Int64], isRelease: Bool = false) {
        let batch = DecisionBatch(
            now: now,
            facts: ids.compactMap { dues[$0] }.sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }.map(facts),
            deliveries: ledger(ids))
        var decision = BatchDecision(batch, policy: policy, isRelease: isRelease)
        decision.decide()
        for delivery in decision.writes.deliveries { write(delivery) }
        for occurrence in Set(decision.writes.deliveries.map(\.occurrenceID)) {
            turns[occurrence, default: []].append(now)
        }
        for permit in decision.writes.permits { permits.append((permit.occurrenceID, now, permit.kind)) }
        for (_, occurrence, releaseAt) in decision.writes.calledForward {
            for (key, row) in rows where key.occurrence == occurrence && row.state == .held {
                if row.reason == "rate_limited" || row.reason == "rate_limited_others" {
                    rows[key]?.releaseAt = row.releaseAt.map { min($0, releaseAt) }
                }
            }
        }
    }

    private mutating func write(_ delivery: DecidedDelivery) {
        let key = Key(occurrence: delivery.occurrenceID, channel: delivery.channel)
        var row = Row(id: delivery.id, state: delivery.state, reason: delivery.reason, releaseAt: delivery.releaseAt)
        switch delivery.state {
        case .held: row.releaseAt = delivery.releaseAt ?? .distantFuture
        case .requested:
            row = Row(id: delivery.id, state: .sent, reason: nil, releaseAt: nil)
            ends[key] = .sent(at: now)
        default:
            row.releaseAt = nil
            ends[key] = .init(state: delivery.state, reason: delivery.reason ?? "", at: now)
        }
        rows[key] = row
    }

    // MARK: - what is read

    func facts(_ due: Due) -> StoredFacts {
        let reach = now - (policy.switches.limit?.length ?? .seconds(3_600)) - .seconds(1)
        let granted = permits.filter { $0.at > reach }
        return StoredFacts(
            due: DueOccurrence(
                occurrenceID: due.id, reminderID: 1, trigger: .timeBased, dueAt: due.dueAt, oldStatus: nil,
                newStatus: nil, onlyRecipient: nil, deadline: nil, traceparent: nil, isSuperseded: false,
                title: "Follow up", message: nil, priority: due.priority,
                about: CaseReference(entityType: "case", id: "123"), reminderChannels: ChannelChoice(due.channels),
                overridesPreferences: false, isActive: due.isActive, isDeleted: false,
                maximumLateness: due.maximumLateness, recipients: [recipient],
                creator: due.isCausedByOther ? .user("2") : nil, caseIsKnown: false, caseTitle: nil,
                caseStatus: nil, caseURL: nil, caseDeadline: nil, caseIsClosed: false, caseIsDeleted: false),
            person: Addressee(
                recipient: recipient, userIsKnown: true, name: nil, email: "ada@example.org", mattermostName: "ada",
                locale: "en", timeZone: timeZone,
                preferredChannels: preferred.map { ChannelSet($0.filter(\.value).map(\.key)) }, quietHours: quietHours,
                permits: granted.filter { $0.kind == .own }.map(\.at),
                permitsOfOthers: granted.filter { $0.kind == .others }.map(\.at),
                permitHolders: Set(granted.map(\.occurrence)), heldForRate: line("rate_limited"),
                heldForRateOfOthers: line("rate_limited_others")),
            response: .init(snoozedUntil: due.snoozedUntil, isDismissed: false))
    }

    private func line(_ reason: String) -> [Int64] {
        let waiting = Set(
            rows.filter { $0.value.state == .held && $0.value.reason == reason }.map(\.key.occurrence))
        return waiting.compactMap { dues[$0] }.sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }.map(\.id)
    }

    private func ledger(_ ids: [Int64]) -> [OccurrenceRecipient: [StoredDelivery]] {
        var ledger: [OccurrenceRecipient: [StoredDelivery]] = [:]
        for (key, row) in rows where ids.contains(key.occurrence) {
            ledger[OccurrenceRecipient(occurrenceID: key.occurrence, recipient: recipient), default: []].append(
                StoredDelivery(
                    channel: key.channel, id: row.id, state: row.state, isReleasable: isReleasable(row),
                    reason: row.reason, isAwaited: row.releaseAt != nil, carrierOccurrenceID: nil, digestSize: 0))
        }
        return ledger
    }

    // MARK: - forecasts

    /// What waits now, as a forecast takes it.
    func waiting(_ due: Due) -> Forecast.Waiting {
        let holds = rows.filter { $0.key.occurrence == due.id && $0.value.state == .held }.map { key, row in
            Forecast.Waiting.Hold(
                channel: key.channel, reason: HoldReason(rawValue: row.reason ?? "") ?? .switchedOff,
                until: row.releaseAt == .distantFuture ? nil : row.releaseAt)
        }
        return .init(
            facts: DecisionFacts(facts(due), now: now, switches: policy.switches),
            holds: holds.sorted { $0.channel.rawValue < $1.channel.rawValue })
    }

    /// The occurrences that wait now.
    var held: [Due] {
        Set(rows.filter { $0.value.state == .held }.map(\.key.occurrence)).sorted().compactMap { dues[$0] }
    }

    /// How the open deliveries of an occurrence have ended, or what they wait for.
    func outcome(of occurrence: Int64) -> [ChannelKind: Forecast.End] {
        var outcome: [ChannelKind: Forecast.End] = [:]
        for (key, row) in rows where key.occurrence == occurrence {
            if row.state == .held {
                outcome[key.channel] = .waits(HoldReason(rawValue: row.reason ?? "") ?? .switchedOff)
            } else {
                outcome[key.channel] = ends[key]
            }
        }
        return outcome
    }
}

extension Forecast.End {
    /// An end as the ledger has it.
    init(state: DeliveryState, reason: String, at moment: Instant) {
        switch state {
        case .withdrawn: self = .ended(at: moment, .withdraw(WithdrawReason(rawValue: reason) ?? .deactivated))
        case .rejected: self = .ended(at: moment, .reject(RejectReason(rawValue: reason) ?? .noChannel))
        default: self = .ended(at: moment, .drop(DropReason(rawValue: reason) ?? .tooLate))
        }
    }
}
