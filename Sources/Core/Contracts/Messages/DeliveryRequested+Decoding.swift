import RemindersDomain

extension DeliveryRequested {
    /// Reads the body of a message.
    ///
    /// - Throws: `ContractError` with everything that is wrong with it.
    public init(decoding body: [UInt8]) throws(ContractError) {
        self = try decode(body, as: .deliveryRequested, into: Draft()) {
            decoder, draft throws(JSONError) in
            guard var cursor = try decoder.begin(Field.self) else { return }
            while let field = try decoder.next(&cursor) { try draft.read(field, &decoder) }
            if draft.channel == .email, draft.address == nil, !draft.addressIsWrong {
                decoder.note("/address", "is missing", expected: "the mail address, since the channel is email")
            }
        } make: {
            $0.message
        }
    }

    private struct Draft {
        var deliveryID: String?
        var occurrenceID: Int64?
        var reminderID: Int64?
        var recipient: String?
        var channel: ChannelKind?
        var address: String?
        var addressIsWrong = false
        var name: String?
        var locale: String?
        var timeZone: String?
        var priority: Priority?
        var title: String?
        var text: String?
        var about: CaseSummary?
        var trigger: Trigger?
        var event: StatusChange?
        var dueAt: Instant?
        var requestedAt: Instant?
        var generation: Int64 = 0
        var digest: [DigestItem] = []

        mutating func read(_ field: Field, _ decoder: inout MessageDecoder) throws(JSONError) {
            switch field {
            case .deliveryID: deliveryID = try decoder.uuid(field)
            case .occurrenceID: occurrenceID = try decoder.integer(field, from: 1)
            case .reminderID: reminderID = try decoder.integer(field, from: 1)
            case .recipient: recipient = try decoder.text(field, upToBytes: Limits.recipientBytes)
            case .channel: channel = try decoder.choice(field, ChannelKind.self)
            case .address:
                if try decoder.isNull() { break }
                address = try decoder.word(field, upToBytes: Limits.addressBytes) { $0 > 0x20 && $0 != 0x7F }
                addressIsWrong = address == nil
            case .name: name = try decoder.text(field, upTo: Limits.name)
            case .locale: locale = try decoder.locale(field)
            case .timeZone: timeZone = try decoder.timeZone(field)
            case .priority: priority = try decoder.choice(field, Priority.self)
            case .title: title = try decoder.text(field, upTo: Limits.title)
            case .message: text = try decoder.text(field, upTo: Limits.message)
            case .about: about = try CaseSummary(&decoder, in: field)
            case .trigger: trigger = try decoder.choice(field, Trigger.self)
            case .event: event = try StatusChange(&decoder, in: field)
            case .dueAt: dueAt = try decoder.instant(field)
            case .requestedAt: requestedAt = try decoder.instant(field)
            case .generation: generation = try decoder.integer(field, from: 0, to: Limits.generation) ?? 0
            case .digest:
                digest = try decoder.objects(field, upTo: Limits.digestItems) { decoder, pointer throws(JSONError) in
                    try DigestItem(&decoder, at: pointer)
                }
            }
        }

        var message: DeliveryRequested? {
            guard let deliveryID, let occurrenceID, let reminderID, let recipient, let channel, let locale,
                let timeZone, let priority, let title, let about, let trigger, let dueAt, let requestedAt
            else { return nil }
            return DeliveryRequested(
                deliveryID: deliveryID, occurrenceID: occurrenceID, reminderID: reminderID,
                recipient: Recipient(key: recipient), channel: channel, address: address, name: name, locale: locale,
                timeZone: timeZone, priority: priority, title: title, message: text, about: about, trigger: trigger,
                event: event, dueAt: dueAt, requestedAt: requestedAt, generation: Int(generation), digest: digest)
        }
    }

    private enum Field: String, MessageField {
        case deliveryID = "delivery_id"
        case occurrenceID = "occurrence_id"
        case reminderID = "reminder_id"
        case recipient
        case channel
        case address
        case name
        case locale
        case timeZone = "time_zone"
        case priority
        case title
        case message
        case about = "case"
        case trigger
        case event
        case dueAt = "due_at"
        case requestedAt = "requested_at"
        case generation
        case digest

        static let table = FieldTable<Field>()

        var isRequired: Bool {
            switch self {
            case .address, .name, .message, .event, .generation, .digest: false
            default: true
            }
        }

        var expected: String {
            switch self {
            case .deliveryID: Expected.uuid
            case .occurrenceID, .reminderID: Expected.positiveInteger
            case .recipient: Expected.recipient
            case .channel: Expected.choice(ChannelKind.self)
            case .address: "an address of 1 to \(Limits.addressBytes) bytes without blanks and controls, or null"
            case .name: Expected.optionalText(upTo: Limits.name)
            case .locale: Expected.locale
            case .timeZone: Expected.timeZone
            case .priority: Expected.choice(Priority.self)
            case .title: Expected.text(upTo: Limits.title)
            case .message: Expected.optionalText(upTo: Limits.message)
            case .about: Expected.reference
            case .trigger: Expected.choice(Trigger.self)
            case .event: Expected.statusChange
            case .dueAt, .requestedAt: Expected.time
            case .generation: Expected.generation
            case .digest: "a list of at most \(Limits.digestItems) reminders, or nothing"
            }
        }
    }
}

extension DeliveryRequested.StatusChange {
    /// Reads the object that is the value of `field`; nil if it is null or a problem was noted.
    init?(_ decoder: inout MessageDecoder, in field: some MessageField) throws(JSONError) {
        guard var cursor = try decoder.begin(Field.self, in: field) else { return nil }
        var oldStatus: String?
        var newStatus: String?
        while let field = try decoder.next(&cursor) {
            switch field {
            case .oldStatus: oldStatus = try decoder.text(field, upTo: Limits.status)
            case .newStatus: newStatus = try decoder.text(field, upTo: Limits.status)
            }
        }
        self.init(oldStatus: oldStatus, newStatus: newStatus)
    }

    private enum Field: String, MessageField {
        case oldStatus = "old_status"
        case newStatus = "new_status"

        static let table = FieldTable<Field>()
        var isRequired: Bool { false }
        var expected: String { Expected.optionalText(upTo: Limits.status) }
    }
}
