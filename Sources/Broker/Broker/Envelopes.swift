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
