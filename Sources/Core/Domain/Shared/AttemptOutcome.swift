/// How one try at a delivery ended. `reply` is what the other side said, without secrets, for the log.
public enum AttemptOutcome: Hashable, Sendable {
    /// The server took it over.
    case delivered(reply: String)
    /// The server refused it for good; trying again can't help.
    case rejected(reply: String)
    /// It may work later. `after` is how long the server asked to wait, if it did.
    case deferred(after: Duration?, reply: String)
    /// The other side was connected and then gave no answer in time; nothing was handed over. It may work later, and until it
    /// answers again others should not wait for it.
    case silent(reply: String)
    /// The operator has to mend something, such as a login, a certificate or a webhook: it would fail for everybody, and
    /// says nothing about this delivery.
    case blocked(reply: String)
    /// Refused by a rule that is meant for this recipient or for all we send: relaying, access, policy. Only what
    /// becomes of others tells which.
    case refusedByPolicy(reply: String)
    /// The process or the line died between hand-over and answer: it may have been taken over.
    case unknown(reply: String)

    /// What the other side said.
    public var reply: String {
        switch self {
        case .delivered(let reply), .rejected(let reply), .deferred(_, let reply), .silent(let reply),
            .blocked(let reply),
            .refusedByPolicy(let reply), .unknown(let reply):
            reply
        }
    }
}
