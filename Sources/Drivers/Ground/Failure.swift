/// What an error says about trying again.
public enum FailureKind: Sendable, Hashable {
    /// The same may succeed later, without a change of what was tried: no connection, no answer in time, a deadlock, a
    /// disk that is full, a schema that is being changed.
    case passing
    /// It lies in what was tried, and will not pass: a value that is refused, a row that cannot be read.
    case final
}

/// An error that knows what it says about trying again. Every other error counts as passing: giving up is for those
/// who know.
public protocol ClassifiedFailure: Error {
    /// What it says.
    var kind: FailureKind { get }
}

extension FailureKind {
    /// What any error says.
    public init(of error: any Error) {
        self = (error as? any ClassifiedFailure)?.kind ?? .passing
    }
}

/// Of something that fails again and again, what is worth a line in the log: that it began, once a minute that it goes
/// on, and that it is over. What fails and succeeds in turn several times a minute gets no more lines than that either.
public struct Outage: Sendable {
    /// What there is to say.
    public enum Line: Sendable, Hashable {
        /// It fails, and did not before.
        case began
        /// It still fails: how often it has by now, and for how long.
        case goesOn(failures: Int, lasting: Duration)
        /// It succeeded again: how often it had failed, and for how long.
        case ended(failures: Int, lasted: Duration)
    }

    private let interval: Duration
    private var failures = 0
    private var isAnnounced = false
    private var spoke: ContinuousClock.Instant?

    /// When the first of the failures was; nil while nothing fails.
    public private(set) var since: ContinuousClock.Instant?

    /// Starts without a failure.
    ///
    /// - Parameter interval: how far apart the lines about failures are.
    public init(interval: Duration = .seconds(60)) {
        self.interval = interval
    }

    /// One more failure.
    public mutating func failed(at now: ContinuousClock.Instant = .now) -> Line? {
        failures += 1
        let since = since ?? now
        self.since = since
        if let spoke, now - spoke < interval { return nil }
        spoke = now
        defer { isAnnounced = true }
        return isAnnounced || failures > 1 ? .goesOn(failures: failures, lasting: now - since) : .began
    }

    /// It went well.
    public mutating func succeeded(at now: ContinuousClock.Instant = .now) -> Line? {
        guard let since else { return nil }
        defer { (self.since, failures, isAnnounced) = (nil, 0, false) }
        return isAnnounced ? .ended(failures: failures, lasted: now - since) : nil
    }
}
