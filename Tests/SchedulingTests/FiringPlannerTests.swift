import RemindersDomain
import RemindersStore
import Testing

@testable import RemindersScheduling

@Suite struct FiringPlannerTests {
    @Test func `a reminder for once fires once`() throws {
        let plan = try planner.plan(
            try .due("once", anchor: "2026-02-10T09:00", dueAt: "2026-02-10T08:00:00Z"))
        #expect(plan.fired == ["2026-02-10T08:00:00Z"])
        #expect(plan.skipped == 0)
        #expect(plan.next == nil)
    }

    @Test func `a daily reminder keeps its local time when the clocks go forward`() throws {
        let plan = try planner.plan(try .due(anchor: "2026-03-01T09:00", dueAt: "2026-03-28T08:00:00Z"))
        #expect(plan.fired == ["2026-03-28T08:00:00Z"])
        #expect(plan.next == (try instant("2026-03-29T07:00:00Z")))
    }

    @Test func `a daily reminder keeps its local time when the clocks go back`() throws {
        let plan = try planner.plan(try .due(anchor: "2026-03-01T09:00", dueAt: "2026-10-24T07:00:00Z"))
        #expect(plan.next == (try instant("2026-10-25T08:00:00Z")))
    }

    @Test func `a time that the clocks skip moves over the gap for that day only`() throws {
        let before = try planner.plan(try .due(anchor: "2026-03-01T02:30", dueAt: "2026-03-28T01:30:00Z"))
        #expect(before.next == (try instant("2026-03-29T01:30:00Z")))
        let moved = try planner.plan(try .due(anchor: "2026-03-01T02:30", dueAt: "2026-03-29T01:30:00Z"))
        #expect(moved.fired == ["2026-03-29T01:30:00Z"])
        #expect(moved.next == (try instant("2026-03-30T00:30:00Z")))
    }

    @Test func `a weekly reminder comes on its weekday`() throws {
        let plan = try planner.plan(try .due("weekly", anchor: "2026-01-05T09:00", dueAt: "2026-01-12T08:00:00Z"))
        #expect(plan.next == (try instant("2026-01-19T08:00:00Z")))
    }

    @Test func `on the 31st: the last day of a shorter month, and the 31st again after it`() throws {
        let january = try planner.plan(try .due("monthly", anchor: "2026-01-31T09:00", dueAt: "2026-01-31T08:00:00Z"))
        #expect(january.next == (try instant("2026-02-28T08:00:00Z")))
        let february = try planner.plan(try .due("monthly", anchor: "2026-01-31T09:00", dueAt: "2026-02-28T08:00:00Z"))
        #expect(february.fired == ["2026-02-28T08:00:00Z"])
        #expect(february.next == (try instant("2026-03-31T07:00:00Z")))
    }

    @Test(arguments: [("omit", "2026-03-31T07:00:00Z"), ("forward", "2026-03-01T08:00:00Z")])
    func `on the 31st: other rules for shorter months`(monthEnd: String, next: String) throws {
        let plan = try planner.plan(
            try .due("monthly", monthEnd: monthEnd, anchor: "2026-01-31T09:00", dueAt: "2026-01-31T08:00:00Z"))
        #expect(plan.next == (try instant(next)))
    }

    @Test func `a rule says when, and leaves out what is excepted`() throws {
        let plan = try planner.plan(
            try .due(
                "rrule", rrule: "FREQ=WEEKLY;BYDAY=MO,TH", anchor: "2026-01-05T09:00",
                exceptions: ["2026-01-08T09:00"], dueAt: "2026-01-05T08:00:00Z"))
        #expect(plan.fired == ["2026-01-05T08:00:00Z"])
        #expect(plan.next == (try instant("2026-01-12T08:00:00Z")))
    }

    @Test func `after the last of a rule nothing is due`() throws {
        let plan = try planner.plan(
            try .due("rrule", rrule: "FREQ=DAILY;COUNT=2", anchor: "2026-01-05T09:00", dueAt: "2026-01-06T08:00:00Z"))
        #expect(plan.fired == ["2026-01-06T08:00:00Z"])
        #expect(plan.next == nil)
    }

    @Test func `an anchor that its own rule leaves out does not fire`() throws {
        // A Tuesday, of a rule for Mondays.
        let plan = try planner.plan(
            try .due("rrule", rrule: "FREQ=WEEKLY;BYDAY=MO", anchor: "2026-01-06T09:00", dueAt: "2026-01-06T08:00:00Z"))
        #expect(plan.fired == [])
        #expect(plan.skipped == 0)
        #expect(plan.next == (try instant("2026-01-12T08:00:00Z")))
    }

    @Test func `a time set by hand outside the series fires, and the series goes on`() throws {
        let plan = try planner.plan(try .due(anchor: "2026-01-01T09:00", dueAt: "2026-01-05T10:17:00Z"))
        #expect(plan.fired == ["2026-01-05T10:17:00Z"])
        #expect(plan.next == (try instant("2026-01-06T08:00:00Z")))
    }

    @Test func `a time set by hand before the series fires, and the series begins at its anchor`() throws {
        let plan = try planner.plan(try .due(anchor: "2026-01-10T09:00", dueAt: "2026-01-05T10:17:00Z"))
        #expect(plan.fired == ["2026-01-05T10:17:00Z"])
        #expect(plan.next == (try instant("2026-01-10T08:00:00Z")))
    }

    @Test(arguments: [("hourly", nil), ("rrule", "FREQ=NEVER"), ("rrule", nil)] as [(String, String?)])
    func `a recurrence this version cannot read is no plan, and says why`(type: String, rrule: String?) throws {
        let reminder = try DueReminder.due(
            type, rrule: rrule, anchor: "2026-01-01T09:00", dueAt: "2026-01-05T08:00:00Z")
        let failure = try #require(throws: PlanningFailure.self) { try planner.plan(reminder) }
        #expect(failure.reason.contains(rrule == nil ? type : "rrule"))
    }

    @Test func `each other value that cannot be read is named`() throws {
        func reason(_ reminder: DueReminder) throws -> String {
            try #require(throws: PlanningFailure.self) { try planner.plan(reminder) }.reason
        }
        let anchor = "2026-01-01T09:00"
        let dueAt = "2026-01-05T08:00:00Z"
        #expect(try reason(.due(zone: "Mars/Olympus", anchor: anchor, dueAt: dueAt)).hasPrefix("time_zone: "))
        #expect(try reason(.due(monthEnd: "never", anchor: anchor, dueAt: dueAt)).contains("month_end holds “never”"))
        #expect(try reason(.due(anchor: anchor, dueAt: dueAt, catchUp: "some")).contains("catch_up holds “some”"))
        #expect(
            try reason(.due(anchor: anchor, exceptions: ["Tuesday"], dueAt: dueAt)).contains("exdates holds “Tuesday”"))
        let count = "FREQ=YEARLY;BYDAY=20MO;COUNT=90000"
        #expect(try reason(.due("rrule", rrule: count, anchor: anchor, dueAt: dueAt)).hasPrefix("rrule: COUNT: "))
    }

    @Test func `a series planned anew fires nothing, and goes on with its next time`() throws {
        // A daily one of nine o'clock, whose zone was changed at 14:00 UTC.
        let plan = try planner.plan(
            try .due(
                zone: "America/New_York", anchor: "2026-01-01T09:00", dueAt: "2026-02-10T13:59:59Z",
                replannedAt: "2026-02-10T13:59:59Z"))
        #expect(plan.fired == [])
        #expect(plan.skipped == 0)
        #expect(plan.next == (try instant("2026-02-10T14:00:00Z")))
    }

    @Test func `an occurrence at the very moment of planning anew fires`() throws {
        let plan = try planner.plan(
            try .due(
                zone: "UTC", anchor: "2026-01-01T09:00", dueAt: "2026-02-10T09:00:00Z",
                replannedAt: "2026-02-10T09:00:00Z"))
        #expect(plan.fired == ["2026-02-10T09:00:00Z"])
        #expect(plan.next == (try instant("2026-02-11T09:00:00Z")))
    }

    @Test func `a series that has ended when it is planned anew ends without firing`() throws {
        let plan = try planner.plan(
            try .due(
                "rrule", rrule: "FREQ=DAILY;COUNT=2", zone: "UTC", anchor: "2026-01-01T09:00",
                dueAt: "2026-02-10T09:30:00Z", replannedAt: "2026-02-10T09:30:00Z"))
        #expect(plan.fired == [])
        #expect(plan.next == nil)
    }

    @Test func `planned anew long ago, a time set by hand fires`() throws {
        let plan = try planner.plan(
            try .due(
                zone: "UTC", anchor: "2026-01-01T09:00", dueAt: "2026-02-10T10:17:00Z",
                replannedAt: "2026-02-01T00:00:00Z"))
        #expect(plan.fired == ["2026-02-10T10:17:00Z"])
    }

    @Test(arguments: ["once", "daily", "rrule"])
    func `a deadline has one time, whatever the recurrence says`(type: String) throws {
        let plan = try planner.plan(
            try .due(
                type, rrule: type == "rrule" ? "FREQ=DAILY" : nil, anchor: "2026-02-10T09:00",
                dueAt: "2026-02-10T10:17:00Z", trigger: .deadlineApproaching))
        #expect(plan.fired == ["2026-02-10T10:17:00Z"])
        #expect(plan.skipped == 0)
        #expect(plan.next == nil)
    }

    @Test func `UNTIL ends a series, and what is excepted counts for COUNT`() throws {
        let until = try planner.plan(
            try .due(
                "rrule", rrule: "FREQ=DAILY;UNTIL=20260107T080000Z", anchor: "2026-01-05T09:00",
                dueAt: "2026-01-07T08:00:00Z"))
        #expect(until.fired == ["2026-01-07T08:00:00Z"])
        #expect(until.next == nil)
        let counted = try planner.plan(
            try .due(
                "rrule", rrule: "FREQ=DAILY;COUNT=3", anchor: "2026-01-05T09:00",
                exceptions: ["2026-01-06T09:00", "2026-01-07T09:00"], dueAt: "2026-01-05T08:00:00Z"))
        #expect(counted.fired == ["2026-01-05T08:00:00Z"])
        #expect(counted.next == nil)
    }

    @Test(arguments: ["daily", "weekly", "monthly"])
    func `what is excepted is left out of every kind of series`(type: String) throws {
        let second = ["daily": "2026-01-06T09:00", "weekly": "2026-01-12T09:00", "monthly": "2026-02-05T09:00"]
        let third = [
            "daily": "2026-01-07T08:00:00Z", "weekly": "2026-01-19T08:00:00Z", "monthly": "2026-03-05T08:00:00Z",
        ]
        let plan = try planner.plan(
            try .due(
                type, anchor: "2026-01-05T09:00", exceptions: [try #require(second[type])],
                dueAt: "2026-01-05T08:00:00Z"))
        #expect(plan.next == (try instant(try #require(third[type]))))
    }
}
