/// How many deliveries may be claimed at a time.
///
/// A claim says that the attempt may have begun: whoever finds it with a dead owner has to take the delivery for in doubt.
/// So no more is claimed than the channel attempts at once, and beyond that only what will be begun within a tenth of a second.
/// That is measured, so that the window grows quickly with a fast server, whose deliveries are claimed many at a time, and is
/// next to nothing with a slow one.
struct ClaimWindow {
    /// How many the channel attempts at once.
    let attemptsAtOnce: Int
    /// The most that is claimed beyond that; 0 where each claim is to be an attempt.
    let mostAhead: Int

    /// Claimed, and not ended.
    private(set) var inHand = 0
    private var ahead = 0
    private var endedSinceClaim = 0
    private var claimedAt: ContinuousClock.Instant?

    /// For how long what is claimed ahead lasts.
    static let lead = Duration.milliseconds(100)
    /// What ended is counted for so long at least: one that was quick is not yet a fast server.
    private static let shortestSample = Duration.milliseconds(20)

    /// - Parameters:
    ///   - attemptsAtOnce: how many the channel attempts at once, 1 or more.
    ///   - mostAhead: the most that is claimed beyond that.
    init(attemptsAtOnce: Int, mostAhead: Int) {
        self.attemptsAtOnce = max(1, attemptsAtOnce)
        self.mostAhead = mostAhead
    }

    /// How many may be claimed now.
    ///
    /// - Parameter slow: how many of those in hand take no place.
    /// - Returns: none until half of what was claimed ahead has been begun, so that one statement claims many.
    func room(besides slow: Int = 0) -> Int {
        let room = max(0, attemptsAtOnce + ahead - (inHand - slow))
        return 2 * room < ahead ? 0 : room
    }

    /// The claim before is over, and the next can be made.
    mutating func beginTurn(at now: ContinuousClock.Instant) {
        guard let claimedAt else { return }
        let sample = max(now - claimedAt, Self.shortestSample)
        ahead = min(Int(Double(endedSinceClaim) * (Self.lead / sample)), mostAhead)
    }

    /// So many are being claimed.
    mutating func claim(_ count: Int, at now: ContinuousClock.Instant) {
        guard count > 0 else { return }
        inHand += count
        endedSinceClaim = 0
        claimedAt = now
    }

    /// So many of these could not be claimed.
    mutating func giveUp(_ count: Int) {
        inHand -= count
    }

    /// An attempt has ended.
    mutating func end() {
        inHand -= 1
        endedSinceClaim += 1
    }
}
