import RemindersDomain
import RemindersPostgres

/// `deliveries`, as people look at it: one by its id, and what has not come to an end.
extension SQL {
    static let ledgerColumns = """
        d.id, d.occurrence_id, d.reminder_id, d.recipient, d.channel, d.state,
            waiting_reason(d.state, d.channel, d.reason) AS reason, d.reply, d.due_at, d.release_at,
            d.attempts, d.requested_at, d.finished_at, d.decision, d.carrier_occurrence_id, r.entity_type, r.sag_id, r.title, r.created_by,
            d.generation
        """

    static let ledgerEntry = Statement<DeliveryID>(
        "ledgerEntry",
        """
        SELECT \(ledgerColumns) FROM deliveries d LEFT JOIN sag_reminders r ON r.id = d.reminder_id
        WHERE d.id = $1 ORDER BY d.generation DESC LIMIT 1
        """)

    // Ids begin with the time they were made: newest first, and no further back than $1.
    static let underWay = Statement<DeliveryID, DeliveryID, Recipient?, ChannelKind?, [Int64]?, Int>(
        "underWay",
        """
        SELECT \(ledgerColumns)
        FROM (
            SELECT * FROM deliveries
            WHERE id >= $1 AND id < $2 AND state IN ('requested', 'sending') AND ($3::text IS NULL OR recipient = $3)
                AND ($4::text IS NULL OR channel = $4) AND ($5::bigint[] IS NULL OR reminder_id = ANY ($5))
            ORDER BY id DESC
            LIMIT $6) d
        LEFT JOIN sag_reminders r ON r.id = d.reminder_id
        ORDER BY d.id DESC
        """)

    private static func held<each More: StatementParameter>(
        _ name: String, where condition: String
    ) -> Statement<Instant, DeliveryID, ChannelKind?, [Int64]?, Int, repeat each More> {
        Statement(
            name,
            """
            SELECT \(ledgerColumns)
            FROM (
                SELECT * FROM deliveries
                WHERE \(condition) AND release_at >= $1 AND (release_at, id) > ($1, $2)
                    AND ($3::text IS NULL OR channel = $3) AND ($4::bigint[] IS NULL OR reminder_id = ANY ($4))
                ORDER BY release_at, id
                LIMIT $5) d
            LEFT JOIN sag_reminders r ON r.id = d.reminder_id
            ORDER BY d.release_at, d.id
            """)
    }

    static let held: Statement<Instant, DeliveryID, ChannelKind?, [Int64]?, Int> = held(
        "held", where: "coalesce(state = 'held', false) AND release_at IS NOT NULL")
    static let heldForRecipient: Statement<Instant, DeliveryID, ChannelKind?, [Int64]?, Int, Recipient> = held(
        "heldForRecipient", where: "state = 'held' AND release_at IS NOT NULL AND recipient = $6")

    static let attemptsOfDelivery = Statement<Int64, Instant, DeliveryID>(
        "attemptsOfDelivery",
        """
        SELECT kind, outcome, attempt, reason, reply, created_at, details
        FROM sag_reminder_logs
        WHERE reminder_id = $1 AND kind <> 'delivery' AND kind IN ('attempt', 'held') AND created_at >= $2
            AND delivery_id = $3
        ORDER BY created_at, id
        LIMIT 1000
        """)

    static let deliveryState = Statement<DeliveryKey>(
        "deliveryState",
        """
        SELECT state FROM deliveries WHERE occurrence_id = $1 AND recipient = $2 AND channel = $3 AND generation = $4
        """)

    static let ledger: [any AnyStatement] = [
        overdue, deliveryState, ledgerEntry, underWay, held, heldForRecipient, attemptsOfDelivery,
    ]
}

/// A row of the ledger.
public struct LedgerEntry: Sendable {
    /// The delivery's id for ever.
    public let id: DeliveryID
    /// Of which occurrence.
    public let occurrenceID: Int64
    /// Of which reminder.
    public let reminderID: Int64
    /// For whom.
    public let recipient: Recipient
    /// Through which channel.
    public let channel: ChannelKind
    /// Where it stands.
    public let state: DeliveryState
    /// Why it waits, or ended.
    public var reason: String?
    /// What the other side said.
    public var reply: String?
    /// When the occurrence was due.
    public let dueAt: Instant
    /// With `held`: until when; `.distantFuture` until something is changed.
    public var releaseAt: Instant?
    /// How often it was attempted.
    public let attempts: Int
    /// When it was decided about first.
    public let requestedAt: Instant
    /// When it ended; nil while it has not.
    public let finishedAt: Instant?
    /// The steps of the last decision as JSON; nil when that sent it at once.
    public var decision: String?
    /// The occurrence whose message carries it together with others; nil where it goes alone.
    public var carrierOccurrenceID: Int64?
    /// What the reminder is about; nil for a reminder that is no longer there.
    public let about: CaseReference?
    /// The reminder's title.
    public let title: String?
    /// Who created the reminder.
    public let createdBy: String?
    /// How often it was tried anew after it had ended; an entry is of the newest time.
    public internal(set) var generation = 0
}

/// Something that happened to a delivery before its end.
public struct LoggedStep: Sendable {
    /// What happened.
    public enum Kind: String, Sendable {
        /// A try that did not end it.
        case attempt
        /// It was decided that it has to wait.
        case held
    }

    /// What happened.
    public let kind: Kind
    /// Of an attempt: its number, counted from 1.
    public let attempt: Int?
    /// `deferred`, `unknown`, `held`.
    public let outcome: String
    /// Why.
    public let reason: String?
    /// What the other side said.
    public let reply: String?
    /// When.
    public let at: Instant
    /// Of a decision: its steps as JSON.
    public let details: String?
}

/// A place in the list of what has not come to an end.
public enum WaitingPosition: Hashable, Sendable {
    /// Behind this one of those that are overdue: an occurrence's id or a reminder's, negative, and a recipient's place.
    case overdue(dueAt: Instant, id: Int64, place: Int64)
    /// Behind this one of those under way.
    case underWay(DeliveryID)
    /// Behind this one of those held.
    case held(releaseAt: Instant, DeliveryID)
}

/// Which of the deliveries that have not come to an end are asked for.
public struct WaitingFilter: Hashable, Sendable {
    /// For one recipient.
    public var recipient: Recipient?
    /// Through one channel.
    public var channel: ChannelKind?
    /// About one case.
    public var about: CaseReference?
    /// Of one reminder.
    public var reminderID: Int64?
    /// Of those under way, only what was decided about at this time or later. What is held is found however old it is.
    public var from: Instant
    /// The last of the page before.
    public var after: WaitingPosition?
    /// At most so many.
    public var limit = 50

    /// Everything since `from`.
    public init(from: Instant) {
        self.from = from
    }
}

extension ReminderStore {
    /// Where a delivery stands; nil when there is none.
    public func state(of key: DeliveryKey) async throws -> DeliveryState? {
        try await pool.query(
            SQL.deliveryState(key)
        ).readFirst { try $0.value("state") }
    }

    /// A delivery with what happened to it before its end, oldest first; nil when there is none.
    public func ledgerEntry(_ id: DeliveryID) async throws -> (entry: LedgerEntry, steps: [LoggedStep])? {
        guard let entry = try await pool.query(SQL.ledgerEntry(id)).readFirst(LedgerEntry.init(row:)) else {
            return nil
        }
        // A delivery that was decided about early (by another machine's clock) was so by less than a minute.
        let begin = min(entry.dueAt, entry.requestedAt) - .seconds(60)
        let steps = try await pool.query(SQL.attemptsOfDelivery(entry.reminderID, begin, id))
        return (entry, try steps.read(LoggedStep.init(row:)))
    }

    /// What has not come to an end: first what is under way, newest first, then what is held, soonest first.
    public func waiting(_ filter: WaitingFilter) async throws -> [LedgerEntry] {
        let reminders = try await reminders(of: filter.about, only: filter.reminderID)
        if reminders?.isEmpty == true { return [] }
        var found: [LedgerEntry] = []
        var holdsFrom = (Instant.distantPast, DeliveryID(high: 0, low: 0))
        if case .held(let releaseAt, let id) = filter.after {
            holdsFrom = (releaseAt, id)
        } else {
            // What is overdue comes before all of these.
            var before = DeliveryID(high: .max, low: .max)
            if case .underWay(let id) = filter.after { before = id }
            let first = DeliveryID(at: max(filter.from, Instant(microseconds: 0)), random: (0, 0))
            func underWay(before id: DeliveryID) -> Query {
                SQL.underWay(first, id, filter.recipient, filter.channel, reminders, filter.limit)
            }
            found = try await page(
                of: "deliveries", limit: filter.limit, underWay(before: before),
                next: { underWay(before: try $0.deliveryID("id")) }, LedgerEntry.init(row:))
        }
        let wanted = filter.limit - found.count
        guard wanted > 0 else { return found }
        func held(behind place: (Instant, DeliveryID)) -> Query {
            guard let recipient = filter.recipient else {
                return SQL.held(place.0, place.1, filter.channel, reminders, wanted)
            }
            return SQL.heldForRecipient(place.0, place.1, filter.channel, reminders, wanted, recipient)
        }
        return found
            + (try await page(
                of: "deliveries", limit: wanted, held(behind: holdsFrom),
                next: { held(behind: (try $0.instant("release_at"), try $0.deliveryID("id"))) },
                LedgerEntry.init(row:)))
    }
}

extension LedgerEntry {
    /// Its place in the list of what has not come to an end.
    public var waitingPosition: WaitingPosition {
        if state == .held, let releaseAt { .held(releaseAt: releaseAt, id) } else { .underWay(id) }
    }

    init(row: inout RowReader) throws {
        id = try row.deliveryID("id")
        occurrenceID = try row.int64("occurrence_id")
        reminderID = try row.int64("reminder_id")
        recipient = try row.recipient("recipient")
        channel = try row.value("channel")
        state = try row.value("state")
        reason = try row.textOrNil("reason")
        reply = try row.textOrNil("reply")
        dueAt = try row.instant("due_at")
        releaseAt = try row.instantOrNil("release_at")
        attempts = try row.int("attempts")
        requestedAt = try row.instant("requested_at")
        finishedAt = try row.instantOrNil("finished_at")
        decision = try row.textOrNil("decision")
        carrierOccurrenceID = try row.int64OrNil("carrier_occurrence_id")
        about = try row.caseReferenceOrNil("entity_type", "sag_id")
        title = try row.textOrNil("title")
        createdBy = try row.textOrNil("created_by")
        generation = try row.int("generation")
    }
}

extension LoggedStep {
    fileprivate init(row: inout RowReader) throws {
        kind = try row.value("kind")
        outcome = try row.textOrNil("outcome") ?? ""
        attempt = try row.intOrNil("attempt")
        reason = try row.textOrNil("reason")
        reply = try row.textOrNil("reply")
        at = try row.instant("created_at")
        details = try row.textOrNil("details")
    }
}
