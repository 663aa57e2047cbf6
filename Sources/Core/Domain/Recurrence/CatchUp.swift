/// What becomes of the occurrences that fell due while nothing ran.
public enum CatchUp: String, CaseIterable, Sendable, Codable {
    /// The newest fires, the others are skipped. The default.
    case latest
    /// Each fires, oldest first.
    case all
    /// None fires.
    case skip

    /// The most occurrences that one plan fires, and the most that it lists as skipped.
    public static let bound = 1_000

    /// Decides which of the occurrences after `lastFired` fire now, which are skipped, and when to look again.
    ///
    /// An occurrence that is no later than `punctuality` isn't a missed one: it fires under every policy.
    ///
    /// - Parameters:
    ///   - lastFired: the moment of the last occurrence that was fired or skipped; nil when there was none.
    ///   - maximumLateness: what is later than this never fires; nil is no limit.
    ///   - punctuality: how late an occurrence may be in normal service, more than the scheduler's longest sleep.
    public func plan(
        _ schedule: RecurrenceSchedule, lastFired: Instant?, now: Instant, maximumLateness: Duration? = nil,
        punctuality: Duration = .seconds(60)
    ) -> CatchUpPlan {
        let begin = lastFired ?? .distantPast
        var longest = maximumLateness ?? .seconds(Int64.max / 1_000_000)
        if self == .skip { longest = min(longest, punctuality) }
        // What is exactly as late as allowed fires.
        let cutoff = now - longest - .microseconds(1)

        var plan = CatchUpPlan()
        var fireFrom = max(begin, cutoff)
        if self == .latest, let newest = schedule.last(atOrBefore: now), newest.at > fireFrom {
            let punctual = now - punctuality - .microseconds(1)
            fireFrom = max(fireFrom, min(newest.at - .microseconds(1), punctual))
        }
        plan.collectSkipped(schedule, after: begin, through: fireFrom)
        plan.collectFired(schedule, after: fireFrom, through: now)
        plan.next = schedule.next(after: plan.fired.last?.at ?? max(begin, now))
        return plan
    }
}

/// What `CatchUp` decided.
public struct CatchUpPlan: Hashable, Sendable {
    /// To be fired now, oldest first; at most `CatchUp.bound`.
    public internal(set) var fired: [Occurrence] = []
    /// Missed and not fired, oldest first; to be recorded. At most `CatchUp.bound`.
    public internal(set) var skipped: [Occurrence] = []
    /// Whether more were skipped than are listed.
    public internal(set) var skippedMore = false
    /// The occurrence after these: in the future, or due already when more than `CatchUp.bound` are to be fired.
    public internal(set) var next: Occurrence?

    mutating func collectSkipped(_ schedule: RecurrenceSchedule, after begin: Instant, through end: Instant) {
        for occurrence in schedule.occurrences(after: begin, through: end) {
            guard occurrence.at <= end else { return }
            guard skipped.count < CatchUp.bound else {
                skippedMore = true
                return
            }
            skipped.append(occurrence)
        }
    }

    mutating func collectFired(_ schedule: RecurrenceSchedule, after begin: Instant, through end: Instant) {
        for occurrence in schedule.occurrences(after: begin, through: end) {
            guard fired.count < CatchUp.bound, occurrence.at <= end else { return }
            fired.append(occurrence)
        }
    }
}
