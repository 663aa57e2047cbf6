import RemindersDomain
import SeededRandom
import Testing

@Suite("Text of recurrence rules")
struct RecurrenceRuleTextTests {
    private func part(_ rule: String, anchor: String = "2026-02-10T09:00:00") throws -> String? {
        let anchor = try local(anchor)
        do {
            try RecurrenceRuleText.validate(rule, anchor: anchor, zone: .utc)
            return nil
        } catch {
            #expect(!error.problem.isEmpty && !error.fix.isEmpty)
            return error.part
        }
    }

    @Test(
        "accepted",
        arguments: [
            "FREQ=DAILY", "rrule:freq=weekly;byday=mo,we", "RRULE:FREQ=MONTHLY;BYDAY=-1FR", "FREQ=DAILY;",
            "BYDAY=MO;FREQ=WEEKLY;WKST=SU", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYDAY=53MO",
            "FREQ=DAILY;BYHOUR=8,12,16;BYMINUTE=0,30", "FREQ=DAILY;BYMONTHDAY=-1", "FREQ=YEARLY;BYWEEKNO=-53",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", "FREQ=DAILY;COUNT=100000",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;COUNT=2", "FREQ=DAILY;INTERVAL=10000",
            "FREQ=MONTHLY;BYDAY=+1MO", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        ])
    func accepted(rule: String) throws {
        let anchor = rule.contains("INTERVAL=4") ? "2024-02-10T09:00:00" : "2026-02-10T09:00:00"
        #expect(try part(rule, anchor: anchor) == nil)
    }

    @Test(
        "refused, with the part that is wrong",
        arguments: [
            ("", "FREQ"), ("RRULE:", "FREQ"), ("INTERVAL=2", "FREQ"), ("FREQ=", "FREQ="), ("FREQ=FORTNIGHTLY", "FREQ"),
            ("FREQ=HOURLY", "FREQ"), ("FREQ=MINUTELY;BYHOUR=9", "FREQ"), ("FREQ=SECONDLY", "FREQ"),
            ("FREQ=DAILY;FREQ=DAILY", "FREQ"), ("FREQ=DAILY;FOO=1", "FOO"), ("FREQ=DAILY;X-THING=1", "X-THING"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL"), ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"),
            ("FREQ=DAILY;INTERVAL=10001", "INTERVAL"), ("FREQ=DAILY;INTERVAL=+2", "INTERVAL"),
            ("FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL"), ("FREQ=DAILY;COUNT=0", "COUNT"),
            ("FREQ=DAILY;COUNT=100001", "COUNT"), ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "UNTIL"),
            ("FREQ=DAILY;UNTIL=20270101;COUNT=2", "COUNT"), ("FREQ=DAILY;UNTIL=2027-01-01", "UNTIL"),
            ("FREQ=DAILY;UNTIL=20270230", "UNTIL"), ("FREQ=DAILY;UNTIL=20260209", "UNTIL"),
            ("FREQ=DAILY;UNTIL=20260210T085959Z", "UNTIL"), ("FREQ=DAILY;BYMONTH=13", "BYMONTH"),
            ("FREQ=DAILY;BYMONTH=0", "BYMONTH"), ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"), ("FREQ=MONTHLY;BYMONTHDAY=1,,2", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYMONTHDAY=-", "BYMONTHDAY"), ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY"), ("FREQ=YEARLY;BYYEARDAY=367", "BYYEARDAY"),
            ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO"), ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO"),
            ("FREQ=WEEKLY;BYDAY=MON", "BYDAY"), ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"), ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
            ("FREQ=DAILY;BYDAY=-1MO", "BYDAY"), ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY"),
            ("FREQ=YEARLY;BYMONTH=1;BYDAY=6MO", "BYDAY"), ("FREQ=YEARLY;BYDAY=54MO", "BYDAY"),
            ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "BYDAY"), ("FREQ=YEARLY;BYDAY=0MO", "BYDAY"),
            ("FREQ=DAILY;BYHOUR=24", "BYHOUR"), ("FREQ=DAILY;BYHOUR=-1", "BYHOUR"),
            ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE"),
            ("FREQ=DAILY;BYSECOND=60", "BYSECOND"), ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
            ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS"), ("FREQ=WEEKLY;WKST=XX", "WKST"),
            ("FREQ=MONTHLY;SKIP=BACKWARD", "SKIP"), ("FREQ=MONTHLY;RSCALE=CHINESE", "RSCALE"),
            ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=SIDEWAYS", "SKIP"), ("FREQ=DAILY BYHOUR=1", "RRULE"),
            ("FREQ=DAILY\r\nATTENDEE:x", "RRULE"), ("FREQ=DAILY;BYHOUR", "BYHOUR"), ("FREQ=DÄILY", "RRULE"),
        ])
    func refused(rule: String, expected: String) throws {
        #expect(try part(rule) == expected, "\(rule)")
    }

    @Test(
        "rules that never fire are refused at once",
        arguments: [
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30,31",
            "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=3",
            "FREQ=YEARLY;BYYEARDAY=200;BYMONTH=1", "FREQ=YEARLY;BYWEEKNO=30;BYMONTH=1",
            "FREQ=MONTHLY;INTERVAL=12;BYMONTH=7", "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=DAILY;INTERVAL=10000;BYMONTHDAY=31;BYMONTH=2",
        ])
    func impossible(rule: String) throws {
        let begin = ContinuousClock.now
        #expect(try part(rule) == "RRULE", "\(rule)")
        #expect(begin.duration(to: .now) < .seconds(1))
    }

    @Test("more times a day than one each five minutes are refused")
    func tooOften() throws {
        let hours = (0..<24).map(String.init).joined(separator: ",")
        let minutes = (0..<60).map(String.init).joined(separator: ",")
        #expect(try part("FREQ=DAILY;BYHOUR=\(hours);BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55") == nil)
        #expect(try part("FREQ=DAILY;BYHOUR=\(hours);BYMINUTE=\(minutes)") == "BYHOUR")
    }

    @Test("no text makes it crash")
    func noise() throws {
        var generator = SeededGenerator(seed: 4)
        let pieces = [
            "FREQ=", "DAILY", "YEARLY", "MONTHLY", "WEEKLY", ";", "=", ",", "BYDAY=", "BYWEEKNO=", "BYSETPOS=",
            "UNTIL=",
            "COUNT=", "-", "1", "53", "366", "MO", "-1SU", "BYHOUR=", "20261231T235959Z", "BYMONTHDAY=", "31", "RRULE:",
            "BYYEARDAY=", "INTERVAL=", "WKST=", "9999", "æ", " ",
        ]
        let anchor = try local("2026-02-10T09:00:00")
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...14, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            _ = try? RecurrenceRuleText.validate(text, anchor: anchor, zone: .utc)
        }
    }
}
