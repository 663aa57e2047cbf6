/// What an occurrence whose time has come is waiting for, before anybody has decided about it.
public enum OverdueStage: String, CaseIterable, Sendable {
    /// Its reminder is due, and no scheduler has taken it up.
    case notClaimed = "not_claimed"
    /// It is in the queue, and no scheduler has published it.
    case notPublished = "not_published"
    /// It was published, and no rate-limiter has decided about it.
    case notDecided = "not_decided"

    /// What did not happen, in words.
    public var words: String {
        switch self {
        case .notClaimed: "no scheduler has taken it up"
        case .notPublished: "no scheduler has published it"
        case .notDecided: "no rate-limiter has decided about it"
        }
    }

    /// What is later than this by more than that is overdue: while everything runs each stage takes milliseconds.
    public static let grace = Duration.seconds(1)
}
