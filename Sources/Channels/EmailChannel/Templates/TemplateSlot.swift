/// A value of a delivery that a template may show, by the name the template uses for it.
enum TemplateSlot: UInt8, CaseIterable, Sendable {
    case title
    case message
    case name
    case about
    case caseID
    case caseTitle
    case status
    case oldStatus
    case newStatus
    case due
    case zone
    case url

    /// The name in templates, as on the wire: `{{case_title}}`.
    var key: String {
        switch self {
        case .about: "case"
        case .caseID: "case_id"
        case .caseTitle: "case_title"
        case .oldStatus: "old_status"
        case .newStatus: "new_status"
        default: "\(self)"
        }
    }

    /// Whether the lines of the value stay lines.
    var hasLines: Bool { self == .message }

    /// What stands for the value while a frame is made: the noncharacter U+FDD0 + n, which no text may use
    /// (Unicode §23.7).
    var placeholder: String {
        String(Character(Unicode.Scalar(0xFDD0 + UInt32(rawValue)) ?? "?"))
    }

    /// The third byte of the placeholder; all begin with EF B7.
    var placeholderByte: UInt8 { 0x90 + rawValue }

    /// The slot whose placeholder is EF B7 and `byte`.
    init?(placeholderByte byte: UInt8) {
        guard byte >= 0x90 else { return nil }
        self.init(rawValue: byte - 0x90)
    }

    static let byKey: [String: TemplateSlot] = Dictionary(uniqueKeysWithValues: allCases.map { ($0.key, $0) })
}
