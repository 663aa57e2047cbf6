/// Spaces out the rounds of a loop that takes batches, so that under load each batch is worth its round trip.
///
/// A round that begins after a pause is not held up: a lone message goes through at once.
public struct Pace: Sendable {
    private let interval: Duration
    private var last: ContinuousClock.Instant?

    /// Rounds begin at least `interval` apart.
    public init(_ interval: Duration) {
        self.interval = interval
    }

    /// Waits where the round before began less than the interval ago.
    public mutating func keep() async {
        if let last {
            let next = last + interval
            if next > .now { try? await Task.sleep(until: next, tolerance: .zero) }
        }
        last = .now
    }
}
