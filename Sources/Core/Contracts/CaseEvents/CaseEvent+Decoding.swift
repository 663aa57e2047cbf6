extension CaseEvent {
    /// Reads an event in structured mode: the body is the whole event.
    ///
    /// - Throws: `ContractError` with everything that is wrong with it.
    public init(decoding body: [UInt8]) throws(ContractError) {
        self = try CaseEvent.readStructured(body, traceparent: nil)
    }

    /// Reads an event in whichever mode it was published.
    ///
    /// CloudEvents has no binding for AMQP 0-9-1. Its AMQP 1.0 binding is followed: a `content_type` that begins with
    /// `application/cloudevents` is structured mode; attributes in headers with the prefix `cloudEvents_` or
    /// `cloudEvents:` are binary mode, in which the body is the data alone. A message with neither is taken as
    /// structured if its content type is JSON or not given.
    ///
    /// - Parameters:
    ///   - contentType: the AMQP property.
    ///   - headers: all of them; `traceparent` counts if the event has none itself.
    /// - Throws: `ContractError` with everything that is wrong; pointers are those of structured mode.
    public init(
        contentType: String?, headers: some Sequence<(name: String, value: HeaderValue)>, body: [UInt8]
    ) throws(ContractError) {
        let mediaType = contentType.map(ContentType.name(of:)) ?? ""
        let traceparent = headers.first { $0.name.lowercased() == "traceparent" }?.value.asText
        if mediaType.hasPrefix("application/cloudevents") {
            guard mediaType == "application/cloudevents" || mediaType == "application/cloudevents+json" else {
                throw CaseEvent.refusal(ofContentType: mediaType)
            }
            self = try CaseEvent.readStructured(body, traceparent: traceparent)
            return
        }
        let attributes = headers.compactMap { header in
            CaseEvent.attributeName(ofHeader: header.name).map { (name: $0, value: header.value) }
        }
        if !attributes.isEmpty {
            self = try CaseEvent.readBinary(
                body, contentType: contentType, attributes: attributes, traceparent: traceparent)
        } else if mediaType.isEmpty || ContentType.isJSON(mediaType) {
            self = try CaseEvent.readStructured(body, traceparent: traceparent)
        } else {
            throw CaseEvent.refusal(ofContentType: mediaType)
        }
    }

    private static func readStructured(_ body: [UInt8], traceparent: String?) throws(ContractError) -> CaseEvent {
        var (draft, problems) = try readBody(body, message: message, into: CaseEventDraft()) {
            decoder, draft throws(JSONError) in
            guard var cursor = try decoder.begin(CaseEventDraft.Attribute.self) else { return }
            while let attribute = try decoder.next(&cursor) {
                switch attribute {
                case .data:
                    if let data = try decoder.begin(CaseDataDraft.Field.self, in: attribute) {
                        try draft.data.read(data, &decoder)
                    }
                case .dataBase64:
                    if try !decoder.isNull() {
                        _ = try decoder.textIfAny()
                        decoder.note(attribute, "is there")
                    }
                case .traceParent: draft.take(traceparent: try decoder.textIfAny())
                default:
                    if let text = try decoder.text(attribute, upToBytes: .max),
                        let problem = draft.take(attribute, text)
                    {
                        decoder.note(attribute, problem)
                    }
                }
            }
        }
        draft.take(traceparent: traceparent)
        return try draft.event(problems: problems)
    }

    private static func readBinary(
        _ body: [UInt8], contentType: String?, attributes: [(name: String, value: HeaderValue)], traceparent: String?
    ) throws(ContractError) -> CaseEvent {
        var draft = CaseEventDraft()
        var problems: [ContractError.Problem] = []
        func note(_ attribute: CaseEventDraft.Attribute, _ problem: String) {
            problems.append(
                .init(pointer: "/\(attribute.rawValue)", problem: problem, expected: attribute.expected))
        }
        var missing: Set<CaseEventDraft.Attribute> = [.specVersion, .id, .source, .type]
        var read: [CaseEventDraft.Attribute: HeaderValue] = [:]
        for (name, value) in attributes where value != .nothing {
            guard let attribute = CaseEventDraft.Attribute(rawValue: name) else { continue }
            missing.remove(attribute)
            if let other = read.updateValue(value, forKey: attribute) {
                if other != value { note(attribute, "is there twice, with two values") }
            } else if let problem = draft.take(attribute, header: value) {
                note(attribute, problem)
            }
        }
        for attribute in CaseEventDraft.Attribute.allCases where missing.contains(attribute) {
            note(attribute, "is missing")
        }
        if let contentType, let problem = draft.take(.contentType, contentType) { note(.contentType, problem) }
        draft.take(traceparent: traceparent)

        let (filled, more) = try readBody(body, message: message, into: draft) { decoder, draft throws(JSONError) in
            guard let data = try decoder.begin(CaseDataDraft.Field.self, at: "/data") else { return }
            try draft.data.read(data, &decoder)
        }
        return try filled.event(problems: problems + more)
    }

    /// The attribute that a header carries in binary mode, or nil.
    private static func attributeName(ofHeader name: String) -> String? {
        let lowercased = name.lowercased()
        for prefix in ["cloudevents_", "cloudevents:"] where lowercased.hasPrefix(prefix) {
            return String(lowercased.dropFirst(prefix.count))
        }
        return nil
    }

    private static func refusal(ofContentType mediaType: String) -> ContractError {
        ContractError(
            message: message, code: .invalid,
            problems: [
                .init(
                    pointer: "", problem: "has the content type \(ContractError.quote(mediaType))",
                    expected: "application/cloudevents+json, or application/json with cloudEvents_ headers")
            ])
    }
}
