extension RecurrenceSchedule {
    /// The last occurrence that isn't after a moment, or nil when there is none.
    public func last(atOrBefore bound: Instant) -> Occurrence? {
        guard let first = next(after: .distantPast), first.at <= bound else { return nil }
        // Look back twice as far each time, until an occurrence lies between there and the bound.
        var reach = Duration.seconds(2 * 86_400)
        var last = first
        while bound - reach > first.at {
            if let found = next(after: bound - reach, through: bound) {
                last = found
                break
            }
            reach = reach * 2
        }
        // Usually it is among the next few; a rule that is dense in a part of the year may have thousands there.
        for _ in 0..<4 {
            guard let following = next(after: last.at, through: bound) else { return last }
            last = following
        }
        var end = bound
        while last.at < end {
            let middle = last.at + .microseconds((end.microseconds - last.at.microseconds) / 2)
            if let following = next(after: middle, through: bound) {
                last = following
            } else {
                end = middle
            }
        }
        return last
    }

    /// The first occurrence after a moment that isn't after another.
    private func next(after: Instant, through: Instant) -> Occurrence? {
        var occurrences = occurrences(after: after, through: through)
        return occurrences.next().flatMap { $0.at <= through ? $0 : nil }
    }
}
