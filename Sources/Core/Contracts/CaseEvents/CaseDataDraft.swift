import RemindersDomain

/// The data of a case event while it is read.
struct CaseDataDraft {
    private var summary = CaseSummary.Draft()
    private var deadline = CaseData.Deadline.unchanged
    private var isClosed: Bool?
    private var readers = CaseData.Readers.unchanged
    private var wasRead = false

    /// What was read, if it has an id.
    var data: CaseData? {
        summary.summary(of: summary.entityType ?? .case).map {
            CaseData(
                reference: $0.reference, title: $0.title, status: $0.status, deadline: deadline, isClosed: isClosed,
                url: $0.url, readers: readers)
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
            case .summary(let part): try summary.read(part, as: field, &decoder)
            case .deadline:
                if try decoder.isNull() {
                    deadline = .none
                } else if let instant = try decoder.instant(field) {
                    deadline = .at(instant)
                }
            case .closed: isClosed = try decoder.boolean(field)
            case .readers:
                if try decoder.isNull() {
                    readers = .unnamed
                } else if let names = try decoder.identifiers(field, upTo: Limits.caseReaders) {
                    readers = .named(names.map(CaseReading.reader))
                }
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
        case .statusChanged where summary.status == nil || summary.status == "":
            problem = .init(
                pointer: "/data/status", problem: summary.status == nil ? "is missing" : "is empty",
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

    enum Field: MessageField {
        case summary(CaseSummary.Draft.Field)
        case deadline
        case closed
        case readers

        static let allCases = CaseSummary.Draft.Field.allCases.map(Field.summary) + [.deadline, .closed, .readers]
        static let table = FieldTable<Field>()

        var name: String {
            switch self {
            case .summary(let field): field.name
            case .deadline: "deadline"
            case .closed: "closed"
            case .readers: "readers"
            }
        }

        /// An event that does not say what kind of thing it is about means a case.
        var isRequired: Bool {
            if case .summary(.id) = self { true } else { false }
        }

        var expected: String {
            switch self {
            case .summary(let field): field.expected
            case .deadline: Expected.time + ", or null for none"
            case .closed: "true or false"
            case .readers: "an array of at most \(Limits.caseReaders) ids of users, or null"
            }
        }
    }
}
