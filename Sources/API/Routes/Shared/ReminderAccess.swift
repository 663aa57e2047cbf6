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

    /// Services and operators, who see and change everything.
    private var isEverybodys: Bool { identity.isService }

    private func isOwn(createdBy creator: String?) -> Bool { creator.map { OpaqueID($0) == identity.userID } ?? false }

    private func isOwn(_ recipient: Recipient) -> Bool { recipient == .user(identity.userID) }

    /// Whoever created it or gets it, services and operators.
    func maySee(_ reminder: StoredReminder) -> Bool {
        isEverybodys || reminder.concerns(identity.userID)
    }

    /// Whoever created it, services and operators: to change or delete it, and to see what it did to others.
    func mayChange(_ reminder: StoredReminder) -> Bool {
        isEverybodys || isOwn(createdBy: reminder.createdBy)
    }

    /// What a reminder did to a person: that person if it is for them, and whoever may change it.
    func maySee(_ reminder: StoredReminder, deliveredTo recipient: Recipient) -> Bool {
        mayChange(reminder) || isOwn(recipient) && maySee(reminder)
    }

    /// A delivery: whom it is for, and whoever may change its reminder.
    func maySee(_ delivery: LedgerEntry) -> Bool {
        isEverybodys || isOwn(delivery.recipient) || isOwn(createdBy: delivery.createdBy)
    }

    /// Whose reminders a list shows: nil is everybody's.
    var listedFor: OpaqueID? {
        isEverybodys ? nil : identity.userID
    }

    /// Whose deliveries a list shows; nil inside is everybody's.
    struct Listed {
        let only: Recipient?
    }

    /// Whose deliveries are listed for one who asks for those of `wanted`: of a person's own, whatever else they may see
    /// one by one; nil when none are, because another's are theirs.
    func listedDeliveries(of wanted: Recipient?) -> Listed? {
        if isEverybodys { return Listed(only: wanted) }
        return wanted.map(isOwn) ?? true ? Listed(only: .user(identity.userID)) : nil
    }
}

extension Problem {
    /// 404 for a reminder that is not there, or is another's.
    static let reminderNotFound = Problem.notFound("Reminder not found")
}
