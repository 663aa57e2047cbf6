import RemindersDomain
import RemindersPostgres

/// What a decision needs to know, read under the recipients' locks: each occurrence once, with its reminder and case; each
/// person once, with their permits and the front of their line. However much waits for a person, a batch reads no more
/// of it than matters.
extension SQL {
    // A statement of its own before the facts: a statement sees only what was committed before it began, so facts
    // read together with the lock would be older than the lock. In one order, so that two never wait for each other.
    static let lockRecipients = Statement<[Int64], OldestOccurrence>(
        "lockRecipients",
        """
        SELECT recipients, pg_advisory_xact_lock(1380273485, hash)
        FROM (
            SELECT hashtext(recipient) AS hash, array_agg(recipient) AS recipients
            FROM (\(recipientsOfOccurrences)) everybody
            GROUP BY 1
            ORDER BY 1) ordered
        """)

    /// Whom occurrences ($1, the oldest of them $2) are for, and those of their open deliveries who were taken off the
    /// reminder since: theirs have to end too.
    private static let recipientsOfOccurrences = """
        SELECT DISTINCT who.recipient
        FROM \(occurrences("$1", from: "$2"))
        JOIN sag_reminders r ON r.id = q.reminder_id
        CROSS JOIN LATERAL (
            SELECT unnest(r.recipients) AS recipient
            UNION ALL
            (SELECT d.recipient FROM deliveries d
             WHERE d.occurrence_id = q.id AND \(isFrom("$2", "d.occurrence_id")) AND num_nulls(d.release_at) = 0 OFFSET 0)) who
        WHERE q.only_recipient IS NULL OR q.only_recipient = who.recipient
        """

    static let occurrencesToDecide = Statement<[Int64], OldestOccurrence>(
        "occurrencesToDecide",
        selectDueOccurrences(of: occurrences("$1", from: "$2")))

    static let recipientsToDecide = Statement<[Int64], OldestOccurrence>("recipientsToDecide", recipientsOfOccurrences)

    static let responsesToOccurrences = Statement<[Int64], OldestOccurrence>(
        "responsesToOccurrences",
        """
        SELECT s.reminder_id, s.user_id, s.snoozed_until, s.dismissed_at IS NOT NULL AS is_dismissed
        FROM (
            SELECT DISTINCT reminder_id FROM \(occurrences("$1", from: "$2")) OFFSET 0) q
        JOIN sag_reminder_responses s ON s.reminder_id = q.reminder_id
        """)

    static let deliveriesOfOccurrences = Statement<[Int64], OldestOccurrence>(
        "deliveriesOfOccurrences", selectDeliveries(of: keys("$1"), from: "$2"))

    static let factsOfBatch: [any AnyStatement] = [
        lockRecipients, occurrencesToDecide, recipientsToDecide, responsesToOccurrences, deliveriesOfOccurrences,
    ]
}

/// All facts of one batch; for a decision that is carried out they are read under the recipients' locks.
public struct DecisionBatch: Sendable {
    /// The database's clock before the facts were read and after the locks were taken.
    public let now: Instant
    /// In the order of their due times, so that the first come are the first served.
    public private(set) var facts: [StoredFacts]
    /// What the ledger has of these occurrences.
    public let deliveries: [OccurrenceRecipient: [StoredDelivery]]
    /// Occurrences that this version can't read, and why: nothing is decided about them.
    public var unreadable: [Int64: UnreadableRow] = [:]

    /// Leaves out occurrences that are not what a message says, and says why.
    public mutating func leaveOut(because reason: String, where isOther: (StoredFacts) -> Bool) {
        for one in facts where isOther(one) {
            unreadable[one.due.occurrenceID] = UnreadableRow(id: one.due.occurrenceID, reason: reason)
        }
        if !unreadable.isEmpty { facts.removeAll { unreadable[$0.due.occurrenceID] != nil } }
    }

    /// A batch with these parts.
    init(now: Instant, facts: [StoredFacts], deliveries: [OccurrenceRecipient: [StoredDelivery]]) {
        self.now = now
        self.facts = facts
        self.deliveries = deliveries
    }
}

/// What is known about occurrences, as it came; what is known about their people is asked for by it.
struct AnsweredFacts {
    let clock: Rows
    let occurrences: Rows
    let responses: Rows
    let deliveries: Rows

    static func queries(_ ids: [Int64]) -> [Query] {
        let oldest = OldestOccurrence(of: ids)
        return [
            SQL.clock(), SQL.occurrencesToDecide(ids, oldest), SQL.responsesToOccurrences(ids, oldest),
            SQL.deliveriesOfOccurrences(ids, oldest),
        ]
    }

    /// Who has others reminded by these occurrences.
    func creators() throws -> Set<Recipient> {
        var creators: Set<Recipient> = []
        try occurrences.forEachRow { row in
            if let creator = try row.recipientOrNil("creator") { creators.insert(creator) }
        } unreadable: { _, _ in
            // It is found unreadable again, and named, when it is read whole.
        }
        return creators
    }

    init(_ answers: some Collection<Rows>) {
        let answers = Array(answers)
        (clock, occurrences, responses, deliveries) = (answers[0], answers[1], answers[2], answers[3])
    }

    /// Which of the occurrences were decided about before: only these can hold a permit.
    func decidedBefore() throws -> [Int64] {
        try Array(Set(deliveries.read { try $0.int64("occurrence_id") }))
    }
}

extension DecisionBatch {
    /// Puts together who is told of what.
    ///
    /// - Parameters:
    ///   - people: those whose locks are held; where nothing is carried out, those who are asked about.
    ///   - isCarriedOut: others must not be told without their locks.
    /// - Throws: `RecipientsChanged` when somebody is to be told whose lock is not held: they were added meanwhile.
    init(_ answers: AnsweredFacts, _ people: AnsweredPeople, isCarriedOut: Bool = false) throws {
        var unreadable: [Int64: UnreadableRow] = [:]
        var deliveriesOf: [OccurrenceRecipient: [StoredDelivery]] = [:]
        var awaiting: [Int64: Set<Recipient>] = [:]
        try answers.deliveries.forEachRow { row in
            let key = try OccurrenceRecipient(row: &row)
            let delivery = try StoredDelivery(row: &row)
            deliveriesOf[key, default: []].append(delivery)
            if delivery.isAwaited { awaiting[key.occurrenceID, default: []].insert(key.recipient) }
        } unreadable: { row, reason in
            let id = try row.int64("occurrence_id")
            unreadable[id] = UnreadableRow(id: id, reason: reason)
        }
        let (people, unreadablePeople, names) = try people.read()
        var responses: [Int64: [Recipient: StoredFacts.Response]] = [:]
        try answers.responses.forEachRow { row in
            responses[try row.int64("reminder_id"), default: [:]][.user(try row.text("user_id"))] = .init(
                snoozedUntil: try row.instantOrNil("snoozed_until"), isDismissed: try row.bool("is_dismissed"))
        }
        var facts: [StoredFacts] = []
        facts.reserveCapacity(answers.occurrences.count)
        try answers.occurrences.forEachRow { row in
            guard unreadable[try row.int64("id")] == nil else { return }
            let due = try DueOccurrence(row: &row)
            let everybody = due.everybody(awaiting: awaiting[due.occurrenceID])
            if let reason = everybody.lazy.compactMap({ unreadablePeople[$0] }).first {
                unreadable[due.occurrenceID] = UnreadableRow(id: due.occurrenceID, reason: reason)
                return
            }
            for recipient in everybody {
                guard let person = people[recipient] else {
                    if isCarriedOut { throw RecipientsChanged() }
                    continue
                }
                let response = responses[due.reminderID]?[recipient]
                facts.append(
                    StoredFacts(
                        due: due, person: person,
                        response: response ?? .init(snoozedUntil: nil, isDismissed: false),
                        creatorName: due.creator.flatMap { names[$0] }))
            }
        } unreadable: { row, reason in
            let id = try row.int64("id")
            unreadable[id] = UnreadableRow(id: id, reason: reason)
        }
        if !unreadable.isEmpty { deliveriesOf = deliveriesOf.filter { unreadable[$0.key.occurrenceID] == nil } }
        self.init(now: try answers.clock.now(), facts: facts, deliveries: deliveriesOf)
        self.unreadable = unreadable
    }
}

/// Somebody became a recipient between the locks and the facts: the batch has to be read again.
struct RecipientsChanged: Error {}

extension DueOccurrence {
    /// Whom it is for, in the order of their names: its recipients, and those who still wait for it.
    fileprivate func everybody(awaiting: Set<Recipient>?) -> [Recipient] {
        let everybody = awaiting.map { Array($0.union(recipients)) } ?? recipients
        return everybody.filter { onlyRecipient == nil || onlyRecipient == $0 }.sorted()
    }
}

extension ReminderStore {
    /// The facts a decision about these occurrences weighs now, without the locks: for showing, not for acting.
    ///
    /// - Parameter switches: the operator's: how much of permits and lines matters.
    public func facts(
        ofOccurrences ids: [Int64], switches: DecisionFacts.Switches
    ) async throws -> DecisionBatch {
        let answers = try await pool.pipeline(
            [SQL.recipientsToDecide(ids, OldestOccurrence(of: ids))] + AnsweredFacts.queries(ids))
        let facts = AnsweredFacts(answers.dropFirst())
        let people = try AnsweredPeople.Question(
            of: answers[0].read { try $0.recipient("recipient") }, creators: facts.creators(),
            decidedBefore: facts.decidedBefore(), switches)
        return try DecisionBatch(facts, AnsweredPeople(people, await pool.pipeline(people.queries)))
    }
}

/// How far back permits matter, and how many of both kinds together.
extension DecisionFacts.Switches: RowParameter {
    static let parameterColumns: [ParameterColumn<DecisionFacts.Switches>] = [
        .init { ($0.limit?.length ?? .seconds(3_600)) + .seconds(1) }, .init { 2 * WaitingLine.reach($0) },
    ]
}
