import RemindersDomain
import SeededRandom
import Testing

@Suite("Schedules")
struct RecurrenceScheduleTests {
    private func schedule(
        _ anchor: String, _ recurrence: Recurrence, zone: String = "Europe/Copenhagen", exclusions: [String] = [],
        monthEnd: MonthEnd? = nil
    ) throws -> RecurrenceSchedule {
        try RecurrenceSchedule(
            anchor: local(anchor), zone: ZoneCatalog.shared.zone(zone), recurrence: recurrence,
            exclusions: exclusions.map { try #require(Exclusion($0)) }, monthEnd: monthEnd)
    }

    private func days(_ schedule: RecurrenceSchedule, _ count: Int) -> [String] {
        schedule.occurrences(after: .distantPast, limit: count).map(\.local.date.description)
    }

    @Test("once fires at the anchor, to the microsecond, and then never")
    func once() throws {
        let once = try schedule("2026-02-10T14:30:00.123456", .once)
        let at = try instant("2026-02-10T13:30:00.123456Z")
        #expect(once.next(after: .distantPast)?.at == at)
        #expect(once.next(after: at - .microseconds(1))?.at == at)
        #expect(once.next(after: at) == nil)
        #expect(once.next(after: .distantFuture) == nil)
        #expect(once.last(atOrBefore: at)?.at == at)
        #expect(once.last(atOrBefore: at - .microseconds(1)) == nil)
    }

    @Test("daily keeps the local time across clock changes, and says what they did")
    func dailyAcrossClockChanges() throws {
        let daily = try schedule("2026-03-28T02:30:00", .daily)
        let spring = daily.occurrences(after: .distantPast, limit: 3)
        #expect(spring.map(\.at.rfc3339) == ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"])
        #expect(spring.map(\.local.iso8601) == ["2026-03-28T02:30:00", "2026-03-29T03:30:00", "2026-03-30T02:30:00"])
        #expect(
            spring.map(\.remark) == [
                nil,
                "02:30 on 2026-03-29 does not exist in Europe/Copenhagen, where the clocks go forward: moved to 03:30",
                nil,
            ])
        let autumn = daily.occurrences(after: try instant("2026-10-24T00:30:00Z"), limit: 2)
        #expect(autumn.map(\.at.rfc3339) == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"])
        #expect(
            autumn[0].remark
                == "02:30 on 2026-10-25 comes twice in Europe/Copenhagen, where the clocks go back: the first is meant")
        // Between the two half past twos it is over, and in the gap it is yet to come.
        #expect(daily.next(after: try instant("2026-10-25T01:10:00Z"))?.at.rfc3339 == "2026-10-26T01:30:00Z")
        #expect(daily.next(after: try instant("2026-03-29T01:10:00Z"))?.at.rfc3339 == "2026-03-29T01:30:00Z")
    }

    @Test("a day that a zone skips whole moves onto the next, and is one occurrence with it")
    func skippedDay() throws {
        let daily = try schedule("2011-12-28T09:00:00", .daily, zone: "Pacific/Apia")
        let found = daily.occurrences(after: .distantPast, limit: 4)
        #expect(found.map(\.local.date.description) == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"])
        #expect(found[2].remark?.contains("moved to 2011-12-31 09:00") == true)
    }

    @Test("monthly on the 31st takes the last day, no day or the next day, as the policy says")
    func monthEnds() throws {
        let backward = try schedule("2026-01-31T09:00:00", .monthly)
        #expect(days(backward, 5) == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"])
        let remarks = backward.occurrences(after: .distantPast, limit: 3).map(\.remark)
        #expect(remarks == [nil, "the month 2026-02 has no day 31: moved to its last, 28", nil])

        let omit = try schedule("2026-01-31T09:00:00", .monthly, monthEnd: .omit)
        #expect(days(omit, 4) == ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"])

        let forward = try schedule("2026-01-31T09:00:00", .monthly, monthEnd: .forward)
        #expect(days(forward, 5) == ["2026-01-31", "2026-03-01", "2026-03-31", "2026-05-01", "2026-05-31"])
        #expect(
            forward.occurrences(after: .distantPast, limit: 2)[1].remark
                == "the month 2026-02 has no day 31: moved to the first of the next")

        let leap = try schedule("2023-12-30T09:00:00", .monthly)
        #expect(days(leap, 4) == ["2023-12-30", "2024-01-30", "2024-02-29", "2024-03-30"])
    }

    @Test("a rule follows the same policies, and SKIP in its text wins")
    func monthEndsOfRules() throws {
        let rule = Recurrence.rrule("FREQ=MONTHLY")
        #expect(days(try schedule("2026-01-31T09:00:00", rule), 3) == ["2026-01-31", "2026-03-31", "2026-05-31"])
        let skip = Recurrence.rrule("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD")
        #expect(
            days(try schedule("2026-01-31T09:00:00", skip, monthEnd: .backward), 4)
                == ["2026-01-31", "2026-03-01", "2026-03-31", "2026-05-01"])
        let leapDay = Recurrence.rrule("RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD")
        #expect(
            days(try schedule("2024-02-29T09:00:00", leapDay), 5)
                == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"])
        let lastDay = Recurrence.rrule("RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY=366;SKIP=FORWARD")
        #expect(
            days(try schedule("2026-01-01T09:00:00", lastDay), 3) == ["2027-01-01", "2028-01-01", "2028-12-31"])
        // The 30th and the 31st of February are one day, and so are the 1st and what moves onto it.
        let both = Recurrence.rrule("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=1,30,31;SKIP=FORWARD")
        #expect(
            days(try schedule("2026-02-01T09:00:00", both), 5)
                == ["2026-02-01", "2026-03-01", "2026-03-30", "2026-03-31", "2026-04-01"])
        // RFC 7529 §4.1: BYDAY comes after SKIP. 28 February 2026 is a Saturday.
        let filtered = Recurrence.rrule("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=SA;SKIP=BACKWARD")
        #expect(days(try schedule("2026-01-31T09:00:00", filtered), 3) == ["2026-01-31", "2026-02-28", "2026-10-31"])
    }

    @Test("the direct computation of daily, weekly and monthly equals that by rule", arguments: 0..<3)
    func directEqualsRule(kind: Int) throws {
        var generator = SeededGenerator(seed: 3)
        let plain = [Recurrence.daily, .weekly, .monthly][kind]
        let rule = Recurrence.rrule("FREQ=" + ["DAILY", "WEEKLY", "MONTHLY"][kind])
        let zones = ["Europe/Copenhagen", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"]
        for _ in 0..<300 {
            let seconds = Int64.random(in: 1_200_000_000...1_900_000_000, using: &generator)
            let anchor = LocalDateTime(microseconds: seconds * 1_000_000)
            let zone = try ZoneCatalog.shared.zone(try #require(zones.randomElement(using: &generator)))
            let monthEnd = MonthEnd.allCases.randomElement(using: &generator)
            let direct = try RecurrenceSchedule(
                anchor: anchor, zone: zone, recurrence: plain, monthEnd: monthEnd ?? .omit)
            let byRule = try RecurrenceSchedule(
                anchor: anchor, zone: zone, recurrence: rule, monthEnd: monthEnd ?? .omit)
            let after = Instant(seconds: seconds + .random(in: -100_000_000...300_000_000, using: &generator))
            #expect(
                direct.occurrences(after: after, limit: 40) == byRule.occurrences(after: after, limit: 40),
                "\(anchor) \(zone.identifier) after \(after)")
        }
    }

    @Test("what moved into the next month is found from within that month, too")
    func forwardFromWithin() throws {
        let after = try instant("2026-03-01T00:00:00Z")
        for recurrence in [Recurrence.monthly, .rrule("FREQ=MONTHLY"), .rrule("FREQ=MONTHLY;INTERVAL=1;COUNT=40")] {
            let schedule = try schedule("2025-01-31T09:00:00", recurrence, monthEnd: .forward)
            #expect(schedule.next(after: after)?.local.iso8601 == "2026-03-01T09:00:00", "\(recurrence)")
        }
        let lastDay = Recurrence.rrule("RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY=366;SKIP=FORWARD")
        let yearly = try schedule("2024-01-01T09:00:00", lastDay)
        #expect(yearly.next(after: try instant("2026-12-31T23:30:00Z"))?.local.iso8601 == "2027-01-01T09:00:00")
    }

    @Test("times of a day that a clock change brings onto each other are one, and out of order come in order")
    func reordered() throws {
        let hourly = try schedule("2026-03-29T00:00:00", .rrule("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30"))
        #expect(
            hourly.occurrences(after: .distantPast, limit: 3).map(\.at.rfc3339)
                == ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z"])
        // On Lord Howe Island 02:00 becomes 02:30: 02:15 moves to 02:45, behind 02:35.
        let island = try schedule(
            "2026-10-04T00:00:00", .rrule("FREQ=DAILY;BYHOUR=2;BYMINUTE=15,35"), zone: "Australia/Lord_Howe")
        #expect(
            island.occurrences(after: .distantPast, limit: 3).map(\.local.iso8601)
                == ["2026-10-04T02:35:00", "2026-10-04T02:45:00", "2026-10-05T02:15:00"])
    }

    @Test("exclusions are local times, moments or whole days")
    func exclusions() throws {
        let daily = try schedule(
            "2026-02-10T09:00:00", .daily, exclusions: ["20260211T090000", "2026-02-12T08:00:00Z", "20260213"])
        #expect(days(daily, 3) == ["2026-02-10", "2026-02-14", "2026-02-15"])
        // They count for COUNT, and are meant as the rule has them before a clock change moves them.
        let counted = try schedule(
            "2026-03-28T02:30:00", .rrule("FREQ=DAILY;COUNT=3"), exclusions: ["2026-03-29T02:30:00"])
        #expect(days(counted, 5) == ["2026-03-28", "2026-03-30"])
        for text in ["", "2026", "20260230", "20260211T09", "20260211T090000X", "soon"] {
            #expect(Exclusion(text) == nil, "\(text)")
        }
        for text in ["20260211T090000", "20260211T080000Z", "20260211"] {
            let exclusion = try #require(Exclusion(text))
            #expect(Exclusion(exclusion.description) == exclusion)
        }
    }

    @Test("UNTIL in UTC is compared in UTC, a date includes its local day")
    func until() throws {
        func last(_ until: String) throws -> String? {
            try schedule("2026-02-10T23:30:00", .rrule("FREQ=DAILY;UNTIL=" + until))
                .last(atOrBefore: instant("2027-01-01T00:00:00Z"))?.at.rfc3339
        }
        #expect(try last("20260212T223000Z") == "2026-02-12T22:30:00Z")
        #expect(try last("20260212T222959Z") == "2026-02-11T22:30:00Z")
        #expect(try last("20260212") == "2026-02-12T22:30:00Z")
        #expect(try last("20260212T233000") == "2026-02-12T22:30:00Z")
        #expect(try last("20260212T232959") == "2026-02-11T22:30:00Z")
    }

    @Test("another zone re-plans everything from the anchor")
    func zoneChange() throws {
        let rule = Recurrence.rrule("FREQ=WEEKLY;BYDAY=MO")
        let before = try schedule("2026-02-09T09:00:00", rule)
        let after = try schedule("2026-02-09T09:00:00", rule, zone: "America/New_York")
        let now = try instant("2026-06-01T00:00:00Z")
        #expect(before.next(after: now)?.at.rfc3339 == "2026-06-01T07:00:00Z")
        #expect(after.next(after: now)?.at.rfc3339 == "2026-06-01T13:00:00Z")
    }

    @Test("an old anchor and the end of time are no trouble")
    func extremes() throws {
        let old = try schedule("0001-01-01T12:00:00", .daily, zone: "UTC")
        #expect(old.next(after: try instant("2026-02-10T12:00:00Z"))?.at.rfc3339 == "2026-02-11T12:00:00Z")
        #expect(old.next(after: .distantPast)?.at.rfc3339 == "0001-01-01T12:00:00Z")
        #expect(old.next(after: try instant("9999-12-30T12:00:00Z")) == nil)
        #expect(old.next(after: .distantFuture) == nil)
        let late = try schedule("9999-12-01T12:00:00", .rrule("FREQ=MONTHLY"), zone: "UTC")
        #expect(late.occurrences(after: .distantPast, limit: 5).count == 1)
    }

    @Test("the database's two columns and back")
    func columns() {
        for recurrence in [Recurrence.once, .daily, .weekly, .monthly, .rrule("FREQ=DAILY")] {
            #expect(Recurrence(type: recurrence.type, rule: recurrence.rule) == recurrence)
        }
        #expect(Recurrence(type: "rrule", rule: nil) == nil)
        #expect(Recurrence(type: "daily", rule: "FREQ=DAILY") == nil)
        #expect(Recurrence(type: "hourly", rule: nil) == nil)
    }
}
