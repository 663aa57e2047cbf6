import DequeModule

/// What waits to be claimed and what is being attempted, by destination: whose turn it is, and who has to wait.
///
/// Destinations take turns. An attempt that takes longer than most is slow, and what makes it slow is most often its
/// destination: it takes none of the places that the others share, and a destination with many of them gets nothing new until
/// one has ended. What is tried again has lanes of its own, for it is the likeliest to be slow.
struct Lanes {
    /// One destination, and whether it is for what is tried again.
    struct Name: Hashable {
        let destination: String
        let isForRetries: Bool
    }

    private struct Lane {
        var waiting = Deque<DecodedDelivery>()
        var slow = 0

        var isEmpty: Bool { waiting.isEmpty && slow == 0 }
    }

    private struct Attempt {
        let lane: Name
        let begun: ContinuousClock.Instant
        var isSlow = false
    }

    /// How long an attempt takes at most without being slow.
    static let slowAfter = Duration.seconds(1)
    /// How many slow attempts there are beside the others, for each that is made at once.
    static let slowPlaces = 3

    private var window: ClaimWindow
    private var lanes: [Name: Lane] = [:]
    /// Those with something waiting; the first has its turn next.
    private var turns = Deque<Name>()
    private var attempts: [ObjectIdentifier: Attempt] = [:]
    /// Attempts in the order of their beginning, those that have ended among them.
    private var begun = Deque<(attempt: ObjectIdentifier, at: ContinuousClock.Instant)>()
    private var slow = 0

    /// Nothing waits.
    init(_ window: ClaimWindow) {
        self.window = window
    }

    /// Adds deliveries at the end of their lanes.
    mutating func put(_ deliveries: [(delivery: DecodedDelivery, lane: Name)]) {
        for (delivery, lane) in deliveries {
            if lanes[lane, default: Lane()].waiting.isEmpty { turns.append(lane) }
            lanes[lane, default: Lane()].waiting.append(delivery)
        }
    }

    /// The claim before is over, and the next can be made.
    mutating func beginTurn(at now: ContinuousClock.Instant) {
        window.beginTurn(at: now)
    }

    /// Takes what may be claimed now. It counts as being attempted until `end`.
    mutating func take(upTo limit: Int, at now: ContinuousClock.Instant) -> [DecodedDelivery] {
        findSlow(now)
        let room = min(limit, room)
        var taken: [DecodedDelivery] = []
        // Lanes that have to wait are passed over, and keep their turn.
        var passed: [Name] = []
        while taken.count < room, let name = turns.popFirst() {
            guard let slow = lanes[name]?.slow else { continue }
            // Where it stands, so that what waits is not copied for each that is taken.
            guard slow < mostSlow(name), let delivery = lanes[name]?.waiting.popFirst() else {
                passed.append(name)
                continue
            }
            taken.append(delivery)
            attempts[ObjectIdentifier(delivery)] = Attempt(lane: name, begun: now)
            begun.append((ObjectIdentifier(delivery), now))
            if lanes[name]?.waiting.isEmpty == false {
                turns.append(name)
            } else if slow == 0 {
                lanes[name] = nil
            }
        }
        for name in passed.reversed() { turns.prepend(name) }
        window.claim(taken.count, at: now)
        return taken
    }

    /// A delivery that was taken is not being attempted any more, or never was.
    mutating func end(_ delivery: DecodedDelivery, wasAttempted: Bool) {
        guard let attempt = attempts.removeValue(forKey: ObjectIdentifier(delivery)) else { return }
        if wasAttempted { window.end() } else { window.giveUp(1) }
        if attempt.isSlow {
            slow -= 1
            lanes[attempt.lane]?.slow -= 1
        }
        if lanes[attempt.lane]?.isEmpty == true { lanes[attempt.lane] = nil }
    }

    /// Takes all that waits, whatever is being attempted. It does not count.
    mutating func popAll() -> [DecodedDelivery] {
        var all: [DecodedDelivery] = []
        while let name = turns.popFirst() {
            guard var lane = lanes[name] else { continue }
            all += lane.waiting
            lane.waiting = []
            lanes[name] = lane.isEmpty ? nil : lane
        }
        return all
    }

    /// When the next attempt becomes slow, if there is something that waits for it.
    var nextSlow: ContinuousClock.Instant? {
        guard !turns.isEmpty else { return nil }
        return begun.first.map { $0.at + Self.slowAfter }
    }

    /// Whether something waits, and may be claimed as far as the number of attempts goes.
    var isOpen: Bool { !turns.isEmpty && room > 0 }

    private var room: Int { window.room(besides: min(slow, window.attemptsAtOnce * Self.slowPlaces)) }

    /// How many slow attempts a lane has at most.
    private func mostSlow(_ name: Name) -> Int {
        name.isForRetries ? window.attemptsAtOnce : (Self.slowPlaces - 1) * window.attemptsAtOnce
    }

    private mutating func findSlow(_ now: ContinuousClock.Instant) {
        while let first = begun.first, first.at + Self.slowAfter <= now {
            begun.removeFirst()
            // Another attempt may have taken the place of one that has ended.
            guard var attempt = attempts[first.attempt], attempt.begun == first.at, !attempt.isSlow else { continue }
            attempt.isSlow = true
            attempts[first.attempt] = attempt
            slow += 1
            lanes[attempt.lane, default: Lane()].slow += 1
        }
    }
}
