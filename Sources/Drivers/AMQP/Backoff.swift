/// How long to wait before the next try to connect: doubling, with a limit, and with jitter so that the clients of a
/// broker that comes back do not come back as one.
struct Backoff {
    private let first: Duration
    private let limit: Duration
    private var ceiling: Duration

    /// - Parameters:
    ///   - first: the longest wait after the first failure.
    ///   - limit: the longest wait at all.
    init(first: Duration = .milliseconds(200), limit: Duration = .seconds(4)) {
        self.first = first
        self.limit = limit
        ceiling = first
    }

    /// The wait after a failure.
    ///
    /// - Parameters:
    ///   - lived: how long the connection worked; one that worked longer than `limit` starts over.
    ///   - random: a number from 0 to 1 (the jitter): half of the wait depends on it.
    mutating func next(lived: Duration, random: Double = .random(in: 0...1)) -> Duration {
        if lived > limit { ceiling = first }
        let wait = ceiling * (0.5 + random / 2)
        ceiling = min(ceiling * 2, limit)
        return wait
    }
}
