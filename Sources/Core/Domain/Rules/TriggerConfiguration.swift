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

/// Reads the members of `trigger_config` one by one, and remembers what is wrong with them.
struct TriggerConfigurationReader {
    private typealias Problem = TriggerConfiguration.Problem

    private let trigger: Trigger
    private var numbers: [String: Int] = [:]
    private var statuses: [String: String] = [:]
    private var names: Set<String> = []
    private var problems: [Problem] = []

    init(trigger: Trigger) {
        self.trigger = trigger
    }

    mutating func read(_ name: String, _ value: TriggerConfiguration.Value) {
        guard names.insert(name).inserted else {
            return note(name, "it is given twice", fix: "give it once")
        }
        switch (trigger, name) {
        case (.deadlineApproaching, "days_before"): readNumber(name, value, upTo: LeadTime.largestDays)
        case (.deadlineApproaching, "hours_before"): readNumber(name, value, upTo: LeadTime.largestHours)
        case (.deadlineApproaching, "minutes_before"): readNumber(name, value, upTo: LeadTime.largestMinutes)
        case (.statusChange, "target_status"), (.statusChange, "from_status"): readStatus(name, value)
        case (.timeBased, _):
            note(name, "a time_based reminder has no such setting", fix: "leave trigger_config empty")
        case (.statusChange, _):
            note(name, "a status_change reminder has no such setting", fix: "use target_status and from_status")
        case (.deadlineApproaching, _):
            note(
                name, "a deadline_approaching reminder has no such setting",
                fix: "use days_before, hours_before and minutes_before")
        }
    }

    consuming func finish() throws(TriggerConfiguration.Problems) -> TriggerConfiguration {
        var configuration = TriggerConfiguration.time
        switch trigger {
        case .timeBased:
            break
        case .statusChange:
            configuration = .status(StatusCondition(target: statuses["target_status"], from: statuses["from_status"]))
        case .deadlineApproaching where names.isEmpty:
            configuration = .deadline(.standard)
        case .deadlineApproaching where problems.isEmpty:
            let lead = LeadTime(
                days: numbers["days_before"] ?? 0, hours: numbers["hours_before"] ?? 0,
                minutes: numbers["minutes_before"] ?? 0)
            if let lead {
                configuration = .deadline(lead)
            } else {
                note(
                    nil, "the reminder would come at the deadline itself",
                    fix: "give days_before, hours_before or minutes_before more than 0, or none of them for 24 hours")
            }
        case .deadlineApproaching:
            break
        }
        guard problems.isEmpty else { throw TriggerConfiguration.Problems(all: problems) }
        return configuration
    }

    private mutating func readNumber(_ name: String, _ value: TriggerConfiguration.Value, upTo largest: Int) {
        let digits: String? = if case .number(let text) = value { text } else { nil }
        guard let digits, digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits),
            number <= largest
        else {
            return note(name, "it is no whole number in range", fix: "give a number of 0 to \(largest)")
        }
        numbers[name] = number
    }

    private mutating func readStatus(_ name: String, _ value: TriggerConfiguration.Value) {
        // Characters as the database counts them.
        guard case .text(let status) = value, !status.isEmpty,
            status.unicodeScalars.count <= StatusCondition.longestStatus
        else {
            return note(
                name, "it is no status", fix: "give a text of 1 to \(StatusCondition.longestStatus) characters")
        }
        statuses[name] = status
    }

    private mutating func note(_ field: String?, _ problem: String, fix: String) {
        problems.append(Problem(field: field, problem: problem, fix: fix))
    }
}

/// Which changes of a case's status set a `status_change` reminder off.
public struct StatusCondition: Hashable, Sendable {
    /// The status the case has to enter; nil is any.
    public let target: String?
    /// The status it has to leave; nil is any, also none.
    public let from: String?

    /// The longest status, in characters.
    static let longestStatus = 100

    /// A condition with these parts.
    public init(target: String? = nil, from: String? = nil) {
        self.target = target
        self.from = from
    }

    /// Whether it is met, as `sag_status_change_reminder_trigger()` of the database sees it.
    public func isMet(from old: String?, to new: String) -> Bool {
        func isSame(_ wanted: String?, _ status: String?) -> Bool {
            guard let wanted, let status else { return wanted == nil && status == nil }
            return wanted.hasSameBytes(as: status)
        }
        return !isSame(old, new) && (target == nil || isSame(target, new)) && (from == nil || isSame(from, old))
    }
}
