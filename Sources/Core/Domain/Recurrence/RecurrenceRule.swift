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

/// How often a reminder fires.
public enum Recurrence: Hashable, Sendable {
    /// At the anchor only.
    case once
    /// Every day at the anchor's local time.
    case daily
    /// Every week on the anchor's weekday.
    case weekly
    /// Every month on the anchor's day; `MonthEnd` says what a shorter month does.
    case monthly
    /// By an RFC 5545 recurrence rule of daily frequency or coarser, such as `FREQ=MONTHLY;BYDAY=-1FR`.
    case rrule(String)

    /// Puts the columns `recurrence_type` (`once`, `daily`, `weekly`, `monthly`, `rrule`) and `rrule` together.
    ///
    /// - Returns: nil for another type, for `rrule` without a rule and for a rule with another type.
    public init?(type: String, rule: String?) {
        switch (type, rule) {
        case ("once", nil): self = .once
        case ("daily", nil): self = .daily
        case ("weekly", nil): self = .weekly
        case ("monthly", nil): self = .monthly
        case ("rrule", let rule?): self = .rrule(rule)
        default: return nil
        }
    }

    /// The column `recurrence_type`.
    public var type: String {
        switch self {
        case .once: "once"
        case .daily: "daily"
        case .weekly: "weekly"
        case .monthly: "monthly"
        case .rrule: "rrule"
        }
    }

    /// The column `rrule`.
    public var rule: String? {
        if case .rrule(let text) = self { text } else { nil }
    }
}

/// What a rule for the 29th, 30th or 31st does in a month that is too short: the values of `SKIP` in RFC 7529 §4.1.
public enum MonthEnd: String, CaseIterable, Sendable, Codable {
    /// Nothing happens in that month. This is RFC 5545 §3.3.10, and the default for `rrule`.
    case omit
    /// The last day of the month counts. The default for `monthly`.
    case backward
    /// The first day of the next month counts.
    case forward
}

/// Why a recurrence rule isn't accepted.
public struct RecurrenceRuleError: Error, Hashable, Sendable {
    /// The part of the rule that is wrong, such as `BYMONTHDAY`, or `RRULE` for the whole of it.
    public let part: String
    /// What is wrong with it, an English clause.
    public let problem: String
    /// What to write instead, an English clause.
    public let fix: String

    init(_ part: String, _ problem: String, fix: String) {
        self.part = part
        self.problem = problem
        self.fix = fix
    }
}

extension RecurrenceRuleError: CustomStringConvertible {
    /// One sentence with all three.
    public var description: String { "\(part): \(problem); \(fix)" }
}
