import RemindersDomain
import Testing

@Suite("Recurrences that are refused")
struct RecurrenceValidationTests {
    private func part(
        _ recurrence: Recurrence, anchor: String = "2026-02-10T09:00:00", excluding: [String] = [],
        monthEnd: MonthEnd? = nil
    ) throws -> String? {
        let anchor = try local(anchor)
        let exclusions = try excluding.map { try #require(Exclusion($0)) }
        do {
            let schedule = try RecurrenceSchedule.validate(
                anchor: anchor, zone: .utc, recurrence: recurrence, exclusions: exclusions, monthEnd: monthEnd)
            #expect(schedule.next(after: .distantPast) != nil)
            return nil
        } catch {
            #expect(!error.problem.isEmpty && !error.fix.isEmpty)
            return error.part
        }
    }

    @Test("whatever fires at least once is accepted, of all five kinds")
    func accepted() throws {
        for recurrence in [Recurrence.once, .daily, .weekly, .monthly, .rrule("FREQ=DAILY;COUNT=3")] {
            #expect(try part(recurrence) == nil)
        }
        #expect(try part(.daily, excluding: ["2026-02-10T09:00:00"]) == nil)
        #expect(try part(.monthly, anchor: "2026-01-31T09:00:00", monthEnd: .omit) == nil)
        #expect(try part(.rrule("FREQ=DAILY;COUNT=3"), excluding: ["20260210", "20260212"]) == nil)
    }

    @Test("a series whose every occurrence is left out is refused")
    func allExcluded() throws {
        #expect(try part(.once, excluding: ["2026-02-10T09:00:00"]) == "EXDATE")
        #expect(try part(.rrule("FREQ=DAILY;COUNT=2"), excluding: ["20260210", "20260211"]) == "EXDATE")
        #expect(
            try part(.rrule("FREQ=DAILY;UNTIL=20260211"), excluding: ["2026-02-10T09:00:00Z", "20260211T090000"])
                == "EXDATE")
        let anchor = try local("2026-02-10T09:00:00")
        #expect(throws: RecurrenceRuleError.self) {
            try RecurrenceRuleText.validate(
                "FREQ=DAILY;COUNT=1", anchor: anchor, zone: .utc, exclusions: [.local(anchor)])
        }
    }

    @Test("what ends before it begins, never comes, or begins too late is refused with the part")
    func never() throws {
        #expect(try part(.rrule("FREQ=DAILY;UNTIL=20260209")) == "UNTIL")
        #expect(try part(.rrule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")) == "RRULE")
        #expect(try part(.rrule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3")) == "RRULE")
        #expect(try part(.rrule("FREQ=HOURLY")) == "FREQ")
        for recurrence in [Recurrence.once, .daily, .weekly, .monthly] {
            #expect(try part(recurrence, anchor: "9999-12-31T12:00:00") == "RRULE")
        }
    }

    @Test("a thousand exclusions are looked through quickly")
    func manyExclusions() throws {
        let days = (0..<1_000).map { CivilDate(daysSince1970: 20_494 + $0).description }
        let begin = ContinuousClock.now
        #expect(try part(.daily, excluding: days) == nil)
        #expect(try part(.rrule("FREQ=DAILY;COUNT=1000"), excluding: days) == "EXDATE")
        #expect(begin.duration(to: .now) < .seconds(2))
    }
}

@Suite("Remarks of every kind of recurrence")
struct RecurrenceRemarkTests {
    /// The remarks among the first occurrences.
    private func remarks(
        _ recurrence: Recurrence, _ anchor: String, monthEnd: MonthEnd? = nil, count: Int = 60
    ) throws -> [String] {
        try RecurrenceSchedule(
            anchor: local(anchor), zone: copenhagen(), recurrence: recurrence, monthEnd: monthEnd
        ).occurrences(after: .distantPast, limit: count).compactMap(\.remark)
    }

    private let skipped =
        "02:30 on 2026-03-29 does not exist in Europe/Copenhagen, where the clocks go forward: moved to 03:30"
    private let doubled =
        "02:30 on 2026-10-25 comes twice in Europe/Copenhagen, where the clocks go back: the first is meant"

    @Test("a clock change touches each of the five")
    func clockChanges() throws {
        #expect(try remarks(.once, "2026-03-29T02:30") == [skipped])
        #expect(try remarks(.once, "2026-10-25T02:30") == [doubled])
        #expect(try remarks(.daily, "2026-03-01T02:30") == [skipped])
        #expect(try remarks(.daily, "2026-10-01T02:30") == [doubled])
        #expect(try remarks(.weekly, "2026-03-01T02:30", count: 40) == [skipped, doubled])
        #expect(
            try remarks(.monthly, "2026-01-29T02:30", count: 3) == [
                "the month 2026-02 has no day 29: moved to its last, 28", skipped,
            ])
        #expect(try remarks(.rrule("FREQ=WEEKLY;BYDAY=SU"), "2026-03-01T02:30", count: 40) == [skipped, doubled])
    }

    @Test("a short month and a clock change on one day are both told")
    func both() throws {
        let sydney = try RecurrenceSchedule(
            anchor: local("2023-08-31T02:30"), zone: ZoneCatalog.shared.zone("Australia/Sydney"), recurrence: .monthly,
            monthEnd: .forward
        ).occurrences(after: .distantPast, limit: 2).map(\.remark)
        #expect(
            sydney == [
                nil,
                "the month 2023-09 has no day 31: moved to the first of the next; 02:30 on 2023-10-01 does not exist in "
                    + "Australia/Sydney, where the clocks go forward: moved to 03:30",
            ])
    }

    @Test("what nothing touches has no remark")
    func none() throws {
        for recurrence in [Recurrence.once, .daily, .weekly, .monthly, .rrule("FREQ=MONTHLY;BYDAY=-1FR")] {
            #expect(try remarks(recurrence, "2026-02-10T09:00") == [])
        }
    }
}
