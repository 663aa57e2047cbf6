import RemindersDomain
import SeededRandom
import Testing

@Suite("Catching up")
struct CatchUpTests {
    private func daily(_ anchor: String = "2026-02-01T09:00:00") throws -> RecurrenceSchedule {
        try RecurrenceSchedule(anchor: local(anchor), zone: .utc, recurrence: .daily)
    }

    private func days(_ occurrences: [Occurrence]) -> [Int] {
        occurrences.map(\.local.date.day)
    }

    @Test("in normal service what is due fires, under every policy", arguments: CatchUp.allCases)
    func normal(policy: CatchUp) throws {
        let plan = policy.plan(
            try daily(), lastFired: try instant("2026-02-09T09:00:00Z"), now: try instant("2026-02-10T09:00:30Z"),
            maximumLateness: .seconds(3_600))
        #expect(days(plan.fired) == [10])
        #expect(plan.skipped.isEmpty)
        #expect(plan.next?.at == (try instant("2026-02-11T09:00:00Z")))
    }

    @Test("nothing due: nothing fires, and the next is known", arguments: CatchUp.allCases)
    func nothing(policy: CatchUp) throws {
        let plan = policy.plan(
            try daily(), lastFired: try instant("2026-02-10T09:00:00Z"), now: try instant("2026-02-10T12:00:00Z"))
        #expect(plan.fired.isEmpty && plan.skipped.isEmpty)
        #expect(plan.next?.local.date.day == 11)
        let early = policy.plan(try daily(), lastFired: nil, now: try instant("2026-01-01T00:00:00Z"))
        #expect(early.next?.local.date.day == 1)
    }

    @Test("after five days without service: the newest, all, or none")
    func outage() throws {
        let lastFired = try instant("2026-02-05T09:00:00Z")
        let now = try instant("2026-02-10T12:00:00Z")
        let latest = CatchUp.latest.plan(try daily(), lastFired: lastFired, now: now)
        #expect(days(latest.fired) == [10])
        #expect(days(latest.skipped) == [6, 7, 8, 9])
        let all = CatchUp.all.plan(try daily(), lastFired: lastFired, now: now)
        #expect(days(all.fired) == [6, 7, 8, 9, 10])
        #expect(all.skipped.isEmpty)
        let skip = CatchUp.skip.plan(try daily(), lastFired: lastFired, now: now)
        #expect(skip.fired.isEmpty)
        #expect(days(skip.skipped) == [6, 7, 8, 9, 10])
        for plan in [latest, all, skip] { #expect(plan.next?.local.date.day == 11) }
    }

    @Test("what is later than allowed never fires, what is exactly as late does")
    func maximumLateness() throws {
        let lastFired = try instant("2026-02-05T09:00:00Z")
        let now = try instant("2026-02-10T12:00:00Z")
        let all = CatchUp.all.plan(
            try daily(), lastFired: lastFired, now: now, maximumLateness: .seconds(2 * 86_400 + 3 * 3_600))
        #expect(days(all.skipped) == [6, 7])
        #expect(days(all.fired) == [8, 9, 10])
        let latest = CatchUp.latest.plan(
            try daily(), lastFired: lastFired, now: now, maximumLateness: .seconds(3_600))
        #expect(latest.fired.isEmpty)
        #expect(days(latest.skipped) == [6, 7, 8, 9, 10])
    }

    @Test("what is punctual fires beside the newest missed one")
    func punctual() throws {
        let schedule = try RecurrenceSchedule(
            anchor: local("2026-02-01T09:00:00"), zone: .utc,
            recurrence: .rrule("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0,20,40"))
        let plan = CatchUp.latest.plan(
            schedule, lastFired: try instant("2026-02-08T09:00:40Z"), now: try instant("2026-02-10T09:00:45Z"))
        #expect(plan.fired.map(\.local.second) == [0, 20, 40])
        #expect(plan.skipped.count == 3)
    }

    @Test("years of missed occurrences are bounded, and none is lost from sight")
    func bounded() throws {
        let now = try instant("2036-02-10T12:00:00Z")
        let latest = CatchUp.latest.plan(try daily(), lastFired: nil, now: now)
        #expect(latest.fired.map(\.at) == [try instant("2036-02-10T09:00:00Z")])
        #expect(latest.skipped.count == CatchUp.bound)
        #expect(latest.skippedMore)
        #expect(latest.next?.at == (try instant("2036-02-11T09:00:00Z")))

        // `all` goes on where it stopped.
        var lastFired: Instant?
        var fired = 0
        for _ in 0..<4 {
            let plan = CatchUp.all.plan(try daily(), lastFired: lastFired, now: now)
            fired += plan.fired.count
            lastFired = plan.fired.last?.at
        }
        #expect(fired == 3_662)
        #expect(lastFired == (try instant("2036-02-10T09:00:00Z")))
    }

    @Test("each occurrence is fired or skipped once, whatever the policy and the pauses")
    func property() throws {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<200 {
            let policy = try #require(CatchUp.allCases.randomElement(using: &generator))
            let lateness: Duration? =
                Bool.random(using: &generator) ? .seconds(.random(in: 0...400_000, using: &generator)) : nil
            let schedule = try daily()
            var now = try instant("2026-02-01T00:00:00Z")
            var lastFired: Instant?
            var seen: [Instant] = []
            for _ in 0..<20 {
                now = now + .seconds(.random(in: 1...500_000, using: &generator))
                let plan = policy.plan(schedule, lastFired: lastFired, now: now, maximumLateness: lateness)
                seen += (plan.skipped + plan.fired).map(\.at)
                lastFired = seen.last ?? lastFired
                if let lateness { #expect(plan.fired.allSatisfy { now - $0.at <= lateness }) }
                #expect(plan.next.map { $0.at > now } == true)
            }
            let expected = schedule.occurrences(after: .distantPast, limit: seen.count).map(\.at)
            #expect(seen == expected)
        }
    }
}
