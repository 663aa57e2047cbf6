import RemindersDomain

/// One reminder of a message that carries several.
public struct DigestItem: Hashable, Sendable {
    /// The ledger row, a UUID in lower case.
    public let deliveryID: String
    /// The occurrence, 1 or more.
    public let occurrenceID: Int64
    /// The reminder, 1 or more.
    public let reminderID: Int64
    /// How much it matters.
    public let priority: Priority
    /// The reminder's title, 1 to 300 characters.
    public let title: String
    /// The beginning of the reminder's text, at most 300 characters.
    public let message: String?
    /// What it is about.
    public let about: CaseSummary
    /// Why the reminder fired.
    public let trigger: Trigger
    /// The status change, if that is why it fired.
    public let event: DeliveryRequested.StatusChange?
    /// When the occurrence was to fire.
    public let dueAt: Instant
    /// How often it was tried anew after it had ended: 0 at first.
    public let generation: Int

    /// One of several. Longer texts are cut (`String.clipped`).
    public init(
        deliveryID: String, occurrenceID: Int64, reminderID: Int64, priority: Priority, title: String,
        message: String? = nil, about: CaseSummary, trigger: Trigger, event: DeliveryRequested.StatusChange? = nil,
        dueAt: Instant, generation: Int = 0
    ) {
        self.deliveryID = deliveryID
        self.occurrenceID = occurrenceID
        self.reminderID = reminderID
        self.priority = priority
        self.title = title.clipped(to: Limits.title)
        self.message = message?.clipped(to: Limits.digestMessage)
        self.about = about
        self.trigger = trigger
        self.event = event
        self.dueAt = dueAt
        self.generation = generation
    }

    /// What there is to show of a status: `open → in progress`, or that of the case; nil when there is none.
    public var statusText: String? {
        if let new = event?.newStatus, !new.isEmpty {
            guard let old = event?.oldStatus, !old.isEmpty else { return new }
            return "\(old) → \(new)"
        }
        return about.status.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// How many bytes it adds to the body of a message.
    public var encodedBytes: Int {
        var writer = JSONWriter()
        encode(to: &writer)
        return writer.bytes.count + 1
    }
}

extension DeliveryRequested {
    /// The first of its reminders, as an item of a list.
    public var first: DigestItem {
        DigestItem(
            deliveryID: deliveryID, occurrenceID: occurrenceID, reminderID: reminderID, priority: priority,
            title: title, message: message, about: about, trigger: trigger, event: event, dueAt: dueAt,
            generation: generation)
    }

    /// All it carries: one reminder, or those of a digest.
    public var reminders: [DigestItem] { [first] + digest }

    /// The same message with only those of its reminders whose occurrences are wanted; nil when none is.
    ///
    /// It keeps its own ids, which are the key against duplicates, also when it shows its own reminder no longer.
    public func keeping(_ isWanted: (Int64) -> Bool) -> DeliveryRequested? {
        let rest = digest.filter { isWanted($0.occurrenceID) }
        if isWanted(occurrenceID) { return rest.count == digest.count ? self : showing(first, message, rest) }
        guard let next = rest.first else { return nil }
        return showing(next, next.message, Array(rest.dropFirst()))
    }

    private func showing(_ item: DigestItem, _ message: String?, _ digest: [DigestItem]) -> DeliveryRequested {
        DeliveryRequested(
            deliveryID: deliveryID, occurrenceID: occurrenceID, reminderID: item.reminderID, recipient: recipient,
            channel: channel, address: address, name: name, locale: locale, timeZone: timeZone,
            priority: item.priority, title: item.title, message: message, about: item.about, trigger: item.trigger,
            event: item.event, dueAt: item.dueAt, requestedAt: requestedAt, generation: generation, digest: digest)
    }
}

// MARK: - JSON

extension DigestItem {
    /// Appends the object as an element of an array.
    func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.write("delivery_id", deliveryID)
        writer.write("occurrence_id", occurrenceID)
        writer.write("reminder_id", reminderID)
        writer.write("priority", priority.rawValue)
        writer.write("title", title)
        writer.write("message", ifPresent: message)
        about.encode("case", to: &writer)
        writer.write("trigger", trigger.rawValue)
        event?.encode("event", to: &writer)
        writer.write("due_at", dueAt)
        if generation != 0 { writer.write("generation", Int64(generation)) }
        writer.endObject()
    }

    /// Reads the object at `pointer`; nil if a problem was noted.
    init?(_ decoder: inout MessageDecoder, at pointer: String) throws(JSONError) {
        guard var cursor = try decoder.begin(Field.self, at: pointer) else { return nil }
        var deliveryID: String?
        var occurrenceID: Int64?
        var reminderID: Int64?
        var priority: Priority?
        var title: String?
        var text: String?
        var about: CaseSummary?
        var trigger: Trigger?
        var event: DeliveryRequested.StatusChange?
        var dueAt: Instant?
        var generation: Int64 = 0
        while let field = try decoder.next(&cursor) {
            switch field {
            case .deliveryID: deliveryID = try decoder.uuid(field)
            case .occurrenceID: occurrenceID = try decoder.integer(field, from: 1)
            case .reminderID: reminderID = try decoder.integer(field, from: 1)
            case .priority: priority = try decoder.choice(field, Priority.self)
            case .title: title = try decoder.text(field, upTo: Limits.title)
            case .message: text = try decoder.text(field, upTo: Limits.digestMessage)
            case .about: about = try CaseSummary(&decoder, in: field)
            case .trigger: trigger = try decoder.choice(field, Trigger.self)
            case .event: event = try DeliveryRequested.StatusChange(&decoder, in: field)
            case .dueAt: dueAt = try decoder.instant(field)
            case .generation: generation = try decoder.integer(field, from: 0, to: Limits.generation) ?? 0
            }
        }
        guard let deliveryID, let occurrenceID, let reminderID, let priority, let title, let about, let trigger,
            let dueAt
        else { return nil }
        self.init(
            deliveryID: deliveryID, occurrenceID: occurrenceID, reminderID: reminderID, priority: priority,
            title: title, message: text, about: about, trigger: trigger, event: event, dueAt: dueAt,
            generation: Int(generation))
    }

    private enum Field: String, MessageField {
        case deliveryID = "delivery_id"
        case occurrenceID = "occurrence_id"
        case reminderID = "reminder_id"
        case priority
        case title
        case message
        case about = "case"
        case trigger
        case event
        case dueAt = "due_at"
        case generation

        static let table = FieldTable<Field>()

        var isRequired: Bool { self != .message && self != .event && self != .generation }

        var expected: String {
            switch self {
            case .deliveryID: Expected.uuid
            case .occurrenceID, .reminderID: Expected.positiveInteger
            case .priority: Expected.choice(Priority.self)
            case .title: Expected.text(upTo: Limits.title)
            case .message: Expected.optionalText(upTo: Limits.digestMessage)
            case .about: Expected.reference
            case .trigger: Expected.choice(Trigger.self)
            case .event: Expected.statusChange
            case .dueAt: Expected.time
            case .generation: Expected.generation
            }
        }
    }
}
