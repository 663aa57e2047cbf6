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
        reference.encodeFields(to: &writer)
        writer.write("title", ifPresent: title)
        writer.write("status", ifPresent: status)
        writer.write("url", ifPresent: url)
        writer.endObject()
    }

    /// Reads the object that is the value of `field`; nil if a problem was noted.
    init?(_ decoder: inout MessageDecoder, in field: some MessageField) throws(JSONError) {
        guard var cursor = try decoder.begin(Field.self, in: field) else { return nil }
        var entityType: EntityType?
        var id: String?
        var title: String?
        var status: String?
        var url: String?
        while let field = try decoder.next(&cursor) {
            switch field {
            case .entityType: entityType = try decoder.choice(field, EntityType.self)
            case .id: id = try decoder.identifier(field)
            case .title: title = try decoder.text(field, upTo: Limits.title)
            case .status: status = try decoder.text(field, upTo: Limits.status)
            case .url: url = try decoder.link(field)
            }
        }
        guard let entityType, let id else { return nil }
        self.init(
            reference: CaseReference(entityType: entityType.rawValue, id: id), title: title, status: status, url: url)
    }

    private enum Field: String, MessageField {
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
