/// How many deliveries may be claimed at a time.
///
/// A claim says that the attempt may have begun: whoever finds it with a dead owner has to take the delivery for in doubt.
/// So no more is claimed than the channel attempts at once, and beyond that only what will be begun while the next are being
/// claimed. That is measured: twice as many as ended during the claim before, so that the window grows quickly with a fast
/// server and is next to nothing with a slow one.
struct ClaimWindow {
    /// How many the channel attempts at once.
    let attemptsAtOnce: Int
    /// The most that is claimed beyond that; 0 where each claim is to be an attempt.
    let mostAhead: Int

    /// Claimed, and not ended.
    private(set) var inHand = 0
    private var ahead = 0
    private var endedSinceTurn = 0

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
    func room(besides slow: Int = 0) -> Int { max(0, attemptsAtOnce + ahead - (inHand - slow)) }

    /// The claim before is over, and the next can be made.
    mutating func beginTurn() {
        ahead = min(2 * endedSinceTurn, mostAhead)
    }

    /// So many are being claimed.
    mutating func claim(_ count: Int) {
        inHand += count
        endedSinceTurn = 0
    }

    /// So many of these could not be claimed.
    mutating func giveUp(_ count: Int) {
        inHand -= count
    }

    /// An attempt has ended.
    mutating func end() {
        inHand -= 1
        endedSinceTurn += 1
    }
}
