import RemindersDomain

/// `reminder.due.v1`: an occurrence of a reminder is due. From the scheduler to the rate-limiter.
///
/// Whom it goes to and how is not in it: the rate-limiter reads that when it decides, so that a change made meanwhile
/// counts.
public struct ReminderDue: Hashable, Sendable {
    /// The occurrence: one firing of the reminder, 1 or more. It is the key against duplicates.
    public private(set) var occurrenceID: Int64
    /// The reminder that fires, 1 or more.
    public private(set) var reminderID: Int64
    /// Why it fires.
    public private(set) var trigger: Trigger
    /// When it was to fire.
    public private(set) var dueAt: Instant
    /// What it is about.
    public private(set) var about: CaseReference
    /// The reminder's title, 1 to 300 characters.
    public private(set) var title: String
    /// How much it matters.
    public private(set) var priority: Priority

    /// States that an occurrence is due. A longer title is cut (`String.clipped`).
    public init(
        occurrenceID: Int64, reminderID: Int64, trigger: Trigger, dueAt: Instant, about: CaseReference, title: String,
        priority: Priority
    ) {
        self.occurrenceID = occurrenceID
        self.reminderID = reminderID
        self.trigger = trigger
        self.dueAt = dueAt
        self.about = about
        self.title = title.clipped(to: Limits.title)
        self.priority = priority
    }
}

// MARK: - JSON

extension ReminderDue {
    /// The body of the message.
    public func encode() -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        encode(to: &writer)
        return writer.bytes
    }

    /// Appends the body of the message.
    public func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.write("occurrence_id", occurrenceID)
        writer.write("reminder_id", reminderID)
        writer.write("trigger", trigger.rawValue)
        writer.write("due_at", dueAt)
        writer.beginObject("case")
        about.encodeFields(to: &writer)
        writer.endObject()
        writer.write("title", title)
        writer.write("priority", priority.rawValue)
        writer.endObject()
    }

    /// Reads the body of a message.
    ///
    /// - Throws: `ContractError` with everything that is wrong with it.
    public init(decoding body: [UInt8]) throws(ContractError) {
        let blank = ReminderDue(
            occurrenceID: 0, reminderID: 0, trigger: .timeBased, dueAt: .distantPast,
            about: CaseReference(entityType: "", id: ""), title: "", priority: .normal)
        self = try decode(body, as: .reminderDue, into: blank) { decoder, message throws(JSONError) in
            guard var cursor = try decoder.begin(Field.self) else { return }
            while let field = try decoder.next(&cursor) { try message.read(field, &decoder) }
        }
    }

    private mutating func read(_ field: Field, _ decoder: inout MessageDecoder) throws(JSONError) {
        switch field {
        case .occurrenceID: occurrenceID = try decoder.integer(field, from: 1) ?? 0
        case .reminderID: reminderID = try decoder.integer(field, from: 1) ?? 0
        case .trigger: trigger = try decoder.choice(field, Trigger.self) ?? trigger
        case .dueAt: dueAt = try decoder.instant(field) ?? dueAt
        case .about: about = try CaseSummary(&decoder, in: field)?.reference ?? about
        case .title: title = try decoder.text(field, upTo: Limits.title) ?? ""
        case .priority: priority = try decoder.choice(field, Priority.self) ?? priority
        }
    }

    private enum Field: String, MessageField {
        case occurrenceID = "occurrence_id"
        case reminderID = "reminder_id"
        case trigger
        case dueAt = "due_at"
        case about = "case"
        case title
        case priority

        static let table = FieldTable<Field>()
        var isRequired: Bool { true }

        var expected: String {
            switch self {
            case .occurrenceID, .reminderID: Expected.positiveInteger
            case .trigger: Expected.choice(Trigger.self)
            case .dueAt: Expected.time
            case .about: Expected.reference
            case .title: Expected.text(upTo: Limits.title)
            case .priority: Expected.choice(Priority.self)
            }
        }
    }
}
