extension RecurrenceSchedule {
    /// The last occurrence that isn't after a moment, or nil when there is none.
    public func last(atOrBefore bound: Instant) -> Occurrence? {
        guard let first = next(after: .distantPast), first.at <= bound else { return nil }
        // Look back twice as far each time, until an occurrence lies between there and the bound.
        var reach = Duration.seconds(2 * 86_400)
        var candidate = first
        while bound - reach > first.at {
            if let found = next(after: bound - reach), found.at <= bound {
                candidate = found
                break
            }
            reach = reach * 2
        }
        while let following = next(after: candidate.at), following.at <= bound { candidate = following }
        return candidate
    }
}
