import RemindersContracts
import RemindersDomain
import RemindersWording

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
        about =
            ReminderWords[locale].name(ofEntity: request.about.reference.entityType) + " " + request.about.reference.id
        due = DueTime(request.dueAt, zone: request.timeZone, locale: locale)
        var shape = TemplateShape(locale: locale, priority: request.priority, trigger: request.trigger)
        for slot in [TemplateSlot.title, .about, .caseID, .due, .zone] { shape.insert(slot) }
        func insert(_ slot: TemplateSlot, if text: String?) {
            if let text, !text.isEmpty { shape.insert(slot) }
        }
        insert(.message, if: request.message)
        insert(.name, if: request.name)
        insert(.caseTitle, if: request.about.title)
        insert(.status, if: request.about.status)
        insert(.oldStatus, if: request.event?.oldStatus)
        insert(.newStatus, if: request.event?.newStatus)
        insert(.url, if: url)
        self.shape = shape
    }

    /// The text for a slot; empty when there is none.
    subscript(slot: TemplateSlot) -> String {
        switch slot {
        case .title: request.title
        case .message: request.message ?? ""
        case .name: request.name ?? ""
        case .about: about
        case .caseID: request.about.reference.id
        case .caseTitle: request.about.title ?? ""
        case .status: request.about.status ?? ""
        case .oldStatus: request.event?.oldStatus ?? ""
        case .newStatus: request.event?.newStatus ?? ""
        case .due: due.text
        case .zone: due.zone
        case .url: url ?? ""
        }
    }
}
