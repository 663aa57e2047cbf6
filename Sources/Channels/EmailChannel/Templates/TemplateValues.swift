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
            ReminderWords[locale].name(ofEntity: request.reminder.about.reference.entityType) + " "
            + request.reminder.about.reference.id
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
        }
    }
}
