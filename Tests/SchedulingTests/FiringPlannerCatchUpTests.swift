import RemindersDomain
import RemindersStore
import Testing

@testable import RemindersScheduling

/// A daily reminder of 9 o'clock UTC whose scheduler was away from January 2nd until noon on the 5th.
@Suite struct FiringPlannerCatchUpTests {
    private func missed(
        _ type: String = "daily", catchUp: String, late: Duration = .seconds(3 * 86_400 + 3 * 3_600),
        maximumLateness: Duration? = nil
    ) throws -> FiringPlan {
        try planner.plan(
            try .due(
                type, zone: "UTC", anchor: "2026-01-01T09:00", dueAt: "2026-01-02T09:00:00Z", late: late,
                catchUp: catchUp, maximumLateness: maximumLateness))
    }

    private func next() throws -> Instant { try instant("2026-01-06T09:00:00Z") }

    @Test func `latest fires the newest and counts the others`() throws {
        let plan = try missed(catchUp: "latest")
        #expect(plan.fired == ["2026-01-05T09:00:00Z"])
        #expect(plan.skipped == 3)
        #expect(plan.next == (try next()))
    }

    @Test func `all fires each, oldest first`() throws {
        let plan = try missed(catchUp: "all")
        #expect(plan.fired == (2...5).map { "2026-01-0\($0)T09:00:00Z" })
        #expect(plan.skipped == 0)
        #expect(plan.next == (try next()))
    }

    @Test func `skip fires none and counts them`() throws {
        let plan = try missed(catchUp: "skip")
        #expect(plan.fired == [])
        #expect(plan.skipped == 4)
        #expect(plan.next == (try next()))
    }

    @Test func `all fires nothing that is later than the reminder allows`() throws {
        let plan = try missed(catchUp: "all", maximumLateness: .seconds(86_400))
        #expect(plan.fired == ["2026-01-05T09:00:00Z"])
        #expect(plan.skipped == 3)
    }

    @Test func `what is exactly as late as the reminder allows fires`() throws {
        let plan = try missed(catchUp: "all", maximumLateness: .seconds(27 * 3_600))
        #expect(plan.fired == ["2026-01-04T09:00:00Z", "2026-01-05T09:00:00Z"])
        #expect(plan.skipped == 2)
    }

    @Test func `latest fires nothing when even the newest is too late`() throws {
        let plan = try missed(catchUp: "latest", maximumLateness: .seconds(3_600))
        #expect(plan.fired == [])
        #expect(plan.skipped == 4)
        #expect(plan.next == (try next()))
    }

    @Test(arguments: ["latest", "all", "skip"])
    func `what is late by no more than a sleep was not missed`(catchUp: String) throws {
        let plan = try missed(catchUp: catchUp, late: .seconds(300))
        #expect(plan.fired == ["2026-01-02T09:00:00Z"])
        #expect(plan.skipped == 0)
        #expect(plan.next == (try instant("2026-01-03T09:00:00Z")))
    }

    @Test(arguments: ["latest", "all"])
    func `a missed one for once fires, and the decision says whether it is too late`(catchUp: String) throws {
        let plan = try missed("once", catchUp: catchUp, maximumLateness: .seconds(60))
        #expect(plan.fired == ["2026-01-02T09:00:00Z"])
        #expect(plan.next == nil)
    }

    @Test func `a missed one for once is skipped where the reminder says skip`() throws {
        let due = try DueReminder.due(
            "once", zone: "UTC", anchor: "2026-01-02T09:00", dueAt: "2026-01-02T09:00:00Z", late: .seconds(86_400),
            catchUp: "skip")
        let plan = try planner.plan(due)
        #expect(plan.fired == [])
        #expect(plan.skipped == 1)
        #expect(plan.next == nil)
    }

    @Test(arguments: [Trigger.timeBased, .deadlineApproaching])
    func `skip counts for a time set by hand, and for a deadline`(trigger: Trigger) throws {
        let due = try DueReminder.due(
            "once", zone: "UTC", anchor: "2026-06-01T09:00", dueAt: "2026-01-02T09:17:00Z", late: .seconds(86_400),
            catchUp: "skip", trigger: trigger)
        let plan = try planner.plan(due)
        #expect(plan.fired == [])
        #expect(plan.skipped == 1)
        #expect(plan.next == nil)
    }

    @Test(arguments: ["latest", "all"])
    func `a series planned anew makes up only for what fell due since`(catchUp: String) throws {
        let plan = try planner.plan(
            try .due(
                zone: "UTC", anchor: "2026-01-01T09:00", dueAt: "2026-02-10T13:00:00Z", late: .seconds(2 * 86_400),
                catchUp: catchUp, replannedAt: "2026-02-10T13:00:00Z"))
        let all = ["2026-02-11T09:00:00Z", "2026-02-12T09:00:00Z"]
        #expect(plan.fired == (catchUp == "all" ? all : [all[1]]))
        #expect(plan.skipped == (catchUp == "all" ? 0 : 1))
    }

    @Test func `a punctual one for once fires where the reminder says skip`() throws {
        let due = try DueReminder.due(
            "once", zone: "UTC", anchor: "2026-01-02T09:00", dueAt: "2026-01-02T09:00:00Z", late: .seconds(60),
            catchUp: "skip")
        #expect(try planner.plan(due).fired == ["2026-01-02T09:00:00Z"])
    }

    @Test func `years of missed days are fired in bounded portions, without losing one`() throws {
        let total = 2_500
        var due = try instant("2020-01-02T09:00:00Z")
        let now = due + .seconds((total - 1) * 86_400 + 3_600)
        var fired: [Instant] = []
        while fired.count < 10 * total {
            let plan = try planner.plan(
                try .due(
                    zone: "UTC", anchor: "2020-01-01T09:00", dueAt: due.rfc3339, late: now - due, catchUp: "all"))
            #expect(plan.occurrences.count <= CatchUp.bound)
            fired += plan.occurrences
            due = try #require(plan.next)
            if due > now { break }
        }
        #expect(fired.count == total)
        #expect(fired == fired.sorted() && Set(fired).count == total)
    }
}
