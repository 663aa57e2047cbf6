import RemindersDomain
import RemindersExplaining
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

    /// Whoever created it, services and operators: to change or delete it, and to see whom else it is for.
    func mayChange(_ reminder: StoredReminder) -> Bool {
        isEverybodys || isOwn(createdBy: reminder.createdBy)
    }

    /// As whom the bearer is told what a reminder did to a person; nil where they are told nothing.
    func audience(of reminder: StoredReminder, deliveredTo recipient: Recipient) -> Audience? {
        guard maySee(reminder) else { return nil }
        return audience(deliveredTo: recipient, createdBy: reminder.createdBy)
    }

    /// As whom the bearer is told of a delivery; nil where they are told nothing.
    func audience(of delivery: LedgerEntry) -> Audience? {
        audience(deliveredTo: delivery.recipient, createdBy: delivery.createdBy)
    }

    private func audience(deliveredTo recipient: Recipient, createdBy creator: String?) -> Audience? {
        if isOwn(recipient) { return .person }
        if isEverybodys { return .operators }
        return isOwn(createdBy: creator) ? .creator : nil
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
