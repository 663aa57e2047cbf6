import RemindersDomain

/// `delivery.logged.v1`: a delivery has ended. From whoever ended it to whoever listens; the ledger row is the truth.
public struct DeliveryLogged: Hashable, Sendable {
    /// The ledger row, a UUID in lower case.
    public let deliveryID: String
    /// The occurrence, 1 or more.
    public let occurrenceID: Int64
    /// The reminder, 1 or more.
    public let reminderID: Int64
    /// Whom it went to.
    public let recipient: Recipient
    /// How.
    public let channel: ChannelKind
    /// How it ended: a state that `isFinal`.
    public let outcome: DeliveryState
    /// Why, where it isn't plain, at most 500 characters.
    public let reason: String?
    /// What the server said, at most 2,000 characters.
    public let reply: String?
    /// How often it was tried, 0 or more.
    public let attempts: Int
    /// When the occurrence was to fire.
    public let dueAt: Instant
    /// When the outcome was written to the ledger.
    public let recordedAt: Instant
    /// How often it was tried anew after it had ended: 0 at first.
    public let generation: Int

    /// States how a delivery ended; `outcome` must be final. Longer texts are cut (`String.clipped`).
    public init(
        deliveryID: String, occurrenceID: Int64, reminderID: Int64, recipient: Recipient, channel: ChannelKind,
        outcome: DeliveryState, reason: String? = nil, reply: String? = nil, attempts: Int, dueAt: Instant,
        recordedAt: Instant, generation: Int = 0
    ) {
        precondition(outcome.isFinal, "only a delivery that has ended is logged")
        self.deliveryID = deliveryID
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
        self.generation = generation
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
        writer.write("delivery_id", deliveryID)
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
        if generation != 0 { writer.write("generation", Int64(generation)) }
        writer.endObject()
    }

    /// Reads the body of a message.
    ///
    /// - Throws: `ContractError` with everything that is wrong with it.
    public init(decoding body: [UInt8]) throws(ContractError) {
        self = try decode(body, as: .deliveryLogged, into: Draft()) {
            decoder, draft throws(JSONError) in
            guard var cursor = try decoder.begin(Field.self) else { return }
            while let field = try decoder.next(&cursor) { try draft.read(field, &decoder) }
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
        var outcome: DeliveryState?
        var reason: String?
        var reply: String?
        var attempts: Int64?
        var dueAt: Instant?
        var recordedAt: Instant?
        var generation: Int64 = 0

        mutating func read(_ field: Field, _ decoder: inout MessageDecoder) throws(JSONError) {
            switch field {
            case .deliveryID: deliveryID = try decoder.uuid(field)
            case .occurrenceID: occurrenceID = try decoder.integer(field, from: 1)
            case .reminderID: reminderID = try decoder.integer(field, from: 1)
            case .recipient: recipient = try decoder.text(field, upToBytes: Limits.recipientBytes)
            case .channel: channel = try decoder.choice(field, ChannelKind.self)
            case .outcome: outcome = try readOutcome(&decoder)
            case .reason: reason = try decoder.text(field, upTo: Limits.reason)
            case .reply: reply = try decoder.text(field, upTo: Limits.reply)
            case .attempts: attempts = try decoder.integer(field, from: 0)
            case .dueAt: dueAt = try decoder.instant(field)
            case .recordedAt: recordedAt = try decoder.instant(field)
            case .generation: generation = try decoder.integer(field, from: 0, to: Limits.generation) ?? 0
            }
        }

        private func readOutcome(_ decoder: inout MessageDecoder) throws(JSONError) -> DeliveryState? {
            guard let outcome = try decoder.choice(Field.outcome, DeliveryState.self) else { return nil }
            if outcome.isFinal { return outcome }
            decoder.note(Field.outcome, "is \"\(outcome.rawValue)\", which is not final")
            return nil
        }

        var message: DeliveryLogged? {
            guard let deliveryID, let occurrenceID, let reminderID, let recipient, let channel, let outcome,
                let attempts, let dueAt, let recordedAt
            else { return nil }
            return DeliveryLogged(
                deliveryID: deliveryID, occurrenceID: occurrenceID, reminderID: reminderID,
                recipient: Recipient(key: recipient), channel: channel, outcome: outcome, reason: reason, reply: reply,
                attempts: Int(attempts), dueAt: dueAt, recordedAt: recordedAt, generation: Int(generation))
        }
    }

    private enum Field: String, MessageField {
        case deliveryID = "delivery_id"
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
        case generation

        static let table = FieldTable<Field>()
        var isRequired: Bool { self != .reason && self != .reply && self != .generation }

        var expected: String {
            switch self {
            case .deliveryID: Expected.uuid
            case .occurrenceID, .reminderID: Expected.positiveInteger
            case .recipient: Expected.recipient
            case .channel: Expected.choice(ChannelKind.self)
            case .outcome:
                "one of " + DeliveryState.allCases.filter(\.isFinal).map(\.rawValue).joined(separator: ", ")
            case .reason: Expected.optionalText(upTo: Limits.reason)
            case .reply: Expected.optionalText(upTo: Limits.reply)
            case .attempts: "an integer of 0 to \(Int64.max)"
            case .dueAt, .recordedAt: Expected.time
            case .generation: Expected.generation
            }
        }
    }
}
