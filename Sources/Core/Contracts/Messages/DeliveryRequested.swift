import RemindersDomain

/// `delivery.requested.v1`: one occurrence is to go to one recipient through one channel. From the rate-limiter to
/// the sender of the channel. All that is shown is in it; the sender looks up in the ledger and at the reminder only
/// whether it is still to be sent.
///
/// A digest carries more reminders of the same recipient, which were held and leave with this one.
public struct DeliveryRequested: Hashable, Sendable {
    /// What is shown. Its ids are the message's own.
    public private(set) var reminder: ShownReminder
    /// Whom it goes to.
    public private(set) var recipient: Recipient
    /// How it goes there.
    public private(set) var channel: ChannelKind
    /// Where: a mail address; a Mattermost `@name` or channel, nil for the webhook's own channel; nil for the frontend.
    public private(set) var address: String?
    /// The recipient's display name, at most 200 characters.
    public private(set) var name: String?
    /// The recipient's language, a tag like `da` or `en-GB` (RFC 5646).
    public private(set) var locale: String
    /// The IANA time zone in which the recipient reads times: their own, or where nobody knows that, the reminder's.
    public private(set) var timeZone: String
    /// When the ledger row was written.
    public private(set) var requestedAt: Instant
    /// Reminders that leave in the same message, in the order of their due times, at most 49, the beginning of each
    /// text; usually none.
    public private(set) var digest: [ShownReminder]

    /// Asks for a delivery. Longer texts are cut (`String.clipped`), links that must not be shown are left out.
    public init(
        _ reminder: ShownReminder, to recipient: Recipient, through channel: ChannelKind, address: String?,
        name: String? = nil, locale: String, timeZone: String, requestedAt: Instant, digest: [ShownReminder] = []
    ) {
        self.reminder = reminder.clipped()
        self.reminder.timeZone = nil
        self.recipient = recipient
        self.channel = channel
        self.address = address
        self.name = name?.clipped(to: Limits.name)
        self.locale = locale
        self.timeZone = timeZone
        self.requestedAt = requestedAt
        self.digest = digest.map { item in
            var item = item.clipped(messageTo: Limits.digestMessage)
            if item.timeZone == timeZone { item.timeZone = nil }
            return item
        }
    }
}

extension DeliveryRequested {
    /// All it carries: one reminder, or those of a digest, with the beginning of each text.
    public var reminders: [ShownReminder] { [reminder.clipped(messageTo: Limits.digestMessage)] + digest }

    /// The same message with only those of its reminders whose occurrences are wanted; nil when none is.
    ///
    /// It keeps its own ids, which are the key against duplicates, also when it shows its own reminder no longer.
    public func keeping(_ isWanted: (Int64) -> Bool) -> DeliveryRequested? {
        var rest = digest.filter { isWanted($0.occurrenceID) }
        var kept = self
        if !isWanted(reminder.occurrenceID) {
            guard let next = rest.first else { return nil }
            rest.removeFirst()
            // The zone of what is shown first is the message's, and was that of all who have none of their own.
            if let zone = next.timeZone {
                for index in rest.indices where rest[index].timeZone == nil { rest[index].timeZone = timeZone }
                kept.timeZone = zone
            }
            kept.reminder = next
            kept.reminder.timeZone = nil
            kept.reminder.deliveryID = reminder.deliveryID
            kept.reminder.generation = reminder.generation
            kept.reminder.occurrenceID = reminder.occurrenceID
        }
        kept.digest = rest
        return kept
    }
}

// MARK: - JSON

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
        reminder.encodeFields(to: &writer)
        writer.write("recipient", recipient.key)
        writer.write("channel", channel.rawValue)
        if let address { writer.write("address", address) } else { writer.writeNull("address") }
        writer.write("name", ifPresent: name)
        writer.write("locale", locale)
        writer.write("time_zone", timeZone)
        writer.write("requested_at", requestedAt)
        if !digest.isEmpty {
            writer.beginArray("digest")
            for item in digest { item.encode(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }

    /// Reads the body of a message.
    ///
    /// - Throws: `ContractError` with everything that is wrong with it.
    public init(decoding body: [UInt8]) throws(ContractError) {
        let blank = DeliveryRequested(
            .blank, to: .user(""), through: .frontend, address: nil, locale: "", timeZone: "", requestedAt: .distantPast
        )
        self = try decode(body, as: .deliveryRequested, into: blank) { decoder, message throws(JSONError) in
            guard var cursor = try decoder.begin(Field.self) else { return }
            var hasWrongAddress = false
            while let field = try decoder.next(&cursor) {
                switch field {
                case .reminder(let field): try message.reminder.read(field, &decoder)
                case .delivery(let field): try message.read(field, &decoder, &hasWrongAddress)
                }
            }
            if message.channel == .email, message.address == nil, !hasWrongAddress {
                decoder.note("/address", "is missing", expected: "the mail address, since the channel is email")
            }
        }
    }

    private mutating func read(
        _ field: OwnField, _ decoder: inout MessageDecoder, _ hasWrongAddress: inout Bool
    ) throws(JSONError) {
        switch field {
        case .recipient:
            if let key = try decoder.text(field, upToBytes: Limits.recipientBytes) { recipient = Recipient(key: key) }
        case .channel: channel = try decoder.choice(field, ChannelKind.self) ?? channel
        case .address:
            if try decoder.isNull() { break }
            address = try decoder.word(field, upToBytes: Limits.addressBytes) { $0 > 0x20 && $0 != 0x7F }
            hasWrongAddress = address == nil
        case .name: name = try decoder.text(field, upTo: Limits.name)
        case .locale: locale = try decoder.locale(field) ?? ""
        case .timeZone: timeZone = try decoder.timeZone(field) ?? ""
        case .requestedAt: requestedAt = try decoder.instant(field) ?? requestedAt
        case .digest:
            digest = try decoder.objects(field, upTo: Limits.digestItems) { decoder, pointer throws(JSONError) in
                try ShownReminder(&decoder, at: pointer)
            }
        }
    }

    /// The fields of the message: those of its reminder, and its own.
    private enum Field: MessageField {
        case reminder(ShownReminder.Field)
        case delivery(OwnField)

        static let allCases = ShownReminder.Field.allCases.map(Field.reminder) + OwnField.allCases.map(Field.delivery)
        static let table = FieldTable<Field>()

        private var part: any MessageField {
            switch self {
            case .reminder(let field): field
            case .delivery(let field): field
            }
        }

        var name: String { part.name }
        var isRequired: Bool { part.isRequired }
        var expected: String { part.expected }
    }

    private enum OwnField: String, MessageField {
        case recipient
        case channel
        case address
        case name
        case locale
        case timeZone = "time_zone"
        case requestedAt = "requested_at"
        case digest

        static let table = FieldTable<OwnField>()

        var isRequired: Bool { self != .address && self != .name && self != .digest }

        var expected: String {
            switch self {
            case .recipient: Expected.recipient
            case .channel: ChannelKind.expected
            case .address: "an address of 1 to \(Limits.addressBytes) bytes without blanks and controls, or null"
            case .name: Expected.optionalText(upTo: Limits.name)
            case .locale: Expected.locale
            case .timeZone: Expected.timeZone
            case .requestedAt: Expected.time
            case .digest: "a list of at most \(Limits.digestItems) reminders, or nothing"
            }
        }
    }
}
