/// Which destinations a channel reaches are silent: they let attempts wait until their time is over.
///
/// Such an attempt holds a connection for many seconds, and the next one would do the same. After several in a row with no
/// answer between them nothing more is tried there, but for one attempt now and then; the first that is taken or refused ends
/// that. What fails quickly costs nothing, and is no reason.
struct DestinationHealth {
    /// What is to be done about an attempt.
    enum Admission: Hashable {
        /// It is made.
        case goes
        /// It is not made: `reply` says why.
        case heldBack(reply: String)
    }

    /// What an attempt says about its destination.
    enum Sign: Hashable {
        /// It was answered: taken or refused.
        case answer
        /// There was no answer until its time was over.
        case silence
        /// Nothing: it was put off, perhaps before anybody was asked.
        case none
    }

    /// What an attempt changed, to be said once.
    enum Change: Hashable {
        /// So many attempts in a row got no answer.
        case fellSilent(attempts: Int)
        /// It answers again, after so long.
        case answers(after: Duration)
    }

    private struct Silence {
        var attempts = 0
        /// When it was found silent; nil as long as there were too few attempts to say so.
        var since: ContinuousClock.Instant?
        var nextTrial = ContinuousClock.now
        var trials = 0
        /// Whether a trial is under way.
        var isTried = false
    }

    /// Attempts without an answer, one after the other, after which a destination is silent.
    static let attemptsInARow = 3
    /// The longest time between two trials.
    static let longestWait = Duration.seconds(60)
    /// How many destinations are remembered; with more, all are forgotten and found anew.
    static let mostRemembered = 10_000

    private var silences: [String: Silence] = [:]

    /// How many destinations are silent.
    private(set) var silentCount = 0

    /// Whether an attempt is to be made now.
    mutating func admit(_ destination: String, at now: ContinuousClock.Instant) -> Admission {
        guard var silence = silences[destination], let since = silence.since else { return .goes }
        guard silence.isTried || now < silence.nextTrial else {
            silence.isTried = true
            silences[destination] = silence
            return .goes
        }
        let place = destination.isEmpty ? "the other side" : destination
        return .heldBack(
            reply: "not tried: \(place) has given no answer for \((now - since).components.seconds) s, to "
                + "\(silence.attempts) attempts; it is tried now and then")
    }

    /// Takes note of how an attempt that was made ended.
    mutating func note(_ destination: String, _ sign: Sign, at now: ContinuousClock.Instant) -> Change? {
        switch sign {
        case .none:
            silences[destination]?.isTried = false
            return nil
        case .answer:
            guard let silence = silences.removeValue(forKey: destination), let since = silence.since else { return nil }
            silentCount -= 1
            return .answers(after: now - since)
        case .silence:
            return noteSilence(destination, at: now)
        }
    }

    private mutating func noteSilence(_ destination: String, at now: ContinuousClock.Instant) -> Change? {
        if silences[destination] == nil, silences.count >= Self.mostRemembered {
            silences = [:]
            silentCount = 0
        }
        var silence = silences[destination] ?? Silence()
        defer { silences[destination] = silence }
        silence.attempts += 1
        silence.isTried = false
        guard silence.attempts >= Self.attemptsInARow else { return nil }
        silence.nextTrial = now + min(.seconds(5 << min(silence.trials, 4)), Self.longestWait)
        silence.trials += 1
        guard silence.since == nil else { return nil }
        silence.since = now
        silentCount += 1
        return .fellSilent(attempts: silence.attempts)
    }
}
