import RemindersDomain
import Testing

@testable import RemindersRoutes
@testable import RemindersStore

/// When a reminder is due next: without database or clock.
@Suite struct ReminderPlanTests {
    private static let now = instant("2026-06-15T12:00:00Z")

    private static func instant(_ text: String) -> Instant { Instant(rfc3339: text) ?? .distantPast }

    private static func definition(_ at: String, _ recurrence: Recurrence = .once) -> ReminderDefinition {
        var definition = ReminderDefinition(
            about: CaseReference(entityType: "case", id: "1"), title: "x", timeZone: "Europe/Copenhagen")
        definition.scheduledAt = instant(at)
        definition.scheduledLocal = (try? ZoneCatalog.shared.zone("Europe/Copenhagen"))?.local(at: instant(at))
        definition.recurrence = recurrence
        return definition
    }

    private static func stored(_ definition: ReminderDefinition, next: String?) -> StoredReminder {
        StoredReminder(
            id: 1, definition: definition, nextCheckAt: next.map(instant), lastFiredAt: nil, firedCount: 0,
            createdBy: "1", createdVia: "api", createdAt: now, updatedAt: now, deletedAt: nil, setAside: nil)
    }

    /// What becomes of `next_check_at` when a reminder is changed from one definition into another.
    private static func plan(
        _ old: ReminderDefinition, next: String?, to new: ReminderDefinition
    ) -> ReminderChange.Plan {
        ReminderPlan.next(of: stored(old, next: next), changedTo: new, now: now)
    }

    @Test func `a new reminder is due at its time, a series at its first time to come`() {
        func first(_ at: String, _ recurrence: Recurrence) -> Instant? {
            ReminderPlan.first(of: ReminderPlanTests.definition(at, recurrence), now: ReminderPlanTests.now)
        }
        #expect(first("2026-07-01T07:00:00Z", .once) == ReminderPlanTests.instant("2026-07-01T07:00:00Z"))
        #expect(first("2026-01-01T07:00:00Z", .once) == ReminderPlanTests.instant("2026-01-01T07:00:00Z"))
        #expect(first("2026-07-01T07:00:00Z", .daily) == ReminderPlanTests.instant("2026-07-01T07:00:00Z"))
        // 09:00 in winter, an hour earlier by UTC in summer; not the one that is due at this very moment.
        #expect(first("2026-01-01T08:00:00Z", .daily) == ReminderPlanTests.instant("2026-06-16T07:00:00Z"))
        #expect(first("2026-06-15T12:00:00Z", .weekly) == ReminderPlanTests.instant("2026-06-22T12:00:00Z"))
        var off = ReminderPlanTests.definition("2026-07-01T07:00:00Z")
        off.isActive = false
        #expect(ReminderPlan.first(of: off, now: ReminderPlanTests.now) == nil)
    }

    @Test func `what says nothing about the time leaves the next time as it is`() {
        let old = ReminderPlanTests.definition("2026-01-01T08:00:00Z", .daily)
        var new = old
        new.title = "y"
        new.catchUp = .all
        #expect(ReminderPlanTests.plan(old, next: "2026-06-15T07:00:00Z", to: new) == .asBefore)
        new.isActive = false
        #expect(ReminderPlanTests.plan(old, next: "2026-06-15T07:00:00Z", to: new) == .asBefore)
    }

    @Test func `a changed series goes on after now`() {
        let old = ReminderPlanTests.definition("2026-01-01T08:00:00Z", .daily)
        let new = ReminderPlanTests.definition("2026-01-01T08:00:00Z", .weekly)
        // A Thursday.
        let next = ReminderPlanTests.instant("2026-06-18T07:00:00Z")
        #expect(ReminderPlanTests.plan(old, next: "2026-06-16T07:00:00Z", to: new) == .at(next))
        #expect(ReminderPlanTests.plan(old, next: nil, to: new) == .at(next))
        var paused = old
        paused.isActive = false
        #expect(
            ReminderPlanTests.plan(paused, next: nil, to: old) == .at(ReminderPlanTests.instant("2026-06-16T07:00:00Z"))
        )
    }

    @Test func `a single time counts when it is new, and otherwise only while it is to come`() {
        let past = ReminderPlanTests.definition("2026-01-01T08:00:00Z")
        let future = ReminderPlanTests.definition("2026-09-01T08:00:00Z")
        #expect(ReminderPlanTests.plan(future, next: "2026-09-01T08:00:00Z", to: past) == .at(past.scheduledAt))
        #expect(ReminderPlanTests.plan(past, next: nil, to: future) == .at(future.scheduledAt))
        var pausedPast = past
        pausedPast.isActive = false
        #expect(ReminderPlanTests.plan(pausedPast, next: nil, to: past) == .at(nil))
        var pausedFuture = future
        pausedFuture.isActive = false
        #expect(ReminderPlanTests.plan(pausedFuture, next: nil, to: future) == .at(future.scheduledAt))
        // A series that becomes a single time which has passed has come to its end.
        let series = ReminderPlanTests.definition("2026-01-01T08:00:00Z", .daily)
        #expect(ReminderPlanTests.plan(series, next: "2026-06-16T07:00:00Z", to: past) == .at(nil))
    }

    @Test func `what waits for a status has no time, and of a deadline the database knows`() {
        let timed = ReminderPlanTests.definition("2026-09-01T08:00:00Z")
        var status = timed
        status.trigger = .statusChange
        status.scheduledAt = nil
        status.scheduledLocal = nil
        var deadline = status
        deadline.trigger = .deadlineApproaching
        #expect(ReminderPlanTests.plan(timed, next: "2026-09-01T08:00:00Z", to: status) == .at(nil))
        #expect(ReminderPlanTests.plan(timed, next: "2026-09-01T08:00:00Z", to: deadline) == .asBefore)
        #expect(ReminderPlanTests.plan(deadline, next: "2026-09-01T08:00:00Z", to: deadline) == .asBefore)
        #expect(ReminderPlanTests.plan(deadline, next: nil, to: timed) == .at(timed.scheduledAt))
        #expect(
            ReminderPlan.occurrences(of: ReminderPlanTests.stored(deadline, next: "2026-09-01T08:00:00Z"), count: 5)
                .map(\.local.iso8601) == ["2026-09-01T10:00:00"])
    }
}
