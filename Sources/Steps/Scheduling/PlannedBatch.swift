import RemindersStore

/// What a batch of due reminders leads to, planned for so long and no longer.
struct PlannedBatch: Sendable {
    /// To be fired.
    private(set) var planned: [PlannedReminder] = []
    /// To be set aside: they cannot be planned.
    private(set) var failed: [ReminderToSetAside] = []
    /// Whether some were not planned for want of time: nothing holds them, and they are read again.
    private(set) var isCut = false

    /// Plans reminders one by one, at least the first.
    init(_ reminders: [DueReminder], planner: FiringPlanner, within duration: Duration) {
        let end = ContinuousClock.now + duration
        planned.reserveCapacity(reminders.count)
        for (index, reminder) in reminders.enumerated() {
            if index > 0, ContinuousClock.now >= end {
                isCut = true
                return
            }
            do {
                planned.append(PlannedReminder(reminder, try planner.plan(reminder)))
            } catch {
                failed.append(ReminderToSetAside(reminder, reason: error.reason))
            }
        }
    }
}
