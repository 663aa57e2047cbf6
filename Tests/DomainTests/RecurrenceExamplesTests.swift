import RemindersDomain
import Testing

/// The examples of RFC 5545 §3.8.5.3 in New York, as there; those of more than daily frequency are refused.
@Suite("Examples of RFC 5545")
struct RecurrenceExamplesTests {
    static let examples: [(rule: String, anchor: String, expected: [String])] = [
        ("FREQ=DAILY;COUNT=10", "1997-09-02", (2...11).map { day("1997-09", $0) }),
        (
            "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02",
            ["1997-09-02", "1997-09-12", "1997-09-22", "1997-10-02", "1997-10-12"]
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "1997-09-02",
            ["1997-09-02", "1997-09-16", "1997-09-30", "1997-10-14", "1997-10-28"]
        ),
        (
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997-09-02",
            [
                "1997-09-02", "1997-09-04", "1997-09-09", "1997-09-11", "1997-09-16", "1997-09-18", "1997-09-23",
                "1997-09-25", "1997-09-30", "1997-10-02",
            ]
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997-09-02",
            [
                "1997-09-02", "1997-09-04", "1997-09-16", "1997-09-18", "1997-09-30", "1997-10-02", "1997-10-14",
                "1997-10-16",
            ]
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997-09-05",
            [
                "1997-09-05", "1997-10-03", "1997-11-07", "1997-12-05", "1998-01-02", "1998-02-06", "1998-03-06",
                "1998-04-03", "1998-05-01", "1998-06-05",
            ]
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-07",
            [
                "1997-09-07", "1997-09-28", "1997-11-02", "1997-11-30", "1998-01-04", "1998-01-25", "1998-03-01",
                "1998-03-29", "1998-05-03", "1998-05-31",
            ]
        ),
        (
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22",
            ["1997-09-22", "1997-10-20", "1997-11-17", "1997-12-22", "1998-01-19", "1998-02-16"]
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28",
            ["1997-09-28", "1997-10-29", "1997-11-28", "1997-12-29", "1998-01-29", "1998-02-26"]
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "1997-09-02",
            [
                "1997-09-02", "1997-09-15", "1997-10-02", "1997-10-15", "1997-11-02", "1997-11-15", "1997-12-02",
                "1997-12-15", "1998-01-02", "1998-01-15",
            ]
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "1997-09-30",
            [
                "1997-09-30", "1997-10-01", "1997-10-31", "1997-11-01", "1997-11-30", "1997-12-01", "1997-12-31",
                "1998-01-01", "1998-01-31", "1998-02-01",
            ]
        ),
        (
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "1997-09-10",
            (10...15).map { day("1997-09", $0) } + (10...13).map { day("1999-03", $0) }
        ),
        (
            "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "1997-06-10",
            [
                "1997-06-10", "1997-07-10", "1998-06-10", "1998-07-10", "1999-06-10", "1999-07-10", "2000-06-10",
                "2000-07-10", "2001-06-10", "2001-07-10",
            ]
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "1997-01-01",
            [
                "1997-01-01", "1997-04-10", "1997-07-19", "2000-01-01", "2000-04-09", "2000-07-18", "2003-01-01",
                "2003-04-10", "2003-07-19", "2006-01-01",
            ]
        ),
        ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19", ["1997-05-19", "1998-05-18", "1999-05-17"]),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", ["1997-05-12", "1998-05-11", "1999-05-17"]),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13",
            ["1997-03-13", "1997-03-20", "1997-03-27", "1998-03-05", "1998-03-12"]
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02",
            ["1998-02-13", "1998-03-13", "1998-11-13", "1999-08-13", "2000-10-13"]
        ),
        (
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "1997-09-13",
            ["1997-09-13", "1997-10-11", "1997-11-08", "1997-12-13", "1998-01-10"]
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-11-05",
            ["1996-11-05", "2000-11-07", "2004-11-02"]
        ),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", ["1997-09-04", "1997-10-07", "1997-11-06"]),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29",
            ["1997-09-29", "1997-10-30", "1997-11-27", "1997-12-30", "1998-01-29"]
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05",
            ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05",
            ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]
        ),
        ("FREQ=DAILY;INTERVAL=2", "1997-09-02", ["1997-09-02", "1997-09-04", "1997-09-06", "1997-09-08"]),
        (
            "FREQ=WEEKLY;COUNT=10", "1997-09-02",
            [
                "1997-09-02", "1997-09-09", "1997-09-16", "1997-09-23", "1997-09-30", "1997-10-07", "1997-10-14",
                "1997-10-21", "1997-10-28", "1997-11-04",
            ]
        ),
        (
            "FREQ=WEEKLY;UNTIL=19971224T000000Z", "1997-09-02",
            [
                "1997-09-02", "1997-09-09", "1997-09-16", "1997-09-23", "1997-09-30", "1997-10-07", "1997-10-14",
                "1997-10-21", "1997-10-28", "1997-11-04", "1997-11-11", "1997-11-18", "1997-11-25", "1997-12-02",
                "1997-12-09", "1997-12-16", "1997-12-23",
            ]
        ),
        (
            "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997-09-02",
            [
                "1997-09-02", "1997-09-04", "1997-09-09", "1997-09-11", "1997-09-16", "1997-09-18", "1997-09-23",
                "1997-09-25", "1997-09-30", "1997-10-02",
            ]
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", "1997-09-01",
            [
                "1997-09-01", "1997-09-03", "1997-09-05", "1997-09-15", "1997-09-17", "1997-09-19", "1997-09-29",
                "1997-10-01", "1997-10-03", "1997-10-13", "1997-10-15", "1997-10-17", "1997-10-27", "1997-10-29",
                "1997-10-31", "1997-11-10", "1997-11-12", "1997-11-14", "1997-11-24", "1997-11-26", "1997-11-28",
                "1997-12-08", "1997-12-10", "1997-12-12", "1997-12-22",
            ]
        ),
        (
            "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "1997-09-05",
            ["1997-09-05", "1997-10-03", "1997-11-07", "1997-12-05"]
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "1997-09-02",
            [
                "1997-09-02", "1997-09-09", "1997-09-16", "1997-09-23", "1997-09-30", "1997-11-04", "1997-11-11",
                "1997-11-18", "1997-11-25", "1998-01-06",
            ]
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", "1997-03-10",
            [
                "1997-03-10", "1999-01-10", "1999-02-10", "1999-03-10", "2001-01-10", "2001-02-10", "2001-03-10",
                "2003-01-10", "2003-02-10", "2003-03-10",
            ]
        ),
        (
            "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "1997-06-05",
            [
                "1997-06-05", "1997-06-12", "1997-06-19", "1997-06-26", "1997-07-03", "1997-07-10", "1997-07-17",
                "1997-07-24", "1997-07-31", "1997-08-07", "1997-08-14", "1997-08-21", "1997-08-28", "1998-06-04",
            ]
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15",
            ["2007-01-15", "2007-01-30", "2007-02-15", "2007-03-15", "2007-03-30"]
        ),
    ]

    private static func day(_ month: String, _ day: Int) -> String {
        month + (day < 10 ? "-0" : "-") + "\(day)"
    }

    @Test("days", arguments: examples.indices)
    func days(index: Int) throws {
        let example = RecurrenceExamplesTests.examples[index]
        let schedule = try RecurrenceSchedule(
            anchor: local(example.anchor + "T09:00:00"), zone: IANAZone(validating: "America/New_York"),
            recurrence: .rrule(example.rule))
        let limit = example.rule.contains("COUNT") || example.rule.contains("UNTIL") ? 100 : example.expected.count
        let found = schedule.occurrences(after: .distantPast, limit: limit)
        #expect(found.map(\.local.iso8601) == example.expected.map { $0 + "T09:00:00" }, "\(example.rule)")
    }

    @Test("every day in January for three years, said in two ways")
    func everyDayInJanuary() throws {
        let zone = try IANAZone(validating: "America/New_York")
        let anchor = try local("1998-01-01T09:00:00")
        let yearly = try RecurrenceSchedule(
            anchor: anchor, zone: zone,
            recurrence: .rrule("FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA"))
        let daily = try RecurrenceSchedule(
            anchor: anchor, zone: zone, recurrence: .rrule("FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1"))
        let found = yearly.occurrences(after: .distantPast, limit: 200)
        #expect(found.count == 93)
        #expect(found.last?.at.rfc3339 == "2000-01-31T14:00:00Z")
        #expect(daily.occurrences(after: .distantPast, limit: 200) == found)
    }

    @Test("every day until Christmas Eve")
    func everyDayUntil() throws {
        let schedule = try RecurrenceSchedule(
            anchor: local("1997-09-02T09:00:00"), zone: IANAZone(validating: "America/New_York"),
            recurrence: .rrule("FREQ=DAILY;UNTIL=19971224T000000Z"))
        let found = schedule.occurrences(after: .distantPast, limit: 200)
        #expect(found.count == 113)
        #expect(found.last?.local.iso8601 == "1997-12-23T09:00:00")
    }

    @Test("an exception leaves out the first Friday the thirteenth that is none")
    func exception() throws {
        let schedule = try RecurrenceSchedule(
            anchor: local("1997-09-02T09:00:00"), zone: IANAZone(validating: "America/New_York"),
            recurrence: .rrule("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
            exclusions: [.local(local("1997-09-02T09:00:00")), .local(local("1998-03-13T09:00:00"))])
        let found = schedule.occurrences(after: .distantPast, limit: 2).map(\.local.date.description)
        #expect(found == ["1998-02-13", "1998-11-13"])
    }

    @Test("examples of more than daily frequency are refused with a way out", arguments: ["HOURLY", "MINUTELY"])
    func subDaily(frequency: String) throws {
        let error = try #require(throws: RecurrenceRuleError.self) {
            try RecurrenceRuleText.parse("FREQ=\(frequency);INTERVAL=3;UNTIL=19970902T170000Z")
        }
        #expect(error.part == "FREQ")
        #expect(error.fix.contains("BYHOUR"))
    }

    @Test("every twenty minutes from nine to twenty to five each day, with an exception")
    func timesOfDay() throws {
        let schedule = try RecurrenceSchedule(
            anchor: local("1997-09-02T09:00:00"), zone: IANAZone(validating: "America/New_York"),
            recurrence: .rrule("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40"),
            exclusions: [.local(local("1997-09-02T09:20:00"))])
        let found = schedule.occurrences(after: .distantPast, limit: 24).map(\.local.iso8601)
        #expect(found.prefix(3) == ["1997-09-02T09:00:00", "1997-09-02T09:40:00", "1997-09-02T10:00:00"])
        #expect(found.suffix(2) == ["1997-09-02T16:40:00", "1997-09-03T09:00:00"])
    }

    @Test("an anchor that doesn't match the rule is no occurrence")
    func anchorThatDoesNotMatch() throws {
        let schedule = try RecurrenceSchedule(
            anchor: local("2026-02-10T09:00:00"), zone: copenhagen(), recurrence: .rrule("FREQ=WEEKLY;BYDAY=MO;COUNT=2")
        )
        let found = schedule.occurrences(after: .distantPast, limit: 5).map(\.local.iso8601)
        #expect(found == ["2026-02-16T09:00:00", "2026-02-23T09:00:00"])
    }

    @Test("where python-dateutil differs from the RFC, the RFC is followed")
    func differences() throws {
        func days(_ rule: String, from anchor: String, _ count: Int) throws -> [String] {
            try RecurrenceSchedule(anchor: local(anchor + "T09:00"), zone: .utc, recurrence: .rrule(rule))
                .occurrences(after: .distantPast, limit: count).map(\.local.date.description)
        }
        // Every Monday and the second Tuesday.
        #expect(
            try days("FREQ=MONTHLY;BYDAY=MO,2TU", from: "2026-02-01", 6)
                == ["2026-02-02", "2026-02-09", "2026-02-10", "2026-02-16", "2026-02-23", "2026-03-02"])
        // The first of Monday and Friday is the Monday, also in the week that began before the anchor.
        #expect(
            try days("FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=1", from: "2026-02-11", 2) == ["2026-02-16", "2026-02-23"])
        // 2027 has 52 weeks; its first begins on 4 January, so that -52 is the week of that day.
        #expect(try days("FREQ=YEARLY;BYWEEKNO=-52;BYDAY=MO", from: "2026-06-01", 1) == ["2027-01-04"])
        // Week 52 of 2038 ends with a Sunday in 2039.
        #expect(try days("FREQ=YEARLY;BYWEEKNO=52;BYDAY=SU", from: "2038-12-01", 1) == ["2039-01-02"])
    }
}
