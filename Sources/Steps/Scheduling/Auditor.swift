import Logging
import RemindersDomain
import RemindersStore

/// Finds what should have gone on by itself and has not. It changes nothing, and any number may look.
public struct Auditor: Sendable {
    /// How many reminders are looked at in one query, for those that are due never.
    static let slice = 2_500
    /// How many slices a scheduler looks at between two rests.
    static let slicesOfALook = 10
    /// How many of a kind are counted.
    static let mostCounted = 1_000

    private let store: ReminderStore
    private let patience: Duration

    /// - Parameter patience: how long something may not go on before it is a finding; a second or more.
    public init(store: ReminderStore, patience: Duration = AuditFinding.usualPatience) {
        self.store = store
        self.patience = patience
    }

    /// Everything, by kind and channel: in so many short queries as there are slices of reminders.
    public func audit() async throws -> [AuditFinding] {
        var findings = try await auditWithoutTimes()
        var lap = Lap()
        while try await goOn(&lap) {}
        if let finding = lap.finding { findings.append(finding) }
        return findings
    }

    /// Everything but reminders that are due never.
    func auditWithoutTimes() async throws -> [AuditFinding] {
        try await store.audit(patience: patience, countingUpTo: Self.mostCounted)
    }

    /// Looks at the next slice of reminders.
    ///
    /// - Returns: whether there may be more; otherwise the lap is over.
    func goOn(_ lap: inout Lap) async throws -> Bool {
        let (found, last) = try await store.remindersWithoutNextTime(behind: lap.last, limit: Self.slice)
        for reminder in found where Self.oughtToBeDue(reminder) {
            lap.count += 1
            if lap.examples.count < 5 { lap.examples.append("\(reminder.id)") }
        }
        guard let last else { return false }
        lap.last = last
        return true
    }

    /// A walk through all reminders by their numbers.
    struct Lap: Sendable {
        /// The number of the last reminder that was looked at.
        var last: Int64 = 0
        /// How many were found.
        var count = 0
        /// Some of them.
        var examples: [String] = []

        /// What was found.
        var finding: AuditFinding? {
            count == 0 ? nil : AuditFinding(kind: .noNextTime, count: count, examples: examples)
        }
    }

    /// Whether a reminder that is due never has an occurrence to come. One that was marked as sent has none: it was said to
    /// have fired at a moment that is none of its series.
    static func oughtToBeDue(_ reminder: TimelessReminder) -> Bool {
        guard let series = reminder.series else { return true }
        // What can't be planned would have been set aside, with the reason.
        guard let schedule = try? RecurrenceSchedule(series) else { return true }
        if let fired = series.lastFiredAt, fired >= reminder.updatedAt,
            schedule.next(after: fired - .microseconds(1))?.at != fired
        {
            return false
        }
        return schedule.next(after: series.now) != nil
    }
}

extension Scheduler {
    /// Looks for what should have gone on and has not, again and again: a gauge for each kind, and a line in the log when it
    /// begins and when it is over. Runs until the task is cancelled.
    public func audit() async {
        let auditor = Auditor(store: store, patience: configuration.auditPatience)
        var memory = AuditMemory()
        var lap = Auditor.Lap()
        while !Task.isCancelled {
            _ = await auditing.attempt {
                var findings = try await auditor.auditWithoutTimes()
                for _ in 1...Auditor.slicesOfALook {
                    guard try await !auditor.goOn(&lap) else { continue }
                    memory.timeless = lap.finding
                    lap = Auditor.Lap()
                    break
                }
                if let timeless = [memory.timeless, lap.finding].compactMap({ $0 }).max(by: { $0.count < $1.count }) {
                    findings.append(timeless)
                }
                report(memory.note(findings))
            }
            try? await Task.sleep(for: min(configuration.auditPause, configuration.auditPatience))
        }
    }

    private func report(_ changes: [AuditMemory.Change]) {
        for change in changes {
            SchedulingMetrics.findings(change.kind).record(change.count)
            guard change.isNews else { continue }
            let metadata: Logger.Metadata = [
                "audit.kind": "\(change.kind.rawValue)", "reason": "\(change.kind.words)", "count": "\(change.count)",
                "examples": "\(change.examples.joined(separator: " "))",
            ]
            if change.count > 0 {
                logger.error("audit: something does not go on", metadata: metadata)
            } else {
                logger.notice("audit: it goes on again", metadata: metadata)
            }
        }
    }
}

/// What the auditor said last of each kind.
struct AuditMemory: Sendable {
    /// What is to be shown of a kind.
    struct Change: Hashable, Sendable {
        let kind: AuditFinding.Kind
        let count: Int
        let examples: [String]
        /// Whether it is worth a line: it began, is over, or has doubled since that was said last.
        let isNews: Bool
    }

    /// What the last walk through all reminders found.
    var timeless: AuditFinding?
    private var said: [AuditFinding.Kind: Int] = [:]

    /// Takes in what was found now.
    ///
    /// - Returns: of each kind how it stands.
    mutating func note(_ findings: [AuditFinding]) -> [Change] {
        AuditFinding.Kind.allCases.map { kind in
            let own = findings.filter { $0.kind == kind }
            let count = own.reduce(0) { $0 + $1.count }
            let before = said[kind] ?? 0
            let isNews = count == 0 ? before > 0 : before == 0 || count >= 2 * before
            if isNews { said[kind] = count }
            return Change(kind: kind, count: count, examples: own.flatMap(\.examples), isNews: isNews)
        }
    }
}
