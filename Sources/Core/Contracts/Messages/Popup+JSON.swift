import RemindersDomain

/// How a pop-up is spelled in JSON: in `popup.shown.v1`, in `GET /api/v1/reminders/pending/me` and in the stream.
extension Popup {
    /// Appends the object; what is not there is null, for readers in browsers.
    public func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        encodeFields(to: &writer)
        writer.endObject()
    }

    /// Appends the fields to an object that is open.
    public func encodeFields(to writer: inout JSONWriter) {
        let about = reminder.about
        writer.write("id", id)
        writer.write("reminder_id", reminder.reminderID)
        writer.write("occurrence_id", reminder.occurrenceID)
        writer.write("delivery_id", reminder.deliveryID.text)
        writer.write("title", reminder.title)
        writer.write("message", orNull: reminder.message)
        writer.write("creator", orNull: reminder.creator)
        writer.write("priority", reminder.priority.rawValue)
        writer.write("entity_type", about.reference.entityType)
        writer.write("case_id", about.reference.id)
        writer.write("case_title", orNull: about.title)
        writer.write("case_status", orNull: about.status)
        writer.write("url", orNull: about.url)
        writer.write("trigger_type", reminder.trigger.rawValue)
        writer.write("recurring", isRecurring)
        writer.write("due_at", reminder.dueAt)
        writer.write("created_at", createdAt)
    }

    static let blank = Popup(id: 0, .blank, isRecurring: false, createdAt: .distantPast)

    /// Reads the value of one field.
    mutating func read(_ field: Field, _ decoder: inout MessageDecoder) throws(JSONError) {
        switch field {
        case .id: id = try decoder.integer(field, from: 1) ?? 0
        case .reminderID: reminder.reminderID = try decoder.integer(field, from: 1) ?? 0
        case .occurrenceID: reminder.occurrenceID = try decoder.integer(field, from: 1) ?? 0
        case .deliveryID: reminder.deliveryID = try decoder.uuid(field) ?? reminder.deliveryID
        case .title: reminder.title = try decoder.text(field, upTo: Limits.title) ?? ""
        case .message: reminder.message = try decoder.text(field, upTo: Limits.message)
        case .creator: reminder.creator = try decoder.text(field, upTo: Limits.name)
        case .priority: reminder.priority = try decoder.choice(field, Priority.self) ?? reminder.priority
        case .entityType:
            reminder.about.reference.entityType = try decoder.choice(field, EntityType.self)?.rawValue ?? ""
        case .caseID: reminder.about.reference.id = try decoder.identifier(field) ?? ""
        case .caseTitle: reminder.about.title = try decoder.text(field, upTo: Limits.title)
        case .caseStatus: reminder.about.status = try decoder.text(field, upTo: Limits.status)
        case .url: reminder.about.url = try decoder.link(field)
        case .trigger: reminder.trigger = try decoder.choice(field, Trigger.self) ?? reminder.trigger
        case .recurring: isRecurring = try decoder.boolean(field) ?? false
        case .dueAt: reminder.dueAt = try decoder.instant(field) ?? reminder.dueAt
        case .createdAt: createdAt = try decoder.instant(field) ?? createdAt
        }
    }

    /// Its fields, wherever it stands.
    enum Field: String, MessageField {
        case id
        case reminderID = "reminder_id"
        case occurrenceID = "occurrence_id"
        case deliveryID = "delivery_id"
        case title
        case message
        case creator
        case priority
        case entityType = "entity_type"
        case caseID = "case_id"
        case caseTitle = "case_title"
        case caseStatus = "case_status"
        case url
        case trigger = "trigger_type"
        case recurring
        case dueAt = "due_at"
        case createdAt = "created_at"

        static let table = FieldTable<Field>()
        var isRequired: Bool { ![.message, .creator, .caseTitle, .caseStatus, .url].contains(self) }

        var expected: String {
            switch self {
            case .id, .reminderID, .occurrenceID: Expected.positiveInteger
            case .deliveryID: Expected.uuid
            case .title: Expected.text(upTo: Limits.title)
            case .message: Expected.optionalText(upTo: Limits.message)
            case .creator: Expected.optionalText(upTo: Limits.name)
            case .priority: Expected.choice(Priority.self)
            case .entityType: Expected.choice(EntityType.self)
            case .caseID: Expected.identifierOrNumber
            case .caseTitle: Expected.optionalText(upTo: Limits.title)
            case .caseStatus: Expected.optionalText(upTo: Limits.status)
            case .url: Expected.link
            case .trigger: Expected.choice(Trigger.self)
            case .recurring: "true or false"
            case .dueAt, .createdAt: Expected.time
            }
        }
    }
}
