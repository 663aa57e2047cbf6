/// What a listener hears.
public enum PostgresNotification: Sendable, Equatable {
    /// LISTEN is in force, at the beginning and again after each reconnection: what was notified before it was lost,
    /// so it is time to look.
    case listening
    /// NOTIFY by another session.
    case notified(payload: String)
}
