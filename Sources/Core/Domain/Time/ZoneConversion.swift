/// Where a local time lies on the time line, and what a clock change did to it.
struct ZonedTime: Hashable, Sendable {
    /// What became of the local time that was asked for.
    enum Change: Hashable, Sendable {
        /// It exists once.
        case none
        /// Clocks skip it; it was moved forward by so many seconds, the length of the gap.
        case skipped(by: Int)
        /// Clocks show it twice; the first was taken.
        case doubled
    }

    var instant: Instant
    var change: Change
}

extension IANAZone {
    /// What a clock there shows at `instant`.
    public func local(at instant: Instant) -> LocalDateTime {
        LocalDateTime(microseconds: instant.microseconds + Int64(offset(at: instant)) * 1_000_000)
    }

    /// The moment a local time stands for, as RFC 5545 §3.3.5 has it: a time that clocks skip is read with the offset
    /// from before the gap, so it moves forward by the gap (02:30 becomes 03:30); of a doubled one the first counts.
    public func instant(of local: LocalDateTime) -> Instant {
        convert(local).instant
    }

    /// The conversion with what a clock change did.
    ///
    /// The offsets a day earlier and a day later are the two that can apply: no zone is further than 14 hours from
    /// Greenwich, and no zone changes its offset twice in two days.
    func convert(_ local: LocalDateTime) -> ZonedTime {
        let asUTC = Instant(microseconds: local.microseconds)
        let earlier = offset(at: Instant(seconds: asUTC.seconds - 86_400))
        let later = offset(at: Instant(seconds: asUTC.seconds + 86_400))
        let byEarlier = Instant(microseconds: asUTC.microseconds - Int64(earlier) * 1_000_000)
        if earlier == later { return ZonedTime(instant: byEarlier, change: .none) }

        let byLater = Instant(microseconds: asUTC.microseconds - Int64(later) * 1_000_000)
        switch (offset(at: byEarlier) == earlier, offset(at: byLater) == later) {
        case (true, true): return ZonedTime(instant: min(byEarlier, byLater), change: .doubled)
        case (true, false): return ZonedTime(instant: byEarlier, change: .none)
        case (false, true): return ZonedTime(instant: byLater, change: .none)
        case (false, false): return ZonedTime(instant: byEarlier, change: .skipped(by: later - earlier))
        }
    }

    /// The first moment after `bound` at which a clock shows `local` or, where it is skipped, more than that.
    func firstInstant(showing local: LocalDateTime, after bound: Instant) -> Instant {
        let converted = convert(local)
        switch converted.change {
        case .none:
            return converted.instant
        case .doubled:
            if converted.instant > bound { return converted.instant }
            let later = offset(at: Instant(seconds: Instant(microseconds: local.microseconds).seconds + 86_400))
            return Instant(microseconds: local.microseconds - Int64(later) * 1_000_000)
        case .skipped(let gap):
            return change(between: Instant(seconds: converted.instant.seconds - Int64(gap)), and: converted.instant)
        }
    }

    /// The moment of the one offset change after `early` and not after `late`, to the second.
    private func change(between early: Instant, and late: Instant) -> Instant {
        var before = early.seconds
        var after = late.seconds
        let old = offset(at: early)
        while after - before > 1 {
            let middle = before + (after - before) / 2
            if offset(at: Instant(seconds: middle)) == old { before = middle } else { after = middle }
        }
        return Instant(seconds: after)
    }
}
