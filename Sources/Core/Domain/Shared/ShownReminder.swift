/// What a person is shown of one occurrence of a reminder, in whatever way they are told: the one place where a field
/// of a mail, a post or a pop-up is declared. Messages carry it, and lists of pop-ups keep it.
public struct ShownReminder: Hashable, Sendable {
    /// The ledger row. It is the key against duplicates.
    public var deliveryID: DeliveryID
    /// How often the delivery was asked for again after it had ended badly, 0 or more. The id stays.
    public var generation: Int
    /// The occurrence, 1 or more.
    public var occurrenceID: Int64
    /// The reminder, 1 or more.
    public var reminderID: Int64
    /// How much it matters.
    public var priority: Priority
    /// The reminder's title, 1 to 300 characters.
    public var title: String
    /// The reminder's text, at most 10,000 characters.
    public var message: String?
    /// Who set it, by the name that users know, at most 200 characters; nil where the recipient did, or nobody knows who.
    public var creator: String?
    /// What it is about.
    public var about: CaseSummary
    /// Why the reminder fired.
    public var trigger: Trigger
    /// The status change, if that is why it fired.
    public var event: StatusChange?
    /// When the occurrence was to fire.
    public var dueAt: Instant
    /// IANA name: where `dueAt` is read from the clock, for whom nobody knows a zone of their own. Nil: in the zone of the
    /// person, or of the message that carries it.
    public var timeZone: String?

    /// What is shown, with all its parts.
    public init(
        deliveryID: DeliveryID, generation: Int = 0, occurrenceID: Int64, reminderID: Int64,
        priority: Priority = .normal, title: String, message: String? = nil, creator: String? = nil, about: CaseSummary,
        trigger: Trigger = .timeBased, event: StatusChange? = nil, dueAt: Instant, timeZone: String? = nil
    ) {
        self.deliveryID = deliveryID
        self.generation = generation
        self.occurrenceID = occurrenceID
        self.reminderID = reminderID
        self.priority = priority
        self.title = title
        self.message = message
        self.creator = creator
        self.about = about
        self.trigger = trigger
        self.event = event
        self.dueAt = dueAt
        self.timeZone = timeZone
    }

    /// What there is to show of a status: `open → in progress`, or that of the case; nil when there is none.
    public var statusText: String? {
        if let new = event?.newStatus, !new.isEmpty {
            guard let old = event?.oldStatus, !old.isEmpty else { return new }
            return "\(old) → \(new)"
        }
        return about.status.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// What a reminder is about, with what a reader wants to see of it.
public struct CaseSummary: Hashable, Sendable {
    /// Which case, task, bug or project.
    public var reference: CaseReference
    /// Its title, at most 300 characters.
    public var title: String?
    /// Its status as the other system calls it, at most 100 characters.
    public var status: String?
    /// An `http` or `https` link to it.
    public var url: String?

    /// Sums up a case.
    public init(reference: CaseReference, title: String? = nil, status: String? = nil, url: String? = nil) {
        self.reference = reference
        self.title = title
        self.status = status
        self.url = url
    }
}

/// The statuses of the event that made a reminder fire.
public struct StatusChange: Hashable, Sendable {
    /// The status before, at most 100 characters.
    public var oldStatus: String?
    /// The status after, at most 100 characters.
    public var newStatus: String?

    /// States a change.
    public init(oldStatus: String?, newStatus: String?) {
        self.oldStatus = oldStatus
        self.newStatus = newStatus
    }
}
