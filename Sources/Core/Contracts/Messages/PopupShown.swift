import RemindersDomain

/// `popup.shown.v1`: a pop-up is on a person's list. From the frontend-push that wrote it to every frontend-push, which
/// shows it where that person is connected. The list is the truth: what is lost on the way is shown a little later.
public struct PopupShown: Hashable, Sendable {
    /// Whose list.
    public let userID: OpaqueID
    /// What is shown.
    public let popup: Popup

    /// States that `popup` is on the list of this user.
    public init(userID: OpaqueID, popup: Popup) {
        self.userID = userID
        self.popup = popup
    }
}

// MARK: - JSON

extension PopupShown {
    /// The body of the message: the pop-up with the field `user_id` in front.
    public func encode() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("user_id", userID.text)
        writer.write("id", popup.id)
        popup.encodeContent(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Reads the body of a message.
    ///
    /// - Throws: `ContractError` with everything that is wrong with it.
    public init(decoding body: [UInt8]) throws(ContractError) {
        self = try decode(body, as: .popupShown, into: Draft()) {
            decoder, draft throws(JSONError) in
            guard var cursor = try decoder.begin(Field.self) else { return }
            while let field = try decoder.next(&cursor) { try draft.read(field, &decoder) }
        } make: {
            $0.message
        }
    }

    private struct Draft {
        var userID: OpaqueID?
        var id: Int64?
        var reminderID: Int64?
        var occurrenceID: Int64?
        var deliveryID: String?
        var title: String?
        var text: String?
        var priority: Priority?
        var entityType: EntityType?
        var caseID: String?
        var caseTitle: String?
        var caseStatus: String?
        var url: String?
        var trigger: Trigger?
        var isRecurring: Bool?
        var dueAt: Instant?
        var createdAt: Instant?

        mutating func read(_ field: Field, _ decoder: inout MessageDecoder) throws(JSONError) {
            switch field {
            case .userID: userID = try decoder.text(field, upToBytes: Limits.identifierBytes).map { OpaqueID($0) }
            case .id: id = try decoder.integer(field, from: 1)
            case .reminderID: reminderID = try decoder.integer(field, from: 1)
            case .occurrenceID: occurrenceID = try decoder.integer(field, from: 1)
            case .deliveryID: deliveryID = try decoder.uuid(field)
            case .title: title = try decoder.text(field, upTo: Limits.title)
            case .message: text = try decoder.text(field, upTo: Limits.message)
            case .priority: priority = try decoder.choice(field, Priority.self)
            case .entityType: entityType = try decoder.choice(field, EntityType.self)
            case .caseID: caseID = try decoder.identifier(field)
            case .caseTitle: caseTitle = try decoder.text(field, upTo: Limits.title)
            case .caseStatus: caseStatus = try decoder.text(field, upTo: Limits.status)
            case .url: url = try decoder.link(field)
            case .trigger: trigger = try decoder.choice(field, Trigger.self)
            case .recurring: isRecurring = try decoder.boolean(field)
            case .dueAt: dueAt = try decoder.instant(field)
            case .createdAt: createdAt = try decoder.instant(field)
            }
        }

        var message: PopupShown? {
            guard let userID, let id, let reminderID, let occurrenceID, let deliveryID, let title, let priority,
                let entityType, let caseID, let trigger, let isRecurring, let dueAt, let createdAt
            else { return nil }
            let about = CaseSummary(
                reference: CaseReference(entityType: entityType.rawValue, id: caseID), title: caseTitle,
                status: caseStatus, url: url)
            return PopupShown(
                userID: userID,
                popup: Popup(
                    id: id, reminderID: reminderID, occurrenceID: occurrenceID, deliveryID: deliveryID, title: title,
                    message: text, priority: priority, about: about, trigger: trigger, isRecurring: isRecurring,
                    dueAt: dueAt, createdAt: createdAt))
        }
    }

    private enum Field: String, MessageField {
        case userID = "user_id"
        case id
        case reminderID = "reminder_id"
        case occurrenceID = "occurrence_id"
        case deliveryID = "delivery_id"
        case title
        case message
        case priority
        case entityType = "entity_type"
        case caseID = "case_id"
        case caseTitle = "case_title"
        case caseStatus = "case_status"
        case url
        case trigger = "trigger_type"
        case recurring
        case dueAt = "due_at"
        case createdAt = "created_at"

        static let table = FieldTable<Field>()
        var isRequired: Bool { ![.message, .caseTitle, .caseStatus, .url].contains(self) }

        var expected: String {
            switch self {
            case .userID: Expected.identifier
            case .id, .reminderID, .occurrenceID: Expected.positiveInteger
            case .deliveryID: Expected.uuid
            case .title: Expected.text(upTo: Limits.title)
            case .message: Expected.optionalText(upTo: Limits.message)
            case .priority: Expected.choice(Priority.self)
            case .entityType: Expected.choice(EntityType.self)
            case .caseID: Expected.identifierOrNumber
            case .caseTitle: Expected.optionalText(upTo: Limits.title)
            case .caseStatus: Expected.optionalText(upTo: Limits.status)
            case .url: Expected.link
            case .trigger: Expected.choice(Trigger.self)
            case .recurring: "true or false"
            case .dueAt, .createdAt: Expected.time
            }
        }
    }
}
