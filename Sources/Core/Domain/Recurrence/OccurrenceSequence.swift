/// The occurrences of a schedule after a moment, in order, each found when it is asked for.
public struct OccurrenceSequence: Sequence, IteratorProtocol, Sendable {
    private var places: PlacedTimes

    init(_ places: PlacedTimes) {
        self.places = places
    }

    /// The next one; nil when there is none.
    public mutating func next() -> Occurrence? {
        places.next().map { Occurrence($0, zone: places.schedule.zone, monthEnd: places.schedule.monthEnd) }
    }
}

/// The times of a schedule on the time line: in the order of moments, each moment once, and without what is excluded.
struct PlacedTimes: Sendable {
    private enum Source {
        case plain(PlainRecurrence, index: Int)
        case rule(RuleExpansion, last: Instant?)
        case ended
    }

    let schedule: RecurrenceSchedule
    private let excluded: ExclusionSet
    private let start: LocalDateTime
    private let throughLocal: LocalDateTime
    private var source: Source
    /// The moment of the last one that was given out.
    private var bound: Instant
    /// A time that was moved over a gap may be later than some that follow it in the rule, within the gap's length: it
    /// waits here, with those.
    private var waiting: [PlacedTime] = []
    private var pulledUpTo: LocalDateTime?

    /// - Parameter excluded: what is left out; nil is what the schedule leaves out.
    init(
        _ schedule: RecurrenceSchedule, after: Instant, through: Instant? = nil, excluding excluded: ExclusionSet? = nil
    ) {
        self.schedule = schedule
        self.excluded = excluded ?? schedule.excluded
        let zone = schedule.zone
        // Three days before the anchor are before the anchor in every zone, and keep the arithmetic in range.
        bound = max(after, Instant(microseconds: schedule.anchor.microseconds) - .seconds(3 * 86_400))
        let through = min(through ?? .distantFuture, RecurrenceSchedule.end)
        // No clock is more than a day ahead of Greenwich.
        throughLocal = LocalDateTime(microseconds: through.microseconds).adding(seconds: 86_400)
        guard bound < through else {
            start = schedule.anchor
            source = .ended
            return
        }
        let offset = zone.offset(at: bound)
        let local = LocalDateTime(microseconds: bound.microseconds + Int64(offset) * 1_000_000)
        // An earlier local time is a later moment only when clocks went forward since: by a day at most.
        let isSteady = zone.offset(at: bound - .seconds(86_400)) == offset
        start = isSteady ? local : local.adding(seconds: -86_400)
        switch schedule.plan {
        case .plain(let plain):
            source = .plain(plain, index: plain.index(notAfter: start, anchor: schedule.anchor))
        case .rule(let rule):
            source = .rule(RuleExpansion(rule, from: start, throughDay: throughLocal.day), last: rule.lastInstant)
        }
    }

    mutating func next() -> PlacedTime? {
        while true {
            if let placed = takeFirstWaiting() {
                // Two that a clock change moved onto each other are one.
                guard placed.instant > bound else { continue }
                bound = placed.instant
                return placed
            }
            guard let time = pull() else {
                if waiting.isEmpty { return nil }
                continue
            }
            guard time.local <= throughLocal else {
                source = .ended
                continue
            }
            pulledUpTo = time.local
            if excluded.excludes(day: time.local.day) { continue }
            let placed = PlacedTime(time, in: schedule.zone)
            if isOver(placed) {
                // What was moved may be past the end while those that follow are not.
                if placed.gap == 0 { source = .ended }
                continue
            }
            guard placed.instant > bound, excluded.isEmpty || !excluded.excludes(placed) else { continue }
            if placed.gap == 0, waiting.isEmpty {
                bound = placed.instant
                return placed
            }
            waiting.append(placed)
        }
    }

    /// The earliest that waits, as soon as nothing that is still to come can be earlier. Of two at the same moment the
    /// one that was moved counts, which has something to say.
    private mutating func takeFirstWaiting() -> PlacedTime? {
        guard let first = waiting.indices.min(by: { waiting[$0].instant < waiting[$1].instant }) else { return nil }
        let placed = waiting[first]
        if placed.gap > 0, !hasEnded, let pulledUpTo, pulledUpTo <= placed.shown { return nil }
        return waiting.remove(at: first)
    }

    private var hasEnded: Bool {
        if case .ended = source { true } else { false }
    }

    private func isOver(_ placed: PlacedTime) -> Bool {
        switch source {
        case .plain: placed.instant >= RecurrenceSchedule.end
        case .rule(_, let last): last.map { placed.instant > $0 } ?? false
        case .ended: true
        }
    }

    /// The next local time as the schedule has it.
    private mutating func pull() -> RuleTime? {
        switch source {
        case .ended:
            return nil
        case .rule(var expansion, let last):
            // Held by this variable alone, or each step would copy it.
            source = .ended
            guard let time = expansion.next() else { return nil }
            source = .rule(expansion, last: last)
            return time
        case .plain(let plain, var index):
            while true {
                if case .once = plain, index > 0 { break }
                let time = plain.time(index, anchor: schedule.anchor, monthEnd: schedule.monthEnd)
                index += 1
                guard let time, time.local >= start else { continue }
                source = .plain(plain, index: index)
                return time
            }
            source = .ended
            return nil
        }
    }
}
