/// Where a delivery (one occurrence to one recipient through one channel) stands in the ledger.
///
/// ```
/// requested ─┬─► sending ─► sent | rejected | dead | unknown | dry_run
///    ▲       └─► withdrawn | dropped | rejected
///    └── held ─► withdrawn | dropped
/// ```
public enum DeliveryState: String, CaseIterable, Sendable, Codable {
    /// To be sent now; a message is on its way to the sender.
    case requested
    /// Waits for a time or a switch.
    case held
    /// Handed to the server; the answer isn't known yet.
    case sending
    /// Accepted by the server.
    case sent
    /// Refused for good: by the server, or by us because there is nowhere to send it.
    case rejected
    /// No longer wanted: the case was closed, the reminder deleted, snoozed, dismissed or switched off.
    case withdrawn
    /// Too late to be of use, or beyond what the operator allows.
    case dropped
    /// Everything but the sending was done.
    case dryRun = "dry_run"
    /// Given up after the last attempt.
    case dead
    /// The process or the line died between hand-over and answer, and it isn't sent again.
    case unknown

    /// Whether an operator may ask for it again: it ended without having been sent, and not because nobody wanted it.
    public var canBeAskedForAgain: Bool { DeliveryState.askedForAgain.contains(self) }

    /// The states that may be asked for again.
    public static let askedForAgain: [DeliveryState] = [.dead, .rejected, .unknown]

    /// Whether the delivery has ended: it never changes again.
    public var isFinal: Bool {
        switch self {
        case .requested, .held, .sending: false
        case .sent, .rejected, .withdrawn, .dropped, .dryRun, .dead, .unknown: true
        }
    }
}
