import RemindersDomain
import Testing

@testable import RemindersScheduling

/// What the log is told of what the auditor finds.
@Suite struct AuditMemoryTests {
    @Test func `a finding is news when it begins, has doubled and is over`() {
        var memory = AuditMemory()
        func news(_ count: Int) -> Int? {
            let findings = count > 0 ? [AuditFinding(kind: .notSent, count: count, examples: ["a"])] : []
            let change = memory.note(findings).first { $0.kind == .notSent }
            return change?.isNews == true ? change?.count : nil
        }
        #expect([0, 3, 3, 5, 6, 11, 2, 0, 0, 1].map(news) == [nil, 3, nil, nil, 6, nil, nil, 0, nil, 1])
    }

    @Test func `each kind has a number, also when there is none of it`() {
        var memory = AuditMemory()
        let changes = memory.note([
            AuditFinding(kind: .notSent, channel: .email, count: 2, examples: ["a"]),
            AuditFinding(kind: .notSent, channel: .mattermost, count: 3, examples: ["b"]),
        ])
        #expect(changes.map(\.kind) == AuditFinding.Kind.allCases)
        #expect(changes.filter { $0.count > 0 }.map(\.count) == [5])
    }
}
