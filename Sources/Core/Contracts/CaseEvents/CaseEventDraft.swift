import RemindersDomain

/// A case event while it is read, with everything that is wrong so far. The attributes come from JSON fields in
/// structured mode and from headers in binary mode.
struct CaseEventDraft {
    private var id: String?
    private var source: String?
    private var type: String?
    private var subject: String?
    private var time: Instant?
    private var trace: TraceContext?
    var data = CaseDataDraft()

    /// The event, if nothing is wrong.
    ///
    /// - Throws: `ContractError`; for an unknown type only that is said, since nothing is known about the rest.
    func event(problems: [ContractError.Problem]) throws(ContractError) -> CaseEvent {
        let kind: CaseEvent.Kind?
        if let type { kind = try CaseEvent.Kind(type: type) } else { kind = nil }
        var problems = problems
        if let kind { problems += data.problems(of: kind, besides: problems) }
        guard problems.isEmpty, let id, let source, let type, let kind, let data = data.data else {
            throw ContractError(message: CaseEvent.message, code: .invalid, problems: problems)
        }
        return CaseEvent(
            id: id, source: source, type: type, kind: kind, subject: subject, time: time, trace: trace, data: data)
    }

    /// Takes the text of an attribute and returns what is wrong with it, if anything.
    mutating func take(_ attribute: Attribute, _ text: String) -> String? {
        let limit: Int? =
            switch attribute {
            case .id: Limits.identifierBytes
            case .source, .subject: Limits.sourceBytes
            case .type: Limits.typeBytes
            case .specVersion, .contentType, .time, .traceParent, .data, .dataBase64: nil
            }
        if let limit, text.utf8.count > limit { return "has \(text.utf8.count) bytes" }
        switch attribute {
        case .id: id = text
        case .source: source = text
        case .type: type = text
        case .subject: subject = text
        case .specVersion:
            if text != "1.0" { return "is \(ContractError.quote(text))" }
        case .contentType:
            if !ContentType.isJSON(text) { return "is \(ContractError.quote(text))" }
        case .time:
            time = Instant(rfc3339: text)
            if time == nil { return "is \(ContractError.quote(text))" }
        case .traceParent, .data, .dataBase64: break
        }
        return nil
    }

    /// Takes an attribute that came as a header, and returns what is wrong with it, if anything.
    mutating func take(_ attribute: Attribute, header: HeaderValue) -> String? {
        if attribute == .time, let instant = header.asInstant {
            time = instant
            return nil
        }
        guard let text = header.asText else { return "is \(header.kind)" }
        if attribute == .traceParent {
            take(traceparent: text)
            return nil
        }
        if text.isEmpty { return "is empty" }
        if text.utf8.contains(0) { return "has a NUL character" }
        return take(attribute, text)
    }

    /// Takes a W3C `traceparent`. A malformed one is no reason to refuse an event: it is ignored (Trace Context §2.2.2).
    mutating func take(traceparent: String?) {
        if trace == nil { trace = traceparent.flatMap { TraceContext(traceparent: $0) } }
    }

    /// The attributes of a CloudEvent that we look at, and its data.
    enum Attribute: String, MessageField {
        case specVersion = "specversion"
        case id
        case source
        case type
        case subject
        case time
        case traceParent = "traceparent"
        case contentType = "datacontenttype"
        case data
        case dataBase64 = "data_base64"

        static let table = FieldTable<Attribute>()

        var isRequired: Bool {
            switch self {
            case .specVersion, .id, .source, .type, .data: true
            default: false
            }
        }

        var expected: String {
            switch self {
            case .specVersion: "\"1.0\""
            case .id: Expected.identifier
            case .source: "a URI reference of 1 to \(Limits.sourceBytes) bytes"
            case .type:
                "text of at most \(Limits.typeBytes) bytes that ends in one of "
                    + CaseEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            case .subject: "text of at most \(Limits.sourceBytes) bytes without NUL, or nothing"
            case .time: Expected.time
            case .traceParent: "a W3C traceparent"
            case .contentType: "application/json"
            case .data: "an object with the id of the case"
            case .dataBase64: "the field data instead, with an object"
            }
        }
    }
}

/// Media types as AMQP's `content_type` and CloudEvents' `datacontenttype` carry them.
enum ContentType {
    /// `application/json`, `text/json` or anything with the suffix `+json`, with or without parameters.
    static func isJSON(_ text: String) -> Bool {
        let name = name(of: text)
        return name == "application/json" || name == "text/json" || name.hasSuffix("+json")
    }

    /// Type and subtype in lower case, without parameters.
    static func name(of text: String) -> String {
        String(text.prefix { $0 != ";" && $0 != " " }).lowercased()
    }
}
