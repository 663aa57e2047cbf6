/// How long to wait before the next attempt to connect.
struct Backoff: Sendable {
    private(set) var failures = 0
    let first: Duration
    let longest: Duration

    init(first: Duration = .milliseconds(500), longest: Duration = .seconds(5)) {
        self.first = first
        self.longest = longest
    }

    /// Doubles from `first` to `longest` with the number of failures. Between half of it and all of it is used, so
    /// that many processes do not come back at the same moment.
    ///
    /// - Parameter jitter: from 0 to 1.
    mutating func next(jitter: Double = .random(in: 0...1)) -> Duration {
        let doublings = min(failures, 16)
        failures += 1
        let full = min(first * (1 << doublings), longest)
        return full * (0.5 + 0.5 * min(max(jitter, 0), 1))
    }

    mutating func reset() {
        failures = 0
    }
}
