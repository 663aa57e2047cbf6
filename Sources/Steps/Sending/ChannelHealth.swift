import RemindersDomain
import RemindersStore

/// Whether a channel works, from what became of its attempts: what tells the operator's faults from a person's.
///
/// What surely is the operator's (a login, a certificate) pauses the channel at once. A refusal by policy may be meant
/// for one recipient or for all. It is the recipient's when others got through since this delivery was first refused;
/// until then it is tried again. After several such refusals with nothing getting through between them it is
/// everybody's, and the channel pauses too. Whatever else comes back ends the pause.
struct ChannelHealth {
    /// A pause of the channel.
    struct Pause: Hashable, Sendable {
        /// What the other side said first.
        let reason: String
        /// When it began.
        let since: ContinuousClock.Instant
        /// How many trials were made in it.
        fileprivate(set) var trials = 0
    }

    /// What is done about an attempt.
    enum Verdict: Hashable {
        /// The ladder decides, on this.
        case counts(AttemptOutcome)
        /// It doesn't count, and is made again later, beside others.
        case again
        /// It doesn't count, and the message waits in its queue until the channel works.
        case waits
    }

    /// A delivery that was refused by policy.
    private struct Refused {
        /// How many deliveries had got through when it was refused first.
        let deliveredBefore: Int
        let since: ContinuousClock.Instant
    }

    /// Refusals by policy, one after the other, that are taken for meant for all.
    static let refusalsInARow = 3
    /// How many refused deliveries are remembered at the most; the others are refused again.
    static let mostRemembered = 10_000

    /// How long a refusal that nothing else tells anything about is tried.
    private let patience: Duration
    private let longestWait: Duration
    private var refused: [DeliveryKey: Refused] = [:]
    private var delivered = 0
    private var refusals = 0
    /// The pause there is.
    private(set) var pause: Pause?

    /// - Parameters:
    ///   - patience: how long a refusal that nothing else tells anything about is tried: as long as the ladder is.
    ///   - longestWait: the longest time between two trials of a pause.
    init(patience: Duration, longestWait: Duration = .seconds(60)) {
        self.patience = patience
        self.longestWait = longestWait
    }

    /// Takes note of how an attempt ended, and says what it means.
    mutating func note(
        _ outcome: AttemptOutcome, of delivery: DeliveryKey, at now: ContinuousClock.Instant
    ) -> Verdict {
        switch outcome {
        case .blocked(let reply):
            begin(reply, now)
            return .waits
        case .refusedByPolicy(let reply):
            return weigh(reply, of: delivery, at: now)
        case .delivered:
            delivered += 1
            refusals = 0
            refused[delivery] = nil
            pause = nil
        case .rejected, .deferred, .silent, .unknown:
            refused[delivery] = nil
            pause = nil
        }
        return .counts(outcome)
    }

    private mutating func weigh(
        _ reply: String, of delivery: DeliveryKey, at now: ContinuousClock.Instant
    ) -> Verdict {
        if let first = refused[delivery], delivered > first.deliveredBefore || now - first.since >= patience {
            refused[delivery] = nil
            return .counts(.rejected(reply: reply))
        }
        if refused.count >= ChannelHealth.mostRemembered { refused = [:] }
        if refused[delivery] == nil { refused[delivery] = Refused(deliveredBefore: delivered, since: now) }
        refusals += 1
        guard pause != nil || refusals >= ChannelHealth.refusalsInARow else { return .again }
        begin(reply, now)
        return .waits
    }

    private mutating func begin(_ reason: String, _ now: ContinuousClock.Instant) {
        if pause == nil { pause = Pause(reason: reason, since: now) }
    }

    /// How long to wait before the next trial: 1 s, twice as long each time, a minute at the most unless told otherwise.
    mutating func nextTrial() -> Duration? {
        guard let trials = pause?.trials else { return nil }
        pause?.trials += 1
        return min(.seconds(1 << min(trials, 6)), longestWait)
    }
}
