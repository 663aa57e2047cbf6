/// Spaces out the rounds of a loop that takes batches, so that under load each batch is worth its round trip.
///
/// A round that begins after a pause is not held up: a lone message goes through at once. After one that took many there
/// are many more to come, and the next waits longer for them.
public struct Pace: Sendable {
    /// How many make a round one of many, and how many times further apart from it the next begins.
    private static let many = 24, stretch = 4

    private let interval: Duration
    private var last: ContinuousClock.Instant?

    /// Rounds begin at least `interval` apart.
    public init(_ interval: Duration) {
        self.interval = interval
    }

    /// Waits where the round before began less than the interval ago.
    ///
    /// - Parameter count: how many the round that is over took, where more are worth waiting for.
    public mutating func keep(afterTaking count: Int = 1) async {
        if let last {
            let next = last + interval * (count < Self.many ? 1 : Self.stretch)
            if next > .now { try? await Task.sleep(until: next, tolerance: .zero) }
        }
        last = .now
    }
}
