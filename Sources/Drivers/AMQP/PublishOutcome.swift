/// How one publish ended.
public enum PublishOutcome: Hashable, Sendable {
    /// The broker has taken responsibility: for a quorum queue, a majority has it on disk.
    case confirmed
    /// It did not, or nobody knows.
    case failed(PublishError)

    /// The error, or nil when confirmed.
    public var error: PublishError? {
        if case .failed(let error) = self { error } else { nil }
    }
}

/// Why a message is not confirmed.
public enum PublishError: Error, Hashable, Sendable {
    /// A mandatory message that no queue is bound for: code 312, NO_ROUTE.
    case returned(code: Int, text: String)
    /// The broker refused to keep it, for example a full queue with `overflow=reject-publish`.
    case nacked
    /// Not handed to the broker: there is no connection, or it was lost before this message's turn.
    case notConnected
    /// Not handed to the broker: it takes no messages while memory or disk is short (`connection.blocked`).
    case blocked
    /// In doubt: the connection was lost between publish and confirm.
    case connectionLost
    /// In doubt: no confirm within the time allowed.
    case timedOut
    /// Not handed to the broker: it would be invalid there.
    case refused(reason: String)
    /// The broker closed the channel with this message on it, for example 404 for an unknown exchange. In doubt:
    /// messages published just before the guilty one may have arrived.
    case channelClosed(code: Int, text: String)

    /// Whether the message may have arrived all the same, so that sending it again may make two of it.
    public var isInDoubt: Bool {
        switch self {
        case .connectionLost, .timedOut, .channelClosed: true
        case .returned, .nacked, .notConnected, .blocked, .refused: false
        }
    }
}
