import RemindersContracts
import RemindersDomain
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
