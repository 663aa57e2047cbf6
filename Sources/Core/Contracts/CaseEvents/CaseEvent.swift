import RemindersDomain

/// Something happened to a case (or task, bug, project) in another system: a CloudEvent 1.0
/// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) on the exchange `case.events`.
public struct CaseEvent: Hashable, Sendable {
    /// What happened. The raw value is the end of the CloudEvents `type`, which may have a reverse-DNS prefix:
    /// `dk.example.case.created.v1`.
    public enum Kind: String, CaseIterable, Sendable {
        /// The case is new.
        case created = "case.created.v1"
        /// Something about the case changed: what is not in the data stays as it was.
        case changed = "case.changed.v1"
        /// The case has another status, which is in the data.
        case statusChanged = "case.status_changed.v1"
        /// The case has another deadline or none any more; `deadline` is in the data.
        case deadlineChanged = "case.deadline_changed.v1"
        /// The case is done with.
        case closed = "case.closed.v1"
        /// The case is no more.
        case deleted = "case.deleted.v1"

        /// The kind that a CloudEvents `type` names.
        ///
        /// - Throws: `ContractError` with the code `unknownType` or `unsupportedVersion`.
        public init(type: String) throws(ContractError) {
            self = try VersionedType.kind(of: type, message: CaseEvent.message, prefixAllowed: true)
        }
    }

    /// The AMQP property `content_type` of an event in structured mode.
    public static let contentType = "application/cloudevents+json; charset=utf-8"
    /// What errors call such a message.
    static let message = "case event"

    /// The event's id, 1 to 200 bytes. `source` and `id` together are the key against duplicates.
    public let id: String
    /// Who publishes, a URI reference of 1 to 500 bytes.
    public let source: String
    /// The whole type, at most 255 bytes.
    public let type: String
    /// What happened.
    public let kind: Kind
    /// The case's id as the publisher writes it; `data.reference.id` is what counts.
    public let subject: String?
    /// When it happened.
    public let time: Instant?
    /// The trace the event belongs to.
    public let trace: TraceContext?
    /// The case.
    public let data: CaseData

    /// Whether the case is closed, if the event says so.
    public var isClosed: Bool? { kind == .closed ? true : data.isClosed }

    /// States an event.
    ///
    /// - Parameter typePrefix: a reverse-DNS name to put before the type, `dk.example`, or nothing.
    public init(
        id: String, source: String, kind: Kind, typePrefix: String? = nil, subject: String? = nil, time: Instant? = nil,
        trace: TraceContext? = nil, data: CaseData
    ) {
        self.init(
            id: id, source: source, type: typePrefix.map { "\($0).\(kind.rawValue)" } ?? kind.rawValue, kind: kind,
            subject: subject, time: time, trace: trace, data: data)
    }

    init(
        id: String, source: String, type: String, kind: Kind, subject: String?, time: Instant?, trace: TraceContext?,
        data: CaseData
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.kind = kind
        self.subject = subject
        self.time = time
        self.trace = trace
        self.data = data
    }
}

/// What an event says about a case. What is nil or unchanged stays as it was.
public struct CaseData: Hashable, Sendable {
    /// What an event says about the deadline.
    public enum Deadline: Hashable, Sendable {
        /// Nothing: the field is not there.
        case unchanged
        /// There is none: the field is null.
        case none
        /// The case is to be done by then.
        case at(Instant)
    }

    /// What an event says about who may know what the case says.
    public enum Readers: Hashable, Sendable {
        /// Nothing: the field is not there.
        case unchanged
        /// Nobody is named: the field is null.
        case unnamed
        /// These and nobody else: users' ids, and `mailto:` with addresses.
        case named([String])
    }

    /// Which case; without an `entity_type` it is a `case`.
    public let reference: CaseReference
    /// Its title, at most 300 characters.
    public let title: String?
    /// Its status as the other system calls it, at most 100 characters.
    public let status: String?
    /// Its deadline.
    public let deadline: Deadline
    /// Whether it is closed. `CaseEvent.isClosed` also looks at the kind of event.
    public let isClosed: Bool?
    /// An `http` or `https` link to it, at most 2,000 bytes.
    public let url: String?
    /// Who may know all of that.
    public let readers: Readers

    /// States what is known about a case.
    public init(
        reference: CaseReference, title: String? = nil, status: String? = nil, deadline: Deadline = .unchanged,
        isClosed: Bool? = nil, url: String? = nil, readers: Readers = .unchanged
    ) {
        self.reference = reference
        self.title = title
        self.status = status
        self.deadline = deadline
        self.isClosed = isClosed
        self.url = url
        self.readers = readers
    }
}

// MARK: - Writing JSON

extension CaseEvent {
    /// The body of the message in structured mode.
    public func encode() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("specversion", "1.0")
        writer.write("id", id)
        writer.write("source", source)
        writer.write("type", type)
        writer.write("subject", ifPresent: subject)
        if let time { writer.write("time", time) }
        writer.write("traceparent", ifPresent: trace?.traceparent)
        writer.write("datacontenttype", "application/json")
        data.encode("data", to: &writer)
        writer.endObject()
        return writer.bytes
    }
}

extension CaseData {
    func encode(_ key: StaticString, to writer: inout JSONWriter) {
        writer.beginObject(key)
        CaseSummary(reference: reference, title: title, status: status, url: url).encodeFields(to: &writer)
        switch deadline {
        case .unchanged: break
        case .none: writer.writeNull("deadline")
        case .at(let instant): writer.write("deadline", instant)
        }
        if let isClosed { writer.write("closed", isClosed) }
        switch readers {
        case .unchanged: break
        case .unnamed: writer.writeNull("readers")
        case .named(let names): writer.write("readers", names)
        }
        writer.endObject()
    }
}
