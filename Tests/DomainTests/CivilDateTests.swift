import RemindersDomain
import Testing

@Suite("Civil dates, local times and days of the week")
struct CivilDateTests {
    @Test("days count up without a gap from year -1 to 4000")
    func everyDay() throws {
        var expected = try #require(CivilDate(year: -1, month: 1, day: 1))
        let first = expected.daysSince1970
        var weekday = expected.weekday.rawValue
        for days in first..<first + 4_001 * 366 {
            let date = CivilDate(daysSince1970: days)
            guard date == expected, date.daysSince1970 == days, date.weekday.rawValue == weekday else {
                Issue.record("day \(days) is \(date), not \(expected)")
                return
            }
            weekday = weekday % 7 + 1
            if let next = CivilDate(year: date.year, month: date.month, day: date.day + 1) {
                expected = next
            } else if let next = CivilDate(year: date.year, month: date.month + 1, day: 1) {
                expected = next
            } else {
                expected = try #require(CivilDate(year: date.year + 1, month: 1, day: 1))
            }
        }
    }

    @Test("known days")
    func knownDays() throws {
        #expect(CivilDate(daysSince1970: 0).description == "1970-01-01")
        #expect(CivilDate(daysSince1970: 0).weekday == .thursday)
        #expect(CivilDate(daysSince1970: -1).weekday == .wednesday)
        #expect(CivilDate(year: 2024, month: 2, day: 29) != nil)
        #expect(CivilDate(year: 1900, month: 2, day: 29) == nil)
        #expect(CivilDate(year: 2000, month: 2, day: 29) != nil)
        #expect(try #require(CivilDate(year: 2026, month: 2, day: 10)).weekday == .tuesday)
    }

    @Test("a local time is read, taken apart and printed")
    func localTime() throws {
        let time = try local("1969-02-10T14:30:05.25")
        #expect(time.date == CivilDate(year: 1969, month: 2, day: 10))
        #expect((time.hour, time.minute, time.second, time.microsecond) == (14, 30, 5, 250_000))
        #expect(time.iso8601 == "1969-02-10T14:30:05.250000")
        #expect(try local("2026-02-10 14:30").iso8601 == "2026-02-10T14:30:00")
        for text in ["", "2026-02-10", "2026-02-10T14", "2026-02-10T14:30:00Z", "2026-02-10T25:00", "2026-02-30T00:00"]
        {
            #expect(LocalDateTime(iso8601: text) == nil, "\(text)")
        }
    }

    @Test("a time of day has minutes, and 24:00 is the end of the day")
    func timeOfDay() throws {
        #expect(try time("00:00").minutes == 0)
        #expect(try time("18:05").minutes == 1_085)
        #expect(try time("18:05:00").description == "18:05")
        #expect(try time("24:00").minutes == 1_440)
        for text in ["", "8:00", "24:01", "18:60", "18:00:30", "18:00:", "1800", "18:00 "] {
            #expect(LocalTime(text) == nil, "\(text)")
        }
    }

    @Test("a set of weekdays keeps its days")
    func weekdaySet() {
        #expect(WeekdaySet([.saturday, .sunday]).days == [.saturday, .sunday])
        #expect(WeekdaySet(Weekday.allCases) == .all)
        #expect(WeekdaySet(rawValue: 0xff) == .all)
        #expect(!WeekdaySet([.monday]).contains(.tuesday))
    }
}
