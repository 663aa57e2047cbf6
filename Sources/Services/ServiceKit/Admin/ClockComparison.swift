import Glibc

/// Compares this machine's clock with a server's, which decides what is due: who shows times, and signs and reads tokens,
/// by a clock that differs is not to be relied on. All times are since 1970-01-01T00:00:00Z.
public struct ClockComparison: Sendable {
    /// How far apart the clocks may be.
    public static let tolerance = Duration.seconds(1)

    private let sent: Duration
    private let answered: Duration
    private let received: Duration

    /// What was seen of the clocks.
    ///
    /// - Parameters:
    ///   - sent: this machine's when the question was sent.
    ///   - answered: the server's when it answered.
    ///   - received: this machine's when the answer was there.
    public init(sent: Duration, answered: Duration, received: Duration) {
        self.sent = sent
        self.answered = answered
        self.received = received
    }

    /// How far this machine's clock is ahead of the server's at the least, the way of question and answer taken off;
    /// negative: behind it.
    public var difference: Duration {
        if answered < sent { return sent - answered }
        if answered > received { return received - answered }
        return .zero
    }

    /// What is wrong; nil when the clocks agree.
    public var trouble: String? {
        let difference = difference
        let size = difference < .zero ? .zero - difference : difference
        guard size > ClockComparison.tolerance else { return nil }
        let seconds = (size / .milliseconds(100)).rounded() / 10
        return "this machine's clock is \(seconds) s \(difference < .zero ? "behind" : "ahead of") the database's"
    }
}

/// The clock of this machine.
public enum MachineClock {
    /// The time since 1970-01-01T00:00:00Z.
    public static var sinceEpoch: Duration {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
