import RemindersDomain
import RemindersStore

extension StoredReminder {
    /// Without what it tells of its case, for those who may not know that: when the deadline is.
    public func told(mayReadCase: Bool) -> StoredReminder {
        guard !mayReadCase, definition.trigger == .deadlineApproaching else { return self }
        var told = self
        told.nextCheckAt = nil
        return told
    }
}
