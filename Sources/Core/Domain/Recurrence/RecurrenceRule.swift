/// The parts of an RFC 5545 recurrence rule (§3.3.10) of daily frequency or coarser.
///
/// `RecurrenceRuleText` reads it. An empty list or mask means that the part is absent.
public struct RecurrenceRule: Hashable, Sendable {
    /// The period that the other parts divide or filter.
    public enum Frequency: String, Sendable {
        /// Each day.
        case daily = "DAILY"
        /// Each week; `weekStart` says where it begins.
        case weekly = "WEEKLY"
        /// Each month.
        case monthly = "MONTHLY"
        /// Each year.
        case yearly = "YEARLY"
    }

    /// Where the rule stops.
    public enum End: Hashable, Sendable {
        /// Nowhere.
        case never
        /// After so many occurrences, excluded ones included.
        case count(Int)
        /// After this local day.
        case day(CivilDate)
        /// After this local time, itself included.
        case local(LocalDateTime)
        /// After this moment, itself included.
        case instant(Instant)
    }

    /// The `n`th (from the end: negative) such weekday of the month or year.
    package struct NumberedWeekday: Hashable, Sendable {
        package var number: Int
        package var weekday: Weekday
    }

    /// FREQ.
    public package(set) var frequency: Frequency
    /// INTERVAL, at least 1.
    public internal(set) var interval = 1
    /// COUNT or UNTIL.
    public internal(set) var end = End.never
    /// WKST.
    public internal(set) var weekStart = Weekday.monday
    /// SKIP of RFC 7529; nil where the schedule's own policy applies.
    public internal(set) var monthEnd: MonthEnd?

    /// Bit 1 is January.
    var months: UInt16 = 0
    /// BYMONTHDAY: bit n is day n, from the front and from the end.
    var monthDays: UInt32 = 0
    var monthDaysFromEnd: UInt32 = 0
    package var yearDays: [Int] = []
    package var weekNumbers: [Int] = []
    package var weekdays: WeekdaySet = []
    package var numberedWeekdays: [NumberedWeekday] = []
    /// Sorted, without repetition, like the next two.
    var hours: [Int] = []
    var minutes: [Int] = []
    var seconds: [Int] = []
    package var setPositions: [Int] = []

    init(frequency: Frequency) {
        self.frequency = frequency
    }

    package var hasDayPart: Bool {
        monthDays != 0 || monthDaysFromEnd != 0 || !yearDays.isEmpty || !weekNumbers.isEmpty || !weekdays.isEmpty
            || !numberedWeekdays.isEmpty
    }

    var hasFilter: Bool {
        hasDayPart || months != 0 || !hours.isEmpty || !minutes.isEmpty || !seconds.isEmpty
    }
}
