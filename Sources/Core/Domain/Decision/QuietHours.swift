/// The hours in which a person isn't to be disturbed, by the clock on the wall where the person is.
///
/// It is quiet when the clock shows a time from `start`, included, to `end`, excluded. A window with `end` before
/// `start` runs over midnight, and its day is the one on which it starts. 00:00 to 24:00 is a whole day; equal times
/// are no window at all. When clocks go back, a time of day that comes twice is quiet twice.
public struct QuietHours: Hashable, Sendable {
    /// Whether they count.
    public var isEnabled: Bool
    /// The first quiet minute.
    public var start: LocalTime
    /// The first minute that isn't quiet any more.
    public var end: LocalTime
    /// The days on which a window starts.
    public var weekdays: WeekdaySet
    /// Where the clock hangs.
    public var zone: IANAZone

    /// Quiet hours with all their parts.
    public init(
        isEnabled: Bool = true, start: LocalTime, end: LocalTime, weekdays: WeekdaySet = .all, zone: IANAZone
    ) {
        self.isEnabled = isEnabled
        self.start = start
        self.end = end
        self.weekdays = weekdays
        self.zone = zone
    }

    /// Whether they never end: whole days, each day of the week.
    public var isEndless: Bool {
        isEnabled && weekdays == .all && start.minutes % 1_440 == 0 && end.minutes == 1_440
    }

    /// When the quiet that reigns at `instant` ends: later than `instant`, and not quiet itself.
    ///
    /// - Returns: nil when it isn't quiet; `.distantFuture` when it never ends.
    public func end(containing instant: Instant) -> Instant? {
        guard isEnabled, var windowEnd = windowEnd(at: zone.local(at: instant)) else { return nil }
        if isEndless { return .distantFuture }
        var moment = instant
        // Windows of successive days may touch; eight of them would be a week without a gap.
        for _ in 0..<16 {
            moment = max(moment, zone.firstInstant(showing: windowEnd, after: moment))
            guard let next = self.windowEnd(at: zone.local(at: moment)) else { return moment }
            windowEnd = next
        }
        return .distantFuture
    }

    /// The local end of the window that contains a local time.
    private func windowEnd(at local: LocalDateTime) -> LocalDateTime? {
        let minute = local.secondOfDay / 60
        let startMinute = start.minutes % 1_440
        let endMinute = end.minutes
        guard startMinute != endMinute % 1_440 || (startMinute == 0 && endMinute == 1_440) else { return nil }
        let day = local.day
        if startMinute < endMinute {
            guard minute >= startMinute, minute < endMinute, startsOn(day) else { return nil }
            return LocalDateTime(day: day, secondOfDay: endMinute * 60)
        }
        if minute >= startMinute, startsOn(day) { return LocalDateTime(day: day + 1, secondOfDay: endMinute * 60) }
        if minute < endMinute, startsOn(day - 1) { return LocalDateTime(day: day, secondOfDay: endMinute * 60) }
        return nil
    }

    private func startsOn(_ day: Int) -> Bool {
        weekdays.contains(Weekday(daysSince1970: day))
    }
}
