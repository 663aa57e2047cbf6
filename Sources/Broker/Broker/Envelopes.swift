import RemindersAMQP
import RemindersContracts
import RemindersDomain

/// How each kind of message lies in its AMQP envelope: where it goes, and what its properties say.
extension Message {
    /// The name of the system in the property `app_id`.
    public static let application = "reminders"

    /// An event of another system about a case, in structured mode.
    public init(caseEvent event: CaseEvent) {
        self.init(
            exchange: RemindersContracts.Exchange.caseEvents.rawValue, routingKey: event.type, body: event.encode(),
            properties: MessageProperties(
                contentType: CaseEvent.contentType, messageID: event.id, timestamp: event.time?.seconds))
    }

    /// An occurrence that is due, on its way to a rate-limiter.
    ///
    /// - Parameter traceparent: of the event that led to it, if there is one.
    public init(reminderDue due: ReminderDue, traceparent: String?) {
        self.init(
            exchange: RemindersContracts.Exchange.due.rawValue, routingKey: due.trigger.rawValue, body: due.encode(),
            properties: MessageProperties(
                kind: .reminderDue, id: String(due.occurrenceID), at: due.dueAt,
                trace: TraceContext.header(traceparent, occurrence: due.occurrenceID, at: due.dueAt)))
    }

    /// A delivery on its way to the sender of its channel.
    ///
    /// - Parameter traceparent: of the event that led to it, if there is one.
    public init(deliveryRequested request: DeliveryRequested, traceparent: String?) {
        self.init(
            exchange: RemindersContracts.Exchange.deliveries.rawValue, routingKey: request.channel.rawValue,
            body: request.encode(),
            properties: MessageProperties(
                kind: .deliveryRequested, id: request.reminder.deliveryID.text, at: request.requestedAt,
                trace: TraceContext.header(
                    traceparent, occurrence: request.reminder.occurrenceID, at: request.reminder.dueAt)))
    }

    /// The end of a delivery, for whoever listens. It need not reach anybody: the log is the truth.
    ///
    /// - Parameter traceparent: of the message that asked for the delivery.
    public init(deliveryLogged logged: DeliveryLogged, traceparent: String?) {
        self.init(
            exchange: RemindersContracts.Exchange.log.rawValue, routingKey: logged.routingKey, body: logged.encode(),
            properties: MessageProperties(
                kind: .deliveryLogged, id: logged.deliveryID.text, at: logged.recordedAt,
                trace: TraceContext.header(traceparent, occurrence: logged.occurrenceID, at: logged.dueAt)),
            mandatory: false)
    }
}

extension Message {
    /// A pop-up, for every frontend-push there is. It need not reach anybody: the list is the truth.
    public init(popupShown shown: PopupShown) {
        let popup = shown.popup
        self.init(
            exchange: RemindersContracts.Exchange.popups.rawValue, routingKey: "", body: shown.encode(),
            properties: MessageProperties(
                kind: .popupShown, id: String(popup.id), at: popup.createdAt,
                trace: TraceContext.header(nil, occurrence: popup.reminder.occurrenceID, at: popup.reminder.dueAt)),
            mandatory: false)
    }
}

extension Delivery {
    /// The W3C header the message came with.
    public var traceparent: String? {
        properties.headers[TraceContext.header]?.string
    }

    /// The id of the trace the message belongs to, for log lines.
    public var traceID: String? {
        traceparent.flatMap(TraceContext.init(traceparent:))?.traceID
    }
}

extension MessageProperties {
    fileprivate init(kind: MessageKind, id: String, at instant: Instant, trace: String) {
        self.init(
            contentType: MessageKind.contentType, headers: [TraceContext.header: .string(trace)], messageID: id,
            timestamp: instant.seconds, type: kind.rawValue, appID: Message.application)
    }
}

extension CaseEvent {
    /// Reads the event a delivery carries, in structured or binary mode.
    ///
    /// - Throws: `ContractError` naming every field that is at fault.
    public init(delivery: Delivery) throws(ContractError) {
        let headers = delivery.properties.headers.entries.map { (name: $0.key, value: HeaderValue($0.value)) }
        try self.init(contentType: delivery.properties.contentType, headers: headers, body: delivery.body)
    }
}

extension HeaderValue {
    fileprivate init(_ field: FieldValue) {
        switch field {
        case .string(let text): self = .text(text)
        case .bytes(let bytes): self = .bytes(bytes)
        case .timestamp(let seconds): self = .timestamp(seconds)
        case .void: self = .nothing
        case .bool: self = .other("true or false")
        case .float, .double, .decimal: self = .other("a number with a fraction")
        case .array: self = .other("an array")
        case .table: self = .other("a table")
        case .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64:
            self = field.integer.map { .integer(Int64($0)) } ?? .other("an integer beyond 64 bits with a sign")
        }
    }
}

/// Messages that go on from a queue: round a retry queue, or to the dead letters. Body and properties stay as they are.
extension Message {
    /// `delivery`, to come back to `queue` after `delay`.
    ///
    /// - Parameter attempts: how often it was tried so far; for people who look into the queue, the ledger counts.
    public init(
        retrying delivery: Delivery, after delay: RetryDelay, attempts: Int, from queue: RemindersContracts.Queue
    ) {
        var properties = delivery.properties.withoutBrokerHeaders
        if attempts > 0 { properties.headers[Header.attempt] = .int64(Int64(attempts)) }
        self.init(
            exchange: RemindersContracts.Exchange.retry.rawValue, routingKey: queue.retryQueue(after: delay),
            body: delivery.body, properties: properties)
    }

    /// `delivery`, for the dead-letter queue of `queue`.
    ///
    /// - Parameter reason: cut to 1,000 characters.
    public init(dead delivery: Delivery, reason: String, from queue: RemindersContracts.Queue) {
        var properties = delivery.properties.withoutBrokerHeaders
        properties.headers[Header.reason] = .string(String(reason.prefix(1000)))
        self.init(
            exchange: RemindersContracts.Exchange.dead.rawValue, routingKey: queue.rawValue, body: delivery.body,
            properties: properties)
    }
}

extension MessageProperties {
    /// Without what the broker wrote about earlier rounds: with each round it would grow.
    fileprivate var withoutBrokerHeaders: MessageProperties {
        var properties = self
        for name in [
            "x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason",
            "x-last-death-exchange", "x-last-death-queue", "x-last-death-reason", "x-delivery-count",
        ] {
            properties.headers[name] = nil
        }
        return properties
    }
}

extension TraceContext {
    /// The trace of an occurrence that no event from outside began: always the same one, so that every message and
    /// log line about it, also after a crash, belongs together.
    public init(occurrence id: Int64, at due: Instant) {
        let high = TraceContext.mix(UInt64(bitPattern: due.microseconds))
        let low = TraceContext.mix(high ^ UInt64(bitPattern: id))
        self.init(traceHigh: high, traceLow: low, spanID: TraceContext.mix(low))
    }

    /// The header of an occurrence: that of the event that began its trace, or one of its own.
    static func header(_ traceparent: String?, occurrence id: Int64, at due: Instant) -> String {
        traceparent ?? TraceContext(occurrence: id, at: due).traceparent
    }

    /// The id of an occurrence's trace, for log lines.
    public static func id(_ traceparent: String?, occurrence id: Int64, at due: Instant) -> String {
        (traceparent.flatMap(TraceContext.init(traceparent:)) ?? TraceContext(occurrence: id, at: due)).traceID
    }

    /// Spreads the bits of a counter or a clock (the finaliser of SplitMix64, https://prng.di.unimi.it/splitmix64.c).
    private static func mix(_ value: UInt64) -> UInt64 {
        var bits = value &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
