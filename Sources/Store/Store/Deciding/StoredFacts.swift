import RemindersDomain
import RemindersPostgres

/// One occurrence for one recipient, with everything that bears on whether and how they are told.
public struct StoredFacts: Sendable {
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

    /// The reminder is still for them.
    public var isAddressed: Bool { due.recipients.contains(person.recipient) }
    /// One of the permits is for this occurrence.
    public var holdsPermit: Bool { person.permitHolders.contains(due.occurrenceID) }
    /// The raw address is that of a user who gets a mail of their own.
    public var isToldAsUser: Bool { due.toldAsUsers.contains(person.recipient) }
    /// IANA name: where the person is, and for a raw address where the reminder is.
    public var timeZone: String? { person.timeZone ?? due.reminderTimeZone }

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

/// An occurrence with its reminder and case, as they are now.
public struct DueOccurrence: Sendable {
    /// The occurrence's id.
    public let occurrenceID: Int64
    /// The reminder that fired.
    public let reminderID: Int64
    /// Why it fired.
    public let trigger: Trigger
    /// When it was due.
    public let dueAt: Instant
    /// The case's status before the change that fired it.
    public let oldStatus: String?
    /// The case's status after that change.
    public let newStatus: String?
    /// The one it is for; nil when it is for all of the reminder's recipients.
    public let onlyRecipient: Recipient?
    /// The deadline it was planned for, when one made it fire.
    public let deadline: Instant?
    /// The W3C trace that an event from outside began.
    public let traceparent: String?
    /// A later change of status made the reminder fire again.
    public let isSuperseded: Bool
    /// Title and text of the reminder.
    public let title: String
    /// Title and text of the reminder.
    public let message: String?
    /// How much it matters.
    public let priority: Priority
    /// What it is about.
    public let about: CaseReference
    /// What the reminder says about channels.
    public let reminderChannels: ChannelChoice
    /// The reminder's channels alone count.
    public let overridesPreferences: Bool
    /// The reminder is switched on.
    public let isActive: Bool
    /// The reminder was deleted.
    public let isDeleted: Bool
    /// What is later than this is not sent any more.
    public let maximumLateness: Duration?
    /// Whom the reminder is for.
    public let recipients: [Recipient]
    /// The raw addresses as they were written.
    public internal(set) var writtenAddresses: [String] = []
    /// Those of the raw addresses that users have who get a mail of their own.
    public internal(set) var toldAsUsers: Set<Recipient> = []
    /// IANA name: where the reminder's clock hangs.
    public internal(set) var reminderTimeZone: String?
    /// Whether anybody ever told about the case; if not, the facts about it say nothing.
    public let caseIsKnown: Bool
    /// The case's title now.
    public let caseTitle: String?
    /// The case's status now.
    public let caseStatus: String?
    /// Where the case can be looked at.
    public let caseURL: String?
    /// The case's deadline now.
    public let caseDeadline: Instant?
    /// The case was closed.
    public let caseIsClosed: Bool
    /// The case was deleted.
    public let caseIsDeleted: Bool
}

extension DueOccurrence {
    init(row: inout RowReader) throws {
        occurrenceID = try row.int64("id")
        reminderID = try row.int64("reminder_id")
        trigger = try row.value("trigger_type")
        dueAt = try row.instant("due_at")
        oldStatus = try row.textOrNil("old_status")
        newStatus = try row.textOrNil("new_status")
        onlyRecipient = try row.recipientOrNil("only_recipient")
        deadline = try row.instantOrNil("deadline")
        traceparent = try row.textOrNil("traceparent")
        title = try row.text("title")
        message = try row.textOrNil("message")
        priority = try row.value("priority")
        about = try row.caseReference("entity_type", "sag_id")
        reminderChannels = try row.channelsOfReminder()
        overridesPreferences = try row.bool("override_user_preferences")
        isActive = try row.bool("is_active")
        isDeleted = try row.bool("is_deleted")
        maximumLateness = try row.microsecondsOrNil("maximum_lateness")
        recipients = try row.recipients("recipients")
        caseIsKnown = try row.bool("case_is_known")
        caseTitle = try row.textOrNil("case_title")
        caseStatus = try row.textOrNil("case_status")
        caseURL = try row.textOrNil("case_url")
        caseDeadline = try row.instantOrNil("case_deadline")
        caseIsClosed = try row.bool("case_is_closed")
        caseIsDeleted = try row.bool("case_is_deleted")
        isSuperseded = try row.bool("is_superseded")
        writtenAddresses = try row.textArray("recipient_emails")
        toldAsUsers = Set(try row.recipients("told_as_users"))
        reminderTimeZone = try row.text("time_zone")
    }
}

/// A recipient as he or she is now, with what has been and is to be sent.
public struct Addressee: Sendable {
    /// Who.
    public let recipient: Recipient
    /// The user exists; false for raw addresses.
    public let userIsKnown: Bool
    /// Display name.
    public let name: String?
    /// Where mail goes.
    public let email: String?
    /// Mattermost name without the @.
    public let mattermostName: String?
    /// For the words.
    public let locale: String?
    /// IANA name.
    public let timeZone: String?
    /// Where else they can be reached, by channel: those without a property here.
    public internal(set) var otherAddresses: [ChannelKind: String] = [:]
    /// The channels the person prefers; nil when they never said.
    public let preferredChannels: ChannelSet?
    /// The person's quiet hours; nil when they have none.
    public let quietHours: StoredQuietHours?
    /// When the latest permits of the window, and a little more, were granted: as many as matter (`WaitingLine.reach`).
    public let permits: [Instant]
    /// Which of the batch's occurrences hold one of the permits.
    public let permitHolders: Set<Int64>
    /// The occurrences that the limit holds back, those due first in front: as many as matter.
    public let heldForRate: [Int64]
}

extension Addressee {
    init(row: inout RowReader) throws {
        recipient = try row.recipient("recipient")
        userIsKnown = try row.boolOrNil("is_known") ?? false
        name = try row.textOrNil("display_name")
        email = try row.textOrNil("email")
        mattermostName = try row.textOrNil("mattermost_username")
        locale = try row.textOrNil("locale")
        timeZone = try row.textOrNil("time_zone")
        otherAddresses = try row.addresses("addresses")
        if try row.bool("has_chosen") {
            preferredChannels = try row.channelsOfPerson()
            quietHours =
                try row.bool("quiet_hours_enabled")
                ? StoredQuietHours(
                    startMinute: try row.int("quiet_hours_start"), endMinute: try row.int("quiet_hours_end"),
                    isoWeekdays: try row.int64Array("quiet_hours_days").map(Int.init)) : nil
        } else {
            preferredChannels = nil
            quietHours = nil
        }
        permits = try row.timestampArray("permits").map(Instant.init(microseconds:))
        permitHolders = Set(try row.int64Array("permit_holders"))
        heldForRate = try row.int64Array("held_for_rate")
    }
}

/// Quiet hours as the preferences hold them.
public struct StoredQuietHours: Hashable, Sendable {
    /// Minutes after midnight, 0 to 1439.
    public let startMinute: Int
    /// Minutes after midnight, 0 to 1439.
    public let endMinute: Int
    /// ISO weekdays (1 = Monday) on which they begin.
    public let isoWeekdays: [Int]
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
}

extension StoredDelivery {
    init(row: inout RowReader) throws {
        self.init(
            channel: try row.value("channel"), id: try row.deliveryID("id"), state: try row.value("state"),
            isReleasable: try row.bool("is_releasable"), reason: try row.textOrNil("reason"),
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
