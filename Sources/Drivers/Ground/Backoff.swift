/// How long to wait before the next try: doubling, with a limit, and with jitter, so that the many processes that lost
/// one server do not come back to it as one.
public struct Backoff: Sendable {
    /// How many tries have failed since the last one that succeeded.
    public private(set) var failures = 0
    /// The longest wait after the first failure.
    public let first: Duration
    /// The longest wait at all.
    public let longest: Duration

    /// Starts without a failure.
    public init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = max(first, longest)
    }

    /// The wait after one more failure: between half and all of what the doubling has come to.
    ///
    /// - Parameter jitter: from 0 to 1.
    public mutating func next(jitter: Double = .random(in: 0...1)) -> Duration {
        let doublings = min(failures, 16)
        failures += 1
        let full = min(first * (1 << doublings), longest)
        return full * (0.5 + 0.5 * min(max(jitter, 0), 1))
    }

    /// The wait after the loss of something that had worked for a while: what worked longer than `longest` starts over.
    public mutating func next(lived: Duration, jitter: Double = .random(in: 0...1)) -> Duration {
        if lived > longest { reset() }
        return next(jitter: jitter)
    }

    /// A try has succeeded.
    public mutating func reset() {
        failures = 0
    }
}
