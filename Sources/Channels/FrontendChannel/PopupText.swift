import RemindersContracts
import RemindersDomain

/// What a dry run shows of a pop-up.
enum PopupText {
    static func json(_ request: DeliveryRequested, userID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("user_id", userID)
        writer.write("title", request.title)
        writer.write("message", ifPresent: request.message)
        writer.write("priority", request.priority.rawValue)
        writer.write("entity_type", request.about.reference.entityType)
        writer.write("case_id", request.about.reference.id)
        writer.write("url", ifPresent: request.about.url)
        writer.write("due_at", request.dueAt)
        writer.endObject()
        return writer.bytes
    }
}
