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

/// The value of a message header, as far as an attribute of a CloudEvent can be one.
///
/// The AMQP 1.0 binding of CloudEvents (§3.1.3.2) has a timestamp for `time` and strings for the rest, and lets readers
/// take the text form as well as other numbers.
public enum HeaderValue: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Text.
    case text(String)
    /// Bytes, which some clients send for text.
    case bytes([UInt8])
    /// AMQP's timestamp: seconds since 1970; of clients that follow AMQP 1.0, milliseconds.
    case timestamp(UInt64)
    /// An integer of whatever size.
    case integer(Int64)
    /// Nothing, which means the same as no header.
    case nothing
    /// Anything else, and what it is: "a table".
    case other(String)

    /// Text.
    public init(stringLiteral text: String) {
        self = .text(text)
    }

    /// The text, also of bytes that are UTF-8.
    var asText: String? {
        switch self {
        case .text(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The moment that a number stands for: seconds since 1970, or milliseconds where seconds would lie after the year
    /// 9999. (Read as milliseconds, those seconds would lie before March 1978.)
    var asInstant: Instant? {
        let number: Int64
        switch self {
        case .timestamp(let value): number = Int64(clamping: value)
        case .integer(let value): number = value
        default: return nil
        }
        guard number >= 0 else { return nil }
        if number <= HeaderValue.lastSecond { return Instant(microseconds: number * 1_000_000) }
        guard number <= HeaderValue.lastSecond * 1_000 else { return nil }
        return Instant(microseconds: number * 1_000)
    }

    /// What it is, after "is ".
    var kind: String {
        switch self {
        case .text: "text"
        case .bytes: "bytes that are no UTF-8"
        case .timestamp(let value): "the timestamp \(value)"
        case .integer(let value): "the integer \(value)"
        case .nothing: "nothing"
        case .other(let kind): kind
        }
    }

    /// 9999-12-31T23:59:59Z.
    private static let lastSecond: Int64 = 253_402_300_799
}
