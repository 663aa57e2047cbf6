import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// A time-based reminder in the shape that the view `reminders` has too: one time, one message, sent or not.
struct SimpleReminder: Sendable {
    /// The reminder as it is kept.
    let stored: StoredReminder

    /// The reminder in this shape; nil for one that waits for no time.
    init?(_ stored: StoredReminder) {
        guard stored.definition.trigger == .timeBased else { return nil }
        self.stored = stored
    }

    /// `REM-001`
    var id: SimpleReminderID { SimpleReminderID(stored.id) }

    /// When it reminds next, or did last.
    var remindAt: Instant? { stored.nextCheckAt ?? stored.lastFiredAt ?? stored.definition.scheduledAt }

    /// Nothing more is to come, and something came.
    var isSent: Bool { stored.nextCheckAt == nil && stored.firedCount > 0 }

    /// Whose it is: who created it, else the first who gets it.
    private var userID: String? {
        stored.createdBy ?? stored.definition.userIDs.first ?? stored.definition.addresses.first
    }

    /// Appends the fields of the object.
    func write(into writer: inout JSONWriter) {
        writer.write("id", id.text)
        writer.write("user_id", orNull: userID)
        writer.write("entity_type", stored.definition.about.entityType)
        writer.write("entity_id", stored.definition.about.id)
        writer.write("message", stored.definition.message ?? stored.definition.title)
        writer.write("remind_at", orNull: remindAt)
        writer.write("is_sent", isSent)
        writer.write("created_via", stored.createdVia)
        writer.write("created_at", stored.createdAt)
    }

    /// The reminder as the API shows it.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        write(into: &writer)
        writer.endObject()
        return writer.bytes
    }
}

/// The id of a reminder in the other shape: `REM-` and the number with at least three digits, `REM-007`, `REM-12345`.
struct SimpleReminderID: Hashable, Sendable {
    /// The id in `sag_reminders`, 1 or more.
    let number: Int64

    /// The id of this reminder.
    init(_ number: Int64) {
        self.number = number
    }

    /// Reads an id, also without the leading zeros; nil for everything else.
    init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let digits = text.dropFirst(Self.prefix.count)
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(digits), number > 0
        else { return nil }
        self.number = number
    }

    /// The id as it is written, as in the view `reminders`.
    var text: String {
        let digits = String(number)
        return Self.prefix + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    private static let prefix = "REM-"
}

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
        guard !VisibleText.isInvisible(String(line).clipped(to: Limits.title)) else {
            return "Reminder about \(about.entityType) \(about.id)"
        }
        return String(line).clipped(to: Limits.title)
    }
}
