import RemindersContracts
import RemindersDomain

/// What a dry run shows of a pop-up.
enum PopupText {
    static func json(_ request: DeliveryRequested, userID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("user_id", userID)
        writer.write("title", request.reminder.title)
        writer.write("message", ifPresent: request.reminder.message)
        writer.write("creator", ifPresent: request.reminder.creator)
        writer.write("priority", request.reminder.priority.rawValue)
        writer.write("entity_type", request.reminder.about.reference.entityType)
        writer.write("case_id", request.reminder.about.reference.id)
        writer.write("url", ifPresent: request.reminder.about.url)
        writer.write("due_at", request.reminder.dueAt)
        writer.endObject()
        return writer.bytes
    }
}
