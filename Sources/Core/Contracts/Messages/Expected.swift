import RemindersDomain

/// What fields must be, in words for the one who published something else.
enum Expected {
    static let positiveInteger = "an integer of 1 to \(Int64.max)"
    static let generation = "an integer of 0 to \(Limits.generation), or nothing"
    static let time = "an RFC 3339 date-time with an offset, like 2026-02-10T14:30:00Z"
    static let reference = "an object with entity_type and id"
    static let statusChange = "an object with old_status and new_status, or nothing"
    static let link = WebLinkError.expected
    static let identifier = "text of 1 to \(Limits.identifierBytes) bytes without NUL"
    static let identifierOrNumber = "text of 1 to \(Limits.identifierBytes) bytes without NUL, or an integer"
    static let recipient = "a user id, or mailto: and an address, of at most \(Limits.recipientBytes) bytes"
    static let uuid = "a UUID like 018f2b6e-0c1d-7a3b-9e52-5b1f6a0c9d21"
    static let locale = "a language tag like da or en-GB"
    static let timeZone = "an IANA time zone name like Europe/Copenhagen"

    static func text(upTo limit: Int) -> String {
        "text of 1 to \(limit) characters without NUL"
    }

    static func optionalText(upTo limit: Int) -> String {
        "text of at most \(limit) characters without NUL, or nothing"
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) -> String {
        "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
    }
}
