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
