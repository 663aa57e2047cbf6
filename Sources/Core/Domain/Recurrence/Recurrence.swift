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
