import RemindersDomain

/// The data of a case event while it is read.
struct CaseDataDraft {
    private var entityType = EntityType.case
    private var id: String?
    private var title: String?
    private var status: String?
    private var deadline = CaseData.Deadline.unchanged
    private var isClosed: Bool?
    private var url: String?
    private var wasRead = false

    /// What was read, if it has an id.
    var data: CaseData? {
        id.map { id in
            CaseData(
                reference: CaseReference(entityType: entityType.rawValue, id: id), title: title, status: status,
                deadline: deadline, isClosed: isClosed, url: url)
        }
    }

    /// Reads all fields of the object that `cursor` is in.
    mutating func read(
        _ cursor: ObjectCursor<Field>, _ decoder: inout MessageDecoder
    ) throws(JSONError) {
        var cursor = cursor
        wasRead = true
        while let field = try decoder.next(&cursor) {
            switch field {
            case .entityType: entityType = try decoder.choice(field, EntityType.self) ?? .case
            case .id: id = try decoder.identifier(field)
            case .title: title = try decoder.text(field, upTo: Limits.title)
            case .status: status = try decoder.text(field, upTo: Limits.status)
            case .deadline:
                if try decoder.isNull() {
                    deadline = .none
                } else if let instant = try decoder.instant(field) {
                    deadline = .at(instant)
                }
            case .closed: isClosed = try decoder.boolean(field)
            case .url: url = try decoder.link(field)
            }
        }
    }

    /// What is wrong for this kind of event, besides what is known to be wrong.
    func problems(
        of kind: CaseEvent.Kind, besides known: [ContractError.Problem]
    ) -> [ContractError.Problem] {
        guard wasRead else { return [] }
        var problem: ContractError.Problem?
        switch kind {
        case .statusChanged where status == nil || status == "":
            problem = .init(
                pointer: "/data/status", problem: status == nil ? "is missing" : "is empty",
                expected: "the new status, since the type is \(kind.rawValue)")
        case .deadlineChanged where deadline == .unchanged:
            problem = .init(
                pointer: "/data/deadline", problem: "is missing",
                expected: "the new deadline, or null for none, since the type is \(kind.rawValue)")
        case .closed where isClosed == false:
            problem = .init(
                pointer: "/data/closed", problem: "is false",
                expected: "true or nothing, since the type is \(kind.rawValue)")
        default: break
        }
        guard let problem, !known.contains(where: { $0.pointer == problem.pointer }) else { return [] }
        return [problem]
    }

    enum Field: String, MessageField {
        case entityType = "entity_type"
        case id
        case title
        case status
        case deadline
        case closed
        case url

        static let table = FieldTable<Field>()
        var isRequired: Bool { self == .id }

        var expected: String {
            switch self {
            case .entityType: Expected.choice(EntityType.self)
            case .id: Expected.identifierOrNumber
            case .title: Expected.optionalText(upTo: Limits.title)
            case .status: Expected.optionalText(upTo: Limits.status)
            case .deadline: Expected.time + ", or null for none"
            case .closed: "true or false"
            case .url: Expected.link
            }
        }
    }
}
