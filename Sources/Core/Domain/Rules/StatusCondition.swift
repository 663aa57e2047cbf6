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
