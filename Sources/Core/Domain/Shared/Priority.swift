/// How much a reminder matters. Urgent ones may pass quiet hours and the limit if the deployment says so.
public enum Priority: String, CaseIterable, Comparable, Sendable, Codable {
    case low
    case normal
    case high
    case urgent

    /// Low is least.
    public static func < (left: Priority, right: Priority) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        case .urgent: 3
        }
    }
}
