/// How long to wait before the next attempt, and when to give up.
public struct RetryLadder: Hashable, Sendable {
    /// What is done about an attempt that nobody knows the end of.
    public enum UnknownPolicy: String, CaseIterable, Sendable, Codable {
        /// Sent again under the same id, so that a copy can be recognised.
        case resend
        /// Recorded as `unknown` and left.
        case record
    }

    /// What follows an attempt.
    public enum Step: Hashable, Sendable {
        /// It is over; this is the state to record.
        case finished(DeliveryState)
        /// It is tried again after this delay.
        case retry(RetryDelay)
        /// It is attempted again once the channel works for others; until then nothing counts.
        case uncounted
    }

    /// The rungs, shortest first; never empty.
    public let delays: [RetryDelay]
    /// How many attempts are made in all; at least 1. Once the ladder's end is reached, the last delay is repeated.
    public let maximumAttempts: Int
    /// What is done about an attempt that nobody knows the end of.
    public var unknownPolicy: UnknownPolicy

    /// The rungs that there are queues for: 5 s, 1 min, 10 min, 1 h.
    public static let standardDelays = [
        RetryDelay(name: "5s", duration: .seconds(5)),
        RetryDelay(name: "1m", duration: .seconds(60)),
        RetryDelay(name: "10m", duration: .seconds(600)),
        RetryDelay(name: "1h", duration: .seconds(3_600)),
    ]

    /// How long a delivery is tried where nobody says otherwise: a server that is away over a weekend loses nothing.
    public static let standardReach = Duration.seconds(3 * 86_400)

    /// The standard rungs, for three days.
    public static let standard = RetryLadder(reaching: standardReach)

    /// The standard rungs, the last one repeated until an attempt is made so long after the first. The first attempt
    /// is always made.
    public init(reaching length: Duration, unknownPolicy: UnknownPolicy = .resend) {
        let delays = RetryLadder.standardDelays
        var attempts = 1
        var reached = Duration.zero
        while reached < length {
            reached += delays[min(attempts, delays.count) - 1].duration
            attempts += 1
        }
        self.init(uncheckedDelays: delays, maximumAttempts: attempts, unknownPolicy: unknownPolicy)
    }

    /// A ladder; nil when there is no rung, a delay isn't longer than the one before, or no attempt is allowed.
    public init?(delays: [RetryDelay], maximumAttempts: Int = 8, unknownPolicy: UnknownPolicy = .resend) {
        guard let first = delays.first, first.duration > .zero, maximumAttempts >= 1,
            zip(delays, delays.dropFirst()).allSatisfy({ $0.duration < $1.duration })
        else { return nil }
        self.init(uncheckedDelays: delays, maximumAttempts: maximumAttempts, unknownPolicy: unknownPolicy)
    }

    private init(
        uncheckedDelays delays: [RetryDelay], maximumAttempts: Int, unknownPolicy: UnknownPolicy
    ) {
        self.delays = delays
        self.maximumAttempts = maximumAttempts
        self.unknownPolicy = unknownPolicy
    }

    /// How long after the first attempt the last one is made at the latest.
    public var reach: Duration {
        var reach = Duration.zero
        for attempt in 1..<max(maximumAttempts, 1) { reach += delays[min(attempt, delays.count) - 1].duration }
        return reach
    }

    /// What follows the `attempt`th attempt, counted from 1.
    ///
    /// A server that asks for a time to wait gets the first delay that is no shorter, or the last one. Given up after
    /// an attempt with an unknown end, a delivery is `unknown`, not `dead`: it may have arrived.
    public func next(afterAttempt attempt: Int, outcome: AttemptOutcome) -> Step {
        var asked = Duration.zero
        switch outcome {
        case .delivered:
            return .finished(.sent)
        case .rejected:
            return .finished(.rejected)
        case .deferred(let after, _):
            if attempt >= maximumAttempts { return .finished(.dead) }
            asked = after ?? .zero
        case .silent:
            if attempt >= maximumAttempts { return .finished(.dead) }
        case .blocked, .refusedByPolicy:
            return .uncounted
        case .unknown:
            if unknownPolicy == .record || attempt >= maximumAttempts { return .finished(.unknown) }
        }
        let rung = min(max(attempt, 1), delays.count) - 1
        let fitting = delays[rung...].first { $0.duration >= asked }
        return .retry(fitting ?? delays[delays.count - 1])
    }
}

/// One rung of the retry ladder: a queue with a fixed time to live.
public struct RetryDelay: Hashable, Sendable {
    /// The last part of the queue's name, such as `10m`.
    public let name: String
    /// How long a message stays there.
    public let duration: Duration

    /// A rung. Names are part of queue names: letters, digits and hyphens.
    public init(name: String, duration: Duration) {
        self.name = name
        self.duration = duration
    }

    /// The queue's `x-message-ttl`.
    public var milliseconds: Int64 { duration.wholeMilliseconds }
}
