import RemindersContracts
import RemindersDomain
import RemindersWording

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
    case creator

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

/// The values of one delivery, ready for the slots of a frame.
struct TemplateValues {
    let shape: TemplateShape
    private let request: DeliveryRequested
    private let about: String
    private let due: DueTime
    private let url: String?

    /// - Parameter link: the link to the case, already checked.
    init(_ request: DeliveryRequested, locale: ReminderLocale, link: String?) {
        self.request = request
        url = link
        about = ReminderWords[locale].name(of: request.reminder.about.reference)
        due = DueTime(request.reminder.dueAt, zone: request.timeZone, locale: locale)
        var shape = TemplateShape(
            locale: locale, priority: request.reminder.priority, trigger: request.reminder.trigger)
        for slot in [TemplateSlot.title, .about, .caseID, .due, .zone] { shape.insert(slot) }
        func insert(_ slot: TemplateSlot, if text: String?) {
            if let text, !text.isEmpty { shape.insert(slot) }
        }
        insert(.message, if: request.reminder.message)
        insert(.name, if: request.name)
        insert(.caseTitle, if: request.reminder.about.title)
        insert(.status, if: request.reminder.about.status)
        insert(.oldStatus, if: request.reminder.event?.oldStatus)
        insert(.newStatus, if: request.reminder.event?.newStatus)
        insert(.url, if: url)
        insert(.creator, if: request.reminder.creator)
        self.shape = shape
    }

    /// The text for a slot; empty when there is none.
    subscript(slot: TemplateSlot) -> String {
        switch slot {
        case .title: request.reminder.title
        case .message: request.reminder.message ?? ""
        case .name: request.name ?? ""
        case .about: about
        case .caseID: request.reminder.about.reference.id
        case .caseTitle: request.reminder.about.title ?? ""
        case .status: request.reminder.about.status ?? ""
        case .oldStatus: request.reminder.event?.oldStatus ?? ""
        case .newStatus: request.reminder.event?.newStatus ?? ""
        case .due: due.text
        case .zone: due.zone
        case .url: url ?? ""
        case .creator: request.reminder.creator ?? ""
        }
    }
}
