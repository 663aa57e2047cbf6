import RemindersDomain

/// A pop-up: what a person's browser shows of one occurrence. A row of `popups`, an item of
/// `GET /api/v1/reminders/pending/me`, an event of the stream.
public struct Popup: Hashable, Sendable {
    /// Its number, 1 or more. Of one person's pop-ups a later one has the higher number.
    public let id: Int64
    /// The reminder behind it.
    public let reminderID: Int64
    /// The occurrence it shows.
    public let occurrenceID: Int64
    /// The ledger row, a UUID in lower case.
    public let deliveryID: String
    /// The reminder's title, 1 to 300 characters.
    public let title: String
    /// The reminder's text, at most 10,000 characters.
    public let message: String?
    /// How much it matters.
    public let priority: Priority
    /// What it is about.
    public let about: CaseSummary
    /// Why the reminder fired.
    public let trigger: Trigger
    /// Whether the reminder may fire again: dismissing it ends more than this pop-up.
    public let isRecurring: Bool
    /// When the occurrence was to fire.
    public let dueAt: Instant
    /// When it was written to the person's list.
    public let createdAt: Instant

    /// A pop-up with all its parts. Longer texts are cut (`String.clipped`).
    public init(
        id: Int64, reminderID: Int64, occurrenceID: Int64, deliveryID: String, title: String, message: String?,
        priority: Priority, about: CaseSummary, trigger: Trigger, isRecurring: Bool, dueAt: Instant,
        createdAt: Instant
    ) {
        self.id = id
        self.reminderID = reminderID
        self.occurrenceID = occurrenceID
        self.deliveryID = deliveryID
        self.title = title.clipped(to: Limits.title)
        self.message = message?.clipped(to: Limits.message)
        self.priority = priority
        self.about = about
        self.trigger = trigger
        self.isRecurring = isRecurring
        self.dueAt = dueAt
        self.createdAt = createdAt
    }
}

// MARK: - JSON

extension Popup {
    /// Appends the object; what is not there is null, for readers in browsers.
    public func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        encodeFields(to: &writer)
        writer.endObject()
    }

    /// Appends the fields to an object that is open.
    public func encodeFields(to writer: inout JSONWriter) {
        writer.write("id", id)
        encodeContent(to: &writer)
    }

    /// Appends the fields besides the id.
    func encodeContent(to writer: inout JSONWriter) {
        writer.write("reminder_id", reminderID)
        writer.write("occurrence_id", occurrenceID)
        writer.write("delivery_id", deliveryID)
        writer.write("title", title)
        writer.write("message", orNull: message)
        writer.write("priority", priority.rawValue)
        writer.write("entity_type", about.reference.entityType)
        writer.write("case_id", about.reference.id)
        writer.write("case_title", orNull: about.title)
        writer.write("case_status", orNull: about.status)
        writer.write("url", orNull: about.url)
        writer.write("trigger_type", trigger.rawValue)
        writer.write("recurring", isRecurring)
        writer.write("due_at", dueAt)
        writer.write("created_at", createdAt)
    }
}
