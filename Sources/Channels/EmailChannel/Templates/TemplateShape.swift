import RemindersDomain
import RemindersWording

/// All of a delivery that decides which parts of a template are shown. Deliveries of the same shape have the same
/// frame and differ in the values of its slots only.
struct TemplateShape: Hashable, Sendable {
    let locale: ReminderLocale
    let priority: Priority
    let trigger: Trigger
    /// Bit n: the slot with raw value n has a value.
    private(set) var present: UInt16 = 0

    init(locale: ReminderLocale, priority: Priority, trigger: Trigger) {
        self.locale = locale
        self.priority = priority
        self.trigger = trigger
    }

    /// Notes that there is a value for `slot`.
    mutating func insert(_ slot: TemplateSlot) {
        present |= 1 << UInt16(slot.rawValue)
    }

    /// Whether there is a value for `slot`.
    func contains(_ slot: TemplateSlot) -> Bool {
        present & 1 << UInt16(slot.rawValue) != 0
    }
}
