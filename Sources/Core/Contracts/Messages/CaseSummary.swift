import RemindersDomain

extension CaseSummary {
    /// As a message may carry it: longer texts are cut (`String.clipped`); a link becomes what `WebLink` makes of it, and
    /// one that is none is left out.
    var clipped: CaseSummary {
        CaseSummary(
            reference: reference, title: title?.clipped(to: Limits.title), status: status?.clipped(to: Limits.status),
            url: url.flatMap { try? WebLink($0).text })
    }
}

// MARK: - JSON

extension CaseReference {
    /// Writes the fields that say which case, task, bug or project it is.
    func encodeFields(to writer: inout JSONWriter) {
        writer.write("entity_type", entityType)
        writer.write("id", id)
    }
}

extension CaseSummary {
    /// Writes the object that is the value of the field `key`.
    func encode(_ key: StaticString, to writer: inout JSONWriter) {
        writer.beginObject(key)
        encodeFields(to: &writer)
        writer.endObject()
    }

    /// Writes the fields of the object.
    func encodeFields(to writer: inout JSONWriter) {
        reference.encodeFields(to: &writer)
        writer.write("title", ifPresent: title)
        writer.write("status", ifPresent: status)
        writer.write("url", ifPresent: url)
    }

    /// Reads the object that is the value of `field`; nil if a problem was noted.
    init?(_ decoder: inout MessageDecoder, in field: some MessageField) throws(JSONError) {
        guard var cursor = try decoder.begin(Draft.Field.self, in: field) else { return nil }
        var draft = Draft()
        while let field = try decoder.next(&cursor) { try draft.read(field, as: field, &decoder) }
        guard let entityType = draft.entityType, let summary = draft.summary(of: entityType) else { return nil }
        self = summary
    }

    /// What an object says of a case, while it is read.
    struct Draft {
        var entityType: EntityType?
        private var id: String?
        private var title: String?
        private(set) var status: String?
        private var url: String?

        /// What was read, if it has an id.
        func summary(of entityType: EntityType) -> CaseSummary? {
            id.map {
                CaseSummary(
                    reference: CaseReference(entityType: entityType.rawValue, id: $0), title: title, status: status,
                    url: url)
            }
        }

        /// Reads the value of one field.
        ///
        /// - Parameter field: as the object has it, which says whether it may be missing or null.
        mutating func read(
            _ part: Field, as field: some MessageField, _ decoder: inout MessageDecoder
        ) throws(JSONError) {
            switch part {
            case .entityType: entityType = try decoder.choice(field, EntityType.self)
            case .id: id = try decoder.identifier(field)
            case .title: title = try decoder.text(field, upTo: Limits.title)
            case .status: status = try decoder.text(field, upTo: Limits.status)
            case .url: url = try decoder.link(field)
            }
        }

        enum Field: String, MessageField {
            case entityType = "entity_type"
            case id
            case title
            case status
            case url

            static let table = FieldTable<Field>()
            var isRequired: Bool { self == .entityType || self == .id }

            var expected: String {
                switch self {
                case .entityType: Expected.choice(EntityType.self)
                case .id: Expected.identifierOrNumber
                case .title: Expected.optionalText(upTo: Limits.title)
                case .status: Expected.optionalText(upTo: Limits.status)
                case .url: Expected.link
                }
            }
        }
    }
}
