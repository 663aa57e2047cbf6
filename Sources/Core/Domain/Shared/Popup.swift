/// A pop-up: what a person's browser shows of one occurrence. A row of `popups`, an item of
/// `GET /api/v1/reminders/pending/me`, an event of the stream.
public struct Popup: Hashable, Sendable {
    /// Its number, 1 or more. Of one person's pop-ups a later one has the higher number.
    public var id: Int64
    /// What it shows.
    public var reminder: ShownReminder
    /// Whether the reminder may fire again: dismissing it ends more than this pop-up.
    public var isRecurring: Bool
    /// When it was written to the person's list.
    public var createdAt: Instant

    /// A pop-up with all its parts.
    public init(id: Int64, _ reminder: ShownReminder, isRecurring: Bool, createdAt: Instant) {
        self.id = id
        self.reminder = reminder
        self.isRecurring = isRecurring
        self.createdAt = createdAt
    }
}
