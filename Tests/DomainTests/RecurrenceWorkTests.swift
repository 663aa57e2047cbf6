import RemindersDomain
import SeededRandom
import Testing

/// No rule that is accepted takes long, whatever is asked of it; the limits are generous, for builds without
/// optimisation on a busy machine.
@Suite("The work of a rule", .serialized)
struct RecurrenceWorkTests {
    private static let hundred = ["MO", "TU"].flatMap { day in (1...50).map { "\($0)\(day)" } }.joined(separator: ",")
    private static let hours = (0..<24).map(String.init).joined(separator: ",")
    private static let minutes = stride(from: 0, to: 60, by: 5).map(String.init).joined(separator: ",")
    private static let manyDays = (1...200).map(String.init).joined(separator: ",")

    static let costly = [
        "FREQ=YEARLY;BYDAY=\(hundred);BYSETPOS=1,50,-1", "FREQ=YEARLY;BYDAY=\(hundred);BYSETPOS=99",
        "FREQ=YEARLY;BYDAY=\(hundred);BYSETPOS=-1;COUNT=600", "FREQ=YEARLY;BYYEARDAY=\(manyDays);BYSETPOS=200",
        "FREQ=YEARLY;BYWEEKNO=1,20,53,-1;BYDAY=SU;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=1;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=\(hours);BYMINUTE=\(minutes)",
        "FREQ=YEARLY;BYMONTHDAY=1,2,3,4,5,6,7,8,9;BYHOUR=\(hours);BYMINUTE=\(minutes);BYSETPOS=366,-366,1",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", "FREQ=DAILY;COUNT=100000", "FREQ=MONTHLY;COUNT=100000",
        "FREQ=WEEKLY;BYDAY=MO,SU;BYHOUR=\(hours);BYMINUTE=\(minutes);COUNT=100000",
        "RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTHDAY=29,30,31;BYDAY=SU;SKIP=FORWARD;COUNT=1000",
    ]

    @Test("a costly rule is made, planned and looked back into in a moment", arguments: costly)
    func costlyRule(rule: String) throws {
        let anchor = try local("1990-01-01T00:00:00")
        let begin = ContinuousClock.now
        let schedule = try RecurrenceSchedule.validate(anchor: anchor, zone: copenhagen(), recurrence: .rrule(rule))
        let now = try instant("2026-12-10T12:00:00Z")
        for policy in CatchUp.allCases {
            let plan = policy.plan(schedule, lastFired: try instant("2020-06-01T00:00:00Z"), now: now)
            #expect(plan.fired.count <= CatchUp.bound && plan.skipped.count <= CatchUp.bound)
        }
        _ = schedule.last(atOrBefore: now)
        _ = schedule.occurrences(after: now, limit: 100)
        let days = (0..<100).map { Exclusion.day(CivilDate(daysSince1970: 20_000 + $0)) }
        _ = days.filter(schedule.meets)
        #expect(begin.duration(to: .now) < .seconds(30))
    }

    @Test(
        "a COUNT whose end is too far to look for each time is refused by name, with what would do",
        arguments: [
            "FREQ=YEARLY;BYDAY=\(hundred);BYSETPOS=99;COUNT=100000", "FREQ=YEARLY;BYDAY=20MO;COUNT=5000",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=1000", "FREQ=YEARLY;BYYEARDAY=\(manyDays);BYSETPOS=7;COUNT=99999",
            "FREQ=DAILY;BYDAY=MO;BYMONTHDAY=13;COUNT=20000",
        ])
    func count(rule: String) throws {
        let anchor = try local("2026-02-10T09:00:00")
        let begin = ContinuousClock.now
        let error = try #require(throws: RecurrenceRuleError.self) {
            try RecurrenceRuleText.validate(rule, anchor: anchor, zone: .utc)
        }
        #expect(begin.duration(to: .now) < .seconds(10))
        #expect(error.part == "COUNT")
        // The number that the sentence gives is one that does, and the next would not.
        let most = try #require(error.fix.firstMatch(of: /COUNT=(\d+)/).flatMap { Int($0.1) })
        let shorter = rule.replacing(/COUNT=\d+/, with: "COUNT=\(most)")
        #expect(throws: Never.self) { try RecurrenceRuleText.validate(shorter, anchor: anchor, zone: .utc) }
        #expect(throws: RecurrenceRuleError.self) {
            try RecurrenceRuleText.validate(
                rule.replacing(/COUNT=\d+/, with: "COUNT=\(most + 1)"), anchor: anchor, zone: .utc)
        }
    }

    @Test(
        "a rule that never comes is refused in a moment",
        arguments: [
            "FREQ=YEARLY;BYDAY=\(hundred);BYSETPOS=366", "FREQ=YEARLY;BYDAY=\(hundred);BYMONTHDAY=31;BYMONTH=2;COUNT=9",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYWEEKNO=1,2,3;BYSETPOS=366",
            "FREQ=YEARLY;BYWEEKNO=30,31,32;BYMONTH=1,2,3,12;BYYEARDAY=200",
        ])
    func never(rule: String) throws {
        let anchor = try local("2026-02-10T09:00:00")
        let begin = ContinuousClock.now
        #expect(throws: RecurrenceRuleError.self) { try RecurrenceRuleText.validate(rule, anchor: anchor, zone: .utc) }
        #expect(begin.duration(to: .now) < .seconds(10))
    }

    @Test("looking back finds the same as looking through all")
    func lookingBack() throws {
        var dice = SeededGenerator(seed: 8)
        for _ in 0..<300 {
            let random = try RandomRecurrence(using: &dice)
            let schedule = try RecurrenceSchedule(
                anchor: random.anchor, zone: random.zone, recurrence: random.recurrence, monthEnd: random.monthEnd)
            let all = schedule.occurrences(after: .distantPast, limit: 40)
            for _ in 0..<5 {
                guard let first = all.first, let last = all.last else { break }
                let length = last.at.microseconds - first.at.microseconds
                let bound = first.at + .microseconds(Int64.random(in: -9...length, using: &dice))
                let expected = all.last(where: { $0.at <= bound })
                #expect(schedule.last(atOrBefore: bound) == expected, "\(random.rule) \(bound)")
            }
        }
    }
}
