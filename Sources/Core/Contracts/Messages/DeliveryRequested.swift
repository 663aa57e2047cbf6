import RemindersDomain

/// `delivery.requested.v1`: one occurrence is to go to one recipient through one channel. From the rate-limiter to
/// the sender of the channel. All that is shown is in it; the sender looks up in the ledger and at the reminder only
/// whether it is still to be sent.
///
/// A digest carries more reminders of the same recipient, which were held and leave with this one.
public struct DeliveryRequested: Hashable, Sendable {
    /// The statuses of the event that made the reminder fire.
    public struct StatusChange: Hashable, Sendable {
        /// The status before, at most 100 characters.
        public let oldStatus: String?
        /// The status after, at most 100 characters.
        public let newStatus: String?

        /// States a change. Longer texts are cut.
        public init(oldStatus: String?, newStatus: String?) {
            self.oldStatus = oldStatus?.clipped(to: Limits.status)
            self.newStatus = newStatus?.clipped(to: Limits.status)
        }
    }

    /// The ledger row, a UUID in lower case. It is the key against duplicates.
    public let deliveryID: String
    /// The occurrence, 1 or more.
    public let occurrenceID: Int64
    /// The reminder, 1 or more.
    public let reminderID: Int64
    /// Whom it goes to.
    public let recipient: Recipient
    /// How it goes there.
    public let channel: ChannelKind
    /// Where: a mail address; a Mattermost `@name` or channel, nil for the webhook's own channel; nil for the frontend.
    public let address: String?
    /// The recipient's display name, at most 200 characters.
    public let name: String?
    /// The recipient's language, a tag like `da` or `en-GB` (RFC 5646).
    public let locale: String
    /// The recipient's IANA time zone.
    public let timeZone: String
    /// How much it matters.
    public let priority: Priority
    /// The reminder's title, 1 to 300 characters.
    public let title: String
    /// The reminder's text, at most 10,000 characters.
    public let message: String?
    /// What it is about.
    public let about: CaseSummary
    /// Why the reminder fired.
    public let trigger: Trigger
    /// The status change, if that is why it fired.
    public let event: StatusChange?
    /// When the occurrence was to fire.
    public let dueAt: Instant
    /// When the ledger row was written.
    public let requestedAt: Instant
    /// How often it was tried anew after it had ended: 0 at first.
    public let generation: Int
    /// Reminders that leave in the same message, in the order of their due times, at most 49; usually none.
    public let digest: [DigestItem]

    /// Asks for a delivery. Longer texts are cut (`String.clipped`).
    public init(
        deliveryID: String, occurrenceID: Int64, reminderID: Int64, recipient: Recipient, channel: ChannelKind,
        address: String?, name: String? = nil, locale: String, timeZone: String, priority: Priority, title: String,
        message: String? = nil, about: CaseSummary, trigger: Trigger, event: StatusChange? = nil, dueAt: Instant,
        requestedAt: Instant, generation: Int = 0, digest: [DigestItem] = []
    ) {
        self.deliveryID = deliveryID
        self.occurrenceID = occurrenceID
        self.reminderID = reminderID
        self.recipient = recipient
        self.channel = channel
        self.address = address
        self.name = name?.clipped(to: Limits.name)
        self.locale = locale
        self.timeZone = timeZone
        self.priority = priority
        self.title = title.clipped(to: Limits.title)
        self.message = message?.clipped(to: Limits.message)
        self.about = about
        self.trigger = trigger
        self.event = event
        self.dueAt = dueAt
        self.requestedAt = requestedAt
        self.generation = generation
        self.digest = digest
    }
}

// MARK: - Writing JSON

extension DeliveryRequested {
    /// The body of the message.
    public func encode() -> [UInt8] {
        var writer = JSONWriter()
        encode(to: &writer)
        return writer.bytes
    }

    /// Appends the body of the message.
    public func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.write("delivery_id", deliveryID)
        writer.write("occurrence_id", occurrenceID)
        writer.write("reminder_id", reminderID)
        writer.write("recipient", recipient.key)
        writer.write("channel", channel.rawValue)
        if let address { writer.write("address", address) } else { writer.writeNull("address") }
        writer.write("name", ifPresent: name)
        writer.write("locale", locale)
        writer.write("time_zone", timeZone)
        writer.write("priority", priority.rawValue)
        writer.write("title", title)
        writer.write("message", ifPresent: message)
        about.encode("case", to: &writer)
        writer.write("trigger", trigger.rawValue)
        event?.encode("event", to: &writer)
        writer.write("due_at", dueAt)
        writer.write("requested_at", requestedAt)
        if generation != 0 { writer.write("generation", Int64(generation)) }
        if !digest.isEmpty {
            writer.beginArray("digest")
            for item in digest { item.encode(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }
}

extension DeliveryRequested.StatusChange {
    /// Writes the object that is the value of the field `key`.
    func encode(_ key: StaticString, to writer: inout JSONWriter) {
        writer.beginObject(key)
        writer.write("old_status", ifPresent: oldStatus)
        writer.write("new_status", ifPresent: newStatus)
        writer.endObject()
    }
}
