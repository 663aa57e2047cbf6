/// What a rule for the 29th, 30th or 31st does in a month that is too short: the values of `SKIP` in RFC 7529 §4.1.
public enum MonthEnd: String, CaseIterable, Sendable, Codable {
    /// Nothing happens in that month. This is RFC 5545 §3.3.10, and the default for `rrule`.
    case omit
    /// The last day of the month counts. The default for `monthly`.
    case backward
    /// The first day of the next month counts.
    case forward
}
