import RemindersDomain
import RemindersHTTPService
import RemindersStore
import RemindersTokens

/// Who may do what with a reminder: pure.
///
/// Another's reminder is a 404 to everybody else, so that nobody learns that it exists.
struct ReminderAccess: Sendable {
    /// Who asks.
    let identity: Identity

    /// Whoever created it or gets it, services and operators.
    func maySee(_ reminder: StoredReminder) -> Bool {
        mayChange(reminder) || reminder.isAddressed(to: identity.userID)
    }

    /// Whoever created it, services and operators: to change or delete it, and to see what it did to others.
    func mayChange(_ reminder: StoredReminder) -> Bool {
        identity.isService || reminder.isCreated(by: identity.userID)
    }

    /// Whose reminders a list shows: nil is everybody's.
    var listedFor: OpaqueID? {
        identity.isService ? nil : identity.userID
    }
}

extension Problem {
    /// 404 for a reminder that is not there, or is another's.
    static let reminderNotFound = Problem.notFound("Reminder not found")
}
