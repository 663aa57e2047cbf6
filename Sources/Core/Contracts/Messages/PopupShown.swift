import RemindersDomain

/// `popup.shown.v1`: a pop-up is on a person's list. From the frontend-push that wrote it to every frontend-push, which
/// shows it where that person is connected. The list is the truth: what is lost on the way is shown a little later.
public struct PopupShown: Hashable, Sendable {
    /// Whose list.
    public private(set) var userID: OpaqueID
    /// What is shown.
    public private(set) var popup: Popup

    /// States that `popup` is on the list of this user. Longer texts are cut (`String.clipped`).
    public init(userID: OpaqueID, popup: Popup) {
        self.userID = userID
        self.popup = popup
        self.popup.reminder = popup.reminder.clipped()
    }
}

// MARK: - JSON

extension PopupShown {
    /// The body of the message: the pop-up with the field `user_id` in front.
    public func encode() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("user_id", userID.text)
        popup.encodeFields(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Reads the body of a message.
    ///
    /// - Throws: `ContractError` with everything that is wrong with it.
    public init(decoding body: [UInt8]) throws(ContractError) {
        let blank = PopupShown(userID: OpaqueID(""), popup: .blank)
        self = try decode(body, as: .popupShown, into: blank) { decoder, message throws(JSONError) in
            guard var cursor = try decoder.begin(Field.self) else { return }
            while let field = try decoder.next(&cursor) {
                switch field {
                case .userID:
                    message.userID = OpaqueID(try decoder.text(field, upToBytes: Limits.identifierBytes) ?? "")
                case .popup(let field): try message.popup.read(field, &decoder)
                }
            }
        }
    }

    /// The fields of the message: its own, and those of the pop-up.
    private enum Field: MessageField {
        case userID
        case popup(Popup.Field)

        static let allCases = [Field.userID] + Popup.Field.allCases.map(Field.popup)
        static let table = FieldTable<Field>()

        var name: String { if case .popup(let field) = self { field.name } else { "user_id" } }
        var isRequired: Bool { if case .popup(let field) = self { field.isRequired } else { true } }
        var expected: String { if case .popup(let field) = self { field.expected } else { Expected.identifier } }
    }
}
