import RemindersDomain
import RemindersPostgres

/// One occurrence for one recipient, with everything that bears on whether and how they are told. A class, because it is
/// looked at from many places: copying it as a struct would count up and down each of its texts.
public final class StoredFacts: Sendable {
    /// What one person said about one reminder.
    public struct Response: Hashable, Sendable {
        /// The person asked to be left alone until then.
        public let snoozedUntil: Instant?
        /// The person wants no more of this reminder.
        public let isDismissed: Bool
    }

    /// What fell due.
    public let due: DueOccurrence
    /// Whom it is for.
    public let person: Addressee
    /// What they said about it.
    public let response: Response
    /// The name of who created the reminder, as users know it; nil where it has none, or nobody else did.
    private let creatorName: String?

    /// Facts of these parts.
    ///
    /// - Parameter creatorName: of whoever created the reminder, where they have one.
    init(due: DueOccurrence, person: Addressee, response: Response, creatorName: String? = nil) {
        self.due = due
        self.person = person
        self.response = response
        self.creatorName = creatorName
    }

    /// Somebody else has the person reminded; false where nobody knows who.
    public var isCausedByOther: Bool { due.creator.map { $0 != person.recipient } ?? false }

    /// Whoever has the person reminded, where that is somebody else, by the name that users know, or the id of one who has
    /// none; nil of somebody who was erased.
    private var creator: String? {
        guard let creator = due.creator, isCausedByOther, !creator.isErased else { return nil }
        return creatorName ?? creator.key
    }

    /// The reminder is still for them.
    public var isAddressed: Bool { due.recipients.contains(person.recipient) }
    /// One of the permits is for this occurrence.
    public var holdsPermit: Bool { person.permitHolders.contains(due.occurrenceID) }
    /// The raw address is that of a user who gets a mail of their own.
    public var isToldAsUser: Bool { due.toldAsUsers.contains(person.recipient) }
    /// IANA name: where the person is, and for a raw address where the reminder is.
    public var timeZone: String? { person.timeZone ?? due.reminderTimeZone }

    /// Whether the person may know what the case says.
    public func mayReadCase(_ reading: CaseReading) -> Bool {
        reading.allows(isNamed: due.caseReaders.map { $0.contains(person.recipient) })
    }

    /// What the person is shown of it, as one of several too: where no zone is known to be theirs, each time is in that of
    /// its reminder.
    public func shown(id: DeliveryID, generation: Int = 0, _ reading: CaseReading) -> ShownReminder {
        var shown = ShownReminder(due, id: id, generation: generation, mayReadCase: mayReadCase(reading))
        shown.creator = creator
        if person.timeZone == nil { shown.timeZone = due.reminderTimeZone }
        return shown
    }

    /// Where a delivery through `channel` goes; nil where the person has no address for it.
    public func address(through channel: ChannelKind) -> String? {
        switch channel {
        case .email: mailAddress
        case .mattermost: person.mattermostName.map { "@\($0)" }
        default: person.otherAddresses[channel]
        }
    }

    /// Where mail goes, as it was written; nil where there is no address.
    private var mailAddress: String? {
        guard let address = person.recipient.address else { return person.email }
        return due.writtenAddresses.first { Recipient.address($0) == person.recipient } ?? address
    }
}

/// A row of the ledger that was there before the decision.
public struct StoredDelivery: Sendable {
    /// Through which channel.
    public let channel: ChannelKind
    /// The delivery's id for ever.
    public let id: DeliveryID
    /// Where it stands.
    public let state: DeliveryState
    /// Its time of release has come, or its publishing was not completed.
    public let isReleasable: Bool
    /// It is to be handed over again, and whoever had claimed it is dead or over its time.
    public var isLeft = false
    /// Why it waits, or ended.
    public let reason: String?
    /// A rate-limiter has to come back to it, now or later.
    public let isAwaited: Bool
    /// The occurrence whose message carries it in a digest; its own when that is this one.
    public let carrierOccurrenceID: Int64?
    /// How many deliveries its own message carries, while a rate-limiter has to come back to them; 0 for all others.
    public let digestSize: Int
    /// How often it was tried anew after it had ended; this is the newest time.
    public internal(set) var generation = 0

    /// It is to have a message now that nobody may have published, or that the broker has lost.
    public var lacksMessage: Bool { isReleasable && state == .requested || isLeft }
}

extension SQL {
    /// What `StoredDelivery` reads: of what was tried anew only the newest time.
    ///
    /// - Parameters:
    ///   - occurrences: rows with one column, the number of the occurrence.
    ///   - oldest: the oldest of them, a parameter.
    ///   - recipient: of whom alone, a parameter.
    static func selectDeliveries(of occurrences: String, from oldest: String, for recipient: String? = nil) -> String {
        """
        SELECT DISTINCT ON (occurrence_id, recipient, channel)
            d.occurrence_id, recipient, channel, d.id, state, coalesce(release_at <= clock_timestamp(), false) AS is_releasable,
            coalesce(state = 'sending' AND release_at <= clock_timestamp()
                AND (lease_until <= clock_timestamp() OR NOT is_living_instance(owner)), false) AS is_left,
            reason, release_at IS NOT NULL AS is_awaited, carrier_occurrence_id,
            CASE WHEN carrier_occurrence_id = occurrence_id THEN digest_size(d.occurrence_id, d.recipient, d.channel)
                ELSE 0 END AS digest_size,
            generation
        FROM \(occurrences) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT * FROM deliveries
            WHERE occurrence_id = wanted.id AND \(isFrom(oldest, "occurrence_id"))\(recipient.map { " AND recipient = \($0)" } ?? "") OFFSET 0) d
        ORDER BY occurrence_id, recipient, channel, generation DESC
        """
    }
}

extension StoredDelivery {
    init(row: inout RowReader) throws {
        self.init(
            channel: try row.value("channel"), id: try row.deliveryID("id"), state: try row.value("state"),
            isReleasable: try row.bool("is_releasable"), isLeft: try row.bool("is_left"),
            reason: try row.textOrNil("reason"),
            isAwaited: try row.bool("is_awaited"), carrierOccurrenceID: try row.int64OrNil("carrier_occurrence_id"),
            digestSize: try row.int("digest_size"), generation: try row.int("generation"))
    }
}

/// Identifies one occurrence for one recipient.
public struct OccurrenceRecipient: Hashable, Sendable {
    /// The occurrence.
    public let occurrenceID: Int64
    /// The recipient.
    public let recipient: Recipient

    /// This occurrence for this recipient.
    public init(occurrenceID: Int64, recipient: Recipient) {
        self.occurrenceID = occurrenceID
        self.recipient = recipient
    }
}

extension OccurrenceRecipient: RowParameter {
    static let parameterColumns: [ParameterColumn<OccurrenceRecipient>] = [.init(\.occurrenceID), .init(\.recipient)]
}
