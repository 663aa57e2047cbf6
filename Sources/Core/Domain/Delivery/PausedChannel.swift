/// A channel that cannot work until an operator has mended something: its deliveries wait, and none ends.
public enum PausedChannel {
    /// Why its deliveries wait, as lists and explanations name it. The database's function `waiting_reason` says the same.
    public static let reason = "channel_paused"
}
