import RemindersDomain

/// How a reminder is spelled in JSON, alone in a message or as one of several.
extension ShownReminder {
    /// As a message may carry it: longer texts are cut (`String.clipped`), a link that must not be shown is left out.
    ///
    /// - Parameter limit: characters of the reminder's text.
    func clipped(messageTo limit: Int = Limits.message) -> ShownReminder {
        var clipped = self
        clipped.title = title.clipped(to: Limits.title)
        clipped.message = message?.clipped(to: limit)
        clipped.creator = creator?.clipped(to: Limits.name)
        clipped.about = about.clipped
        clipped.event = event?.clipped
        return clipped
    }

    /// How many bytes it adds to the body of a digest.
    public var encodedBytes: Int {
        var writer = JSONWriter()
        clipped(messageTo: Limits.digestMessage).encode(to: &writer)
        return writer.bytes.count + 1
    }

    /// Appends the object as an element of an array.
    func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        encodeFields(to: &writer)
        writer.write("time_zone", ifPresent: timeZone)
        writer.endObject()
    }

    /// Appends the fields to an object that is open.
    func encodeFields(to writer: inout JSONWriter) {
        writer.write("delivery_id", deliveryID.text)
        if generation > 0 { writer.write("generation", generation) }
        writer.write("occurrence_id", occurrenceID)
        writer.write("reminder_id", reminderID)
        writer.write("priority", priority.rawValue)
        writer.write("title", title)
        writer.write("message", ifPresent: message)
        writer.write("creator", ifPresent: creator)
        about.encode("case", to: &writer)
        writer.write("trigger", trigger.rawValue)
        event?.encode("event", to: &writer)
        writer.write("due_at", dueAt)
    }

    /// What a draft begins with. Whoever reads a message refuses it where a required field is missing or wrong, so
    /// nothing of this is ever seen.
    static let blank = ShownReminder(
        deliveryID: DeliveryID(high: 0, low: 0), occurrenceID: 0, reminderID: 0, title: "",
        about: CaseSummary(reference: CaseReference(entityType: "", id: "")), dueAt: .distantPast)

    /// Reads one of several, at `pointer`; nil if it is no object. What is wrong with it was noted.
    init?(_ decoder: inout MessageDecoder, at pointer: String) throws(JSONError) {
        guard var cursor = try decoder.begin(ItemField.self, at: pointer) else { return nil }
        self = .blank
        while let field = try decoder.next(&cursor) {
            switch field {
            case .shared(.message): message = try decoder.text(field, upTo: Limits.digestMessage)
            case .shared(let shared): try read(shared, &decoder)
            case .timeZone: timeZone = try decoder.isNull() ? nil : decoder.timeZone(field)
            }
        }
    }

    /// Reads the value of one field.
    mutating func read(_ field: Field, _ decoder: inout MessageDecoder) throws(JSONError) {
        switch field {
        case .deliveryID: deliveryID = try decoder.uuid(field) ?? deliveryID
        case .generation: generation = Int(try decoder.integer(field, from: 0, to: Limits.generation) ?? 0)
        case .occurrenceID: occurrenceID = try decoder.integer(field, from: 1) ?? 0
        case .reminderID: reminderID = try decoder.integer(field, from: 1) ?? 0
        case .priority: priority = try decoder.choice(field, Priority.self) ?? priority
        case .title: title = try decoder.text(field, upTo: Limits.title) ?? ""
        case .message: message = try decoder.text(field, upTo: Limits.message)
        case .creator: creator = try decoder.text(field, upTo: Limits.name)
        case .about: about = try CaseSummary(&decoder, in: field) ?? about
        case .trigger: trigger = try decoder.choice(field, Trigger.self) ?? trigger
        case .event: event = try StatusChange(&decoder, in: field)
        case .dueAt: dueAt = try decoder.instant(field) ?? dueAt
        }
    }

    /// Its fields, wherever it stands.
    enum Field: String, MessageField {
        case deliveryID = "delivery_id"
        case generation
        case occurrenceID = "occurrence_id"
        case reminderID = "reminder_id"
        case priority
        case title
        case message
        case creator
        case about = "case"
        case trigger
        case event
        case dueAt = "due_at"

        static let table = FieldTable<Field>()

        var isRequired: Bool { ![.generation, .message, .creator, .event].contains(self) }

        var expected: String {
            switch self {
            case .deliveryID: Expected.uuid
            case .generation: Expected.generation
            case .occurrenceID, .reminderID: Expected.positiveInteger
            case .priority: Expected.choice(Priority.self)
            case .title: Expected.text(upTo: Limits.title)
            case .message: Expected.optionalText(upTo: Limits.message)
            case .creator: Expected.optionalText(upTo: Limits.name)
            case .about: Expected.reference
            case .trigger: Expected.choice(Trigger.self)
            case .event: Expected.statusChange
            case .dueAt: Expected.time
            }
        }
    }

    /// The fields of one of several: its text is shorter, and it may have a zone of its own.
    private enum ItemField: MessageField {
        case shared(Field)
        case timeZone

        static let allCases = Field.allCases.map(ItemField.shared) + [.timeZone]
        static let table = FieldTable<ItemField>()

        var name: String {
            switch self {
            case .shared(let field): field.name
            case .timeZone: "time_zone"
            }
        }

        var isRequired: Bool {
            switch self {
            case .shared(let field): field.isRequired
            case .timeZone: false
            }
        }

        var expected: String {
            switch self {
            case .shared(.message): Expected.optionalText(upTo: Limits.digestMessage)
            case .shared(let field): field.expected
            case .timeZone: Expected.timeZone
            }
        }
    }
}

extension StatusChange {
    fileprivate var clipped: StatusChange {
        StatusChange(oldStatus: oldStatus?.clipped(to: Limits.status), newStatus: newStatus?.clipped(to: Limits.status))
    }

    /// Writes the object that is the value of the field `key`.
    fileprivate func encode(_ key: StaticString, to writer: inout JSONWriter) {
        writer.beginObject(key)
        writer.write("old_status", ifPresent: oldStatus)
        writer.write("new_status", ifPresent: newStatus)
        writer.endObject()
    }

    /// Reads the object that is the value of `field`; nil if it is null or a problem was noted.
    fileprivate init?(_ decoder: inout MessageDecoder, in field: some MessageField) throws(JSONError) {
        guard var cursor = try decoder.begin(Field.self, in: field) else { return nil }
        self.init(oldStatus: nil, newStatus: nil)
        while let field = try decoder.next(&cursor) {
            switch field {
            case .oldStatus: oldStatus = try decoder.text(field, upTo: Limits.status)
            case .newStatus: newStatus = try decoder.text(field, upTo: Limits.status)
            }
        }
    }

    private enum Field: String, MessageField {
        case oldStatus = "old_status"
        case newStatus = "new_status"

        static let table = FieldTable<Field>()
        var isRequired: Bool { false }
        var expected: String { Expected.optionalText(upTo: Limits.status) }
    }
}
