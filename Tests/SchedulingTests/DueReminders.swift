import RemindersDomain
import Testing

@testable import RemindersScheduling
@testable import RemindersStore

extension DueReminder {
    /// A reminder that is due at `dueAt` and looked at `late` after that.
    static func due(
        _ recurrenceType: String = "daily", rrule: String? = nil, monthEnd: String = "backward",
        zone: String = "Europe/Copenhagen", anchor: String, exceptions: [String] = [], dueAt: String,
        late: Duration = .milliseconds(20), catchUp: String = "latest", maximumLateness: Duration? = nil,
        trigger: Trigger = .timeBased, replannedAt: String? = nil, id: Int64 = 1, turnOf: String = "1"
    ) throws -> DueReminder {
        let due = try instant(dueAt)
        return DueReminder(
            id: id, about: CaseReference(entityType: "case", id: "123"), title: "Follow up", priority: .normal,
            trigger: trigger, recurrenceType: recurrenceType, rrule: rrule, monthEnd: monthEnd, timeZone: zone,
            anchorLocalMicroseconds: try local(anchor).microseconds,
            exclusions: exceptions, dueAt: due,
            lastFiredAt: nil, catchUp: catchUp, maximumLateness: maximumLateness, now: due + late,
            replannedAt: try replannedAt.map { try instant($0) }, version: RowVersion(text: "1"),
            turnOf: OpaqueID(turnOf))
    }
}

extension FiringPlan {
    /// What it fires, as RFC 3339 texts.
    var fired: [String] { occurrences.map(\.rfc3339) }
}

/// Of a scheduler that sleeps five minutes at the most.
let planner = FiringPlanner(punctuality: .seconds(360))

/// The instant of an RFC 3339 text that is right.
func instant(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> Instant {
    try #require(Instant(rfc3339: text), sourceLocation: location)
}

/// The local time of an ISO 8601 text that is right.
func local(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> LocalDateTime {
    try #require(LocalDateTime(iso8601: text), sourceLocation: location)
}
