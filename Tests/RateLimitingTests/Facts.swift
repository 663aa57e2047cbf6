import RemindersDomain
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// A person of the tests, as the tables hold one.
struct Person {
    var recipient: Recipient
    var isKnown = true
    var email: String?
    var mattermostName: String?
    /// nil: never said.
    var preferred: [ChannelKind: Bool]?
    var quietHours: StoredQuietHours?
    /// nil: nobody knows it.
    var timeZone: String? = "UTC"

    /// A user with an address and a name, who never said which channels.
    init(_ id: String) {
        recipient = .user(id)
        email = "user\(id)@example.com"
        mattermostName = "user\(id)"
    }

    /// A raw address.
    init(address: String) {
        recipient = .address(address)
        isKnown = false
        timeZone = nil
    }
}

/// An occurrence of the tests with its reminder.
struct Due {
    var id: Int64
    var dueAt: Instant
    var title: String
    var message: String?
    var priority = Priority.normal
    var channels: [ChannelKind: Bool] = [:]
    var overridesPreferences = false
    var isActive = true
    var maximumLateness: Duration?
    var snoozedUntil: Instant?
    var timeZone = "UTC"
    /// Somebody else had its people reminded.
    var isCausedByOther = false

    init(_ id: Int64, at dueAt: Instant) {
        self.id = id
        self.dueAt = dueAt
        title = "Follow up \(id)"
    }
}

extension StoredFacts {
    convenience init(
        _ due: Due, for person: Person, permits: [Instant] = [], permitsOfOthers: [Instant] = [],
        holdsPermit: Bool = false,
        heldForRate: [Int64] = [], heldForRateOfOthers: [Int64] = []
    ) {
        self.init(
            due: DueOccurrence(
                occurrenceID: due.id, reminderID: 1_000 + due.id, trigger: .timeBased, dueAt: due.dueAt, oldStatus: nil,
                newStatus: nil, onlyRecipient: nil, deadline: nil, traceparent: nil, isSuperseded: false,
                title: due.title, message: due.message, priority: due.priority,
                about: CaseReference(entityType: "case", id: "123"), reminderChannels: ChannelChoice(due.channels),
                overridesPreferences: due.overridesPreferences, isActive: due.isActive, isDeleted: false,
                maximumLateness: due.maximumLateness, recipients: [person.recipient],
                creator: due.isCausedByOther ? .user("somebody else") : nil, reminderTimeZone: due.timeZone,
                caseIsKnown: false,
                caseTitle: nil, caseStatus: nil, caseURL: nil, caseDeadline: nil, caseIsClosed: false,
                caseIsDeleted: false),
            person: Addressee(
                recipient: person.recipient, userIsKnown: person.isKnown, name: nil, email: person.email,
                mattermostName: person.mattermostName, locale: "en", timeZone: person.timeZone,
                preferredChannels: person.preferred.map { ChannelSet($0.filter(\.value).map(\.key)) },
                quietHours: person.quietHours, permits: permits, permitsOfOthers: permitsOfOthers,
                permitHolders: holdsPermit ? [due.id] : [], heldForRate: heldForRate,
                heldForRateOfOthers: heldForRateOfOthers),
            response: Response(snoozedUntil: due.snoozedUntil, isDismissed: false))
    }
}

extension RateLimiter.Policy {
    /// `limit` an hour, all channels switched on, ids that count from 1.
    static func limit(_ limit: Int, channels: ChannelSet = .all) throws -> RateLimiter.Policy {
        var policy = RateLimiter.Policy(
            switches: .init(channels: channels, limit: PermitWindow(limit: limit)))
        let ids = Counter()
        policy.newID = { _ in DeliveryID(high: 0, low: ids.next()) }
        return policy
    }
}

extension BatchDecision {
    /// What is decided about these facts, of which the ledger has `deliveries`.
    static func decide(
        _ facts: [StoredFacts], ledger deliveries: [OccurrenceRecipient: [StoredDelivery]] = [:], now: Instant,
        policy: RateLimiter.Policy, isRelease: Bool = false
    ) -> BatchDecision {
        var decision = BatchDecision(
            DecisionBatch(now: now, facts: facts, deliveries: deliveries), policy: policy, isRelease: isRelease)
        decision.decide()
        return decision
    }

    /// `7 1 email requested`, in the order they were decided.
    var decided: [String] {
        writes.deliveries.map {
            "\($0.occurrenceID) \($0.recipient.key) \($0.channel.rawValue) \($0.state.rawValue)"
                + ($0.reason.map { " \($0)" } ?? "")
        }
    }

    /// `7 sent`, `8 processing quiet_hours`.
    var statuses: [String] {
        writes.occurrences.map { "\($0.id) \($0.status)" + ($0.reason.map { " \($0)" } ?? "") }
    }

    /// `7 1 email`, in the order they are published.
    var published: [String] {
        outgoing.map { "\($0.key.occurrenceID) \($0.key.recipient.key) \($0.key.channel.rawValue)" }
    }
}
