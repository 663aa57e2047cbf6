/// What the column `trigger_config` says for its `trigger_type`, checked as the database's constraints do.
public enum TriggerConfiguration: Hashable, Sendable {
    /// `time_based`: nothing.
    case time
    /// `status_change`: `target_status` and `from_status`, both optional.
    case status(StatusCondition)
    /// `deadline_approaching`: `days_before`, `hours_before` and `minutes_before`; 24 hours without any of them.
    case deadline(LeadTime)

    /// A member's value, as far as it matters here.
    public enum Value: Hashable, Sendable {
        /// A number, as the digits it is written with.
        case number(String)
        /// A text.
        case text(String)
        /// Anything else.
        case other
    }

    /// What is wrong with one member, or with the whole where `field` is nil.
    public struct Problem: Hashable, Sendable {
        /// The member's name, such as `days_before`.
        public let field: String?
        /// What is wrong, an English clause.
        public let problem: String
        /// What to write instead, an English clause.
        public let fix: String
    }

    /// All that is wrong, in the order of the members.
    public struct Problems: Error, Hashable, Sendable {
        /// At least one.
        public let all: [Problem]
    }

    /// Reads the members of a JSON object.
    ///
    /// - Throws: every problem there is, each with its field and what to write instead.
    public init(_ trigger: Trigger, _ members: [(name: String, value: Value)]) throws(Problems) {
        var reader = TriggerConfigurationReader(trigger: trigger)
        for member in members { reader.read(member.name, member.value) }
        self = try reader.finish()
    }
}

extension TriggerConfiguration.Problem: CustomStringConvertible {
    /// One sentence with all of it.
    public var description: String { "\(field.map { "\($0): " } ?? "")\(problem); \(fix)" }
}
