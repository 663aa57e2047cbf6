import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// A reminder that somebody sets for themselves: `{"entity_type", "entity_id", "message", "remind_at", "created_via"}`.
struct SimpleReminderDraft: Sendable {
    /// What it is about.
    let about: CaseReference
    /// What it says; nil leaves that to the title.
    let message: String?
    /// When it reminds; a time without an offset is read where the person lives.
    let remindAt: RequestTime
    /// Where it came from.
    let createdVia: String

    /// Reads the fields of a body.
    ///
    /// - Throws: `Problem` with everything that is wrong with them.
    init(reading fields: inout ObjectReader) throws(Problem) {
        let type = fields.choice("entity_type", EntityType.self, required: true)
        let id = fields.identifier("entity_id", required: true)
        message = fields.text("message", upTo: Limits.message)
        let time = fields.time("remind_at", required: true)
        if let time, !Self.storableTimes.contains(time.instant(in: .utc)) {
            fields.note("remind_at", "must not be before 1970, nor after 9998")
        }
        createdVia = fields.text("created_via", upTo: 20, isOneLine: true) ?? "chat"
        try fields.check()
        // What was required and is missing has been noted.
        guard let type, let id, let time else { throw .invalid([]) }
        about = CaseReference(entityType: type.rawValue, id: id.text)
        remindAt = time
    }

    /// The reminder it becomes, for a person whose clock hangs in `zone`.
    func definition(for userID: OpaqueID, in zone: IANAZone) -> ReminderDefinition {
        var definition = ReminderDefinition(about: about, title: title, timeZone: zone.identifier)
        definition.message = message
        definition.userIDs = [userID.text]
        definition.scheduledAt = remindAt.instant(in: zone)
        definition.scheduledLocal = remindAt.local(in: zone)
        return definition
    }

    private static let storableTimes = Instant(seconds: 0)..<Instant(seconds: 253_370_764_800)

    /// The beginning of the message, on one line; without one, what it is about.
    private var title: String {
        let blanks = message.map { $0.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 } }
        let line = blanks.map { String(String.UnicodeScalarView($0)) }?.drop { $0 == " " } ?? ""
        guard !line.isEmpty else { return "Reminder about \(about.entityType) \(about.id)" }
        return String(line).clipped(to: Limits.title)
    }
}
