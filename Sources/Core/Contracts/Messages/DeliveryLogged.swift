import RemindersDomain

/// `delivery.logged.v1`: a delivery has ended. From whoever ended it to whoever listens; the ledger row is the truth.
public struct DeliveryLogged: Hashable, Sendable {
    /// The ledger row.
    public private(set) var deliveryID: DeliveryID
    /// How often it had been sent again before, 0 or more: what ended badly may be asked for once more, under the same
    /// id. Each generation ends once.
    public private(set) var generation: Int
    /// The occurrence, 1 or more.
    public private(set) var occurrenceID: Int64
    /// The reminder, 1 or more.
    public private(set) var reminderID: Int64
    /// Whom it went to.
    public private(set) var recipient: Recipient
    /// How.
    public private(set) var channel: ChannelKind
    /// How it ended: a state that `isFinal`.
    public private(set) var outcome: DeliveryState
    /// Why, where it isn't plain, at most 500 characters.
    public private(set) var reason: String?
    /// What the server said, at most 2,000 characters.
    public private(set) var reply: String?
    /// How often it was tried, 0 or more.
    public private(set) var attempts: Int
    /// When the occurrence was to fire.
    public private(set) var dueAt: Instant
    /// When the outcome was written to the ledger.
    public private(set) var recordedAt: Instant

    /// States how a delivery ended; `outcome` must be final. Longer texts are cut (`String.clipped`).
    public init(
        deliveryID: DeliveryID, generation: Int = 0, occurrenceID: Int64, reminderID: Int64, recipient: Recipient,
        channel: ChannelKind, outcome: DeliveryState, reason: String? = nil, reply: String? = nil, attempts: Int,
        dueAt: Instant, recordedAt: Instant
    ) {
        precondition(outcome.isFinal, "only a delivery that has ended is logged")
        self.deliveryID = deliveryID
        self.generation = generation
        self.occurrenceID = occurrenceID
        self.reminderID = reminderID
        self.recipient = recipient
        self.channel = channel
        self.outcome = outcome
        self.reason = reason?.clipped(to: Limits.reason)
        self.reply = reply?.clipped(to: Limits.reply)
        self.attempts = attempts
        self.dueAt = dueAt
        self.recordedAt = recordedAt
    }

    /// The routing key on the exchange `reminders.log`: channel and outcome, `email.sent`.
    public var routingKey: String { "\(channel.rawValue).\(outcome.rawValue)" }
}

// MARK: - JSON

extension DeliveryLogged {
    /// The body of the message.
    public func encode() -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        encode(to: &writer)
        return writer.bytes
    }

    /// Appends the body of the message.
    public func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.write("delivery_id", deliveryID.text)
        if generation > 0 { writer.write("generation", generation) }
        writer.write("occurrence_id", occurrenceID)
        writer.write("reminder_id", reminderID)
        writer.write("recipient", recipient.key)
        writer.write("channel", channel.rawValue)
        writer.write("outcome", outcome.rawValue)
        writer.write("reason", ifPresent: reason)
        writer.write("reply", ifPresent: reply)
        writer.write("attempts", attempts)
        writer.write("due_at", dueAt)
        writer.write("recorded_at", recordedAt)
        writer.endObject()
    }

    /// Reads the body of a message.
    ///
    /// - Throws: `ContractError` with everything that is wrong with it.
    public init(decoding body: [UInt8]) throws(ContractError) {
        let blank = DeliveryLogged(
            deliveryID: DeliveryID(high: 0, low: 0), occurrenceID: 0, reminderID: 0, recipient: .user(""),
            channel: .email, outcome: .sent, attempts: 0, dueAt: .distantPast, recordedAt: .distantPast)
        self = try decode(body, as: .deliveryLogged, into: blank) { decoder, message throws(JSONError) in
            guard var cursor = try decoder.begin(Field.self) else { return }
            while let field = try decoder.next(&cursor) { try message.read(field, &decoder) }
        }
    }

    private mutating func read(_ field: Field, _ decoder: inout MessageDecoder) throws(JSONError) {
        switch field {
        case .deliveryID: deliveryID = try decoder.uuid(field) ?? deliveryID
        case .generation: generation = Int(try decoder.integer(field, from: 0, to: Limits.generation) ?? 0)
        case .occurrenceID: occurrenceID = try decoder.integer(field, from: 1) ?? 0
        case .reminderID: reminderID = try decoder.integer(field, from: 1) ?? 0
        case .recipient:
            if let key = try decoder.text(field, upToBytes: Limits.recipientBytes) { recipient = Recipient(key: key) }
        case .channel: channel = try decoder.choice(field, ChannelKind.self) ?? channel
        case .outcome:
            guard let state = try decoder.choice(field, DeliveryState.self) else { break }
            if !state.isFinal { decoder.note(field, "is \"\(state.rawValue)\", which is not final") }
            outcome = state
        case .reason: reason = try decoder.text(field, upTo: Limits.reason)
        case .reply: reply = try decoder.text(field, upTo: Limits.reply)
        case .attempts: attempts = Int(try decoder.integer(field, from: 0) ?? 0)
        case .dueAt: dueAt = try decoder.instant(field) ?? dueAt
        case .recordedAt: recordedAt = try decoder.instant(field) ?? recordedAt
        }
    }

    private enum Field: String, MessageField {
        case deliveryID = "delivery_id"
        case generation
        case occurrenceID = "occurrence_id"
        case reminderID = "reminder_id"
        case recipient
        case channel
        case outcome
        case reason
        case reply
        case attempts
        case dueAt = "due_at"
        case recordedAt = "recorded_at"

        static let table = FieldTable<Field>()
        var isRequired: Bool { ![.generation, .reason, .reply].contains(self) }

        var expected: String {
            switch self {
            case .deliveryID: Expected.uuid
            case .generation: Expected.generation
            case .occurrenceID, .reminderID: Expected.positiveInteger
            case .recipient: Expected.recipient
            case .channel: ChannelKind.expected
            case .outcome:
                "one of " + DeliveryState.allCases.filter(\.isFinal).map(\.rawValue).joined(separator: ", ")
            case .reason: Expected.optionalText(upTo: Limits.reason)
            case .reply: Expected.optionalText(upTo: Limits.reply)
            case .attempts: "an integer of 0 to \(Int64.max)"
            case .dueAt, .recordedAt: Expected.time
            }
        }
    }
}
