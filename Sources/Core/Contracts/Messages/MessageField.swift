import RemindersDomain

/// The fields of one JSON object of a message, usually an enumeration whose raw values are the names.
protocol MessageField: CaseIterable, Sendable {
    /// Its name in JSON.
    var name: String { get }
    /// Whether the object is wrong without it.
    var isRequired: Bool { get }
    /// What the value must be, as a noun, for the one who published something else.
    var expected: String { get }
    /// `FieldTable<Self>()`, made once.
    static var table: FieldTable<Self> { get }
}

extension MessageField where Self: RawRepresentable<String> {
    var name: String { rawValue }
}

/// Finds a field by its name.
struct FieldTable<Field: MessageField>: Sendable {
    let fields: [Field]
    /// Bit n: the nth field is required.
    let required: UInt64
    /// All names, one after the other, and where each ends.
    private let names: [UInt8]
    private let ends: [Int]

    init() {
        fields = Array(Field.allCases)
        precondition(fields.count <= 64)
        var required: UInt64 = 0
        var names: [UInt8] = []
        var ends: [Int] = []
        for (index, field) in fields.enumerated() {
            if field.isRequired { required |= 1 << UInt64(index) }
            names += field.name.utf8
            ends.append(names.count)
        }
        self.required = required
        self.names = names
        self.ends = ends
    }

    /// The index of the field of this name, or nil. The search begins at `first`: writers keep an order, so that it
    /// usually ends there too.
    func index(of key: JSONToken, from first: Int) -> Int? {
        names.withUnsafeBufferPointer { names in
            for step in 0..<fields.count {
                let sum = first + step
                let index = sum < fields.count ? sum : sum - fields.count
                let start = index == 0 ? 0 : ends[index - 1]
                if key.isEqual(to: UnsafeBufferPointer(rebasing: names[start..<ends[index]])) { return index }
            }
            return nil
        }
    }
}

/// Where a reader is within one object.
struct ObjectCursor<Field: MessageField> {
    /// The object's own JSON pointer.
    let pointer: String
    /// Bit n: the nth field was there.
    fileprivate(set) var seen: UInt64 = 0
    fileprivate(set) var next = 0

    init(pointer: String) {
        self.pointer = pointer
    }
}

extension ObjectCursor {
    /// Notes that the field with this index is there; false if it was there before.
    mutating func note(_ index: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(index)
        guard seen & bit == 0 else { return false }
        seen |= bit
        next = index + 1 < Field.table.fields.count ? index + 1 : 0
        return true
    }
}

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
    static let locale = LanguageTag.expected
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
