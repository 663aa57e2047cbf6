import RemindersDomain
import SeededRandom
import Testing

@Suite("Quiet hours")
struct QuietHoursTests {
    private func hours(
        _ start: String, _ end: String, on weekdays: WeekdaySet = .all, zone: String = "Europe/Copenhagen"
    ) throws -> QuietHours {
        try QuietHours(start: time(start), end: time(end), weekdays: weekdays, zone: ZoneCatalog.shared.zone(zone))
    }

    private func end(_ hours: QuietHours, at text: String) throws -> String? {
        hours.end(containing: try instant(text))?.rfc3339
    }

    @Test("overnight hours begin in the evening and end in the morning")
    func overnight() throws {
        let hours = try hours("18:00", "08:00")
        #expect(try end(hours, at: "2026-02-10T16:59:59.999999Z") == nil)
        #expect(try end(hours, at: "2026-02-10T17:00:00Z") == "2026-02-11T07:00:00Z")
        #expect(try end(hours, at: "2026-02-11T03:00:00Z") == "2026-02-11T07:00:00Z")
        #expect(try end(hours, at: "2026-02-11T06:59:59.999999Z") == "2026-02-11T07:00:00Z")
        #expect(try end(hours, at: "2026-02-11T07:00:00Z") == nil)
    }

    @Test("daytime hours, switched-off hours and an empty window")
    func simple() throws {
        var hours = try hours("12:00", "13:00")
        #expect(try end(hours, at: "2026-02-10T11:30:00Z") == "2026-02-10T12:00:00Z")
        #expect(try end(hours, at: "2026-02-10T12:00:00Z") == nil)
        hours.isEnabled = false
        #expect(try end(hours, at: "2026-02-10T11:30:00Z") == nil)
        for time in ["00:00", "12:00"] {
            #expect(try end(try self.hours(time, time), at: "2026-02-10T11:00:00Z") == nil)
        }
        #expect(try end(try self.hours("24:00", "00:00"), at: "2026-02-10T11:00:00Z") == nil)
    }

    @Test("the weekday is that on which the window starts")
    func weekdays() throws {
        // 13 February 2026 is a Friday.
        let friday = try hours("22:00", "07:00", on: WeekdaySet([.friday]))
        #expect(try end(friday, at: "2026-02-12T22:00:00Z") == nil)
        #expect(try end(friday, at: "2026-02-13T04:00:00Z") == nil)
        #expect(try end(friday, at: "2026-02-13T22:00:00Z") == "2026-02-14T06:00:00Z")
        #expect(try end(friday, at: "2026-02-14T04:00:00Z") == "2026-02-14T06:00:00Z")
        #expect(try end(friday, at: "2026-02-14T22:00:00Z") == nil)
    }

    @Test("whole days join, and a whole week never ends")
    func wholeDays() throws {
        let weekend = try hours("00:00", "24:00", on: WeekdaySet([.saturday, .sunday]))
        #expect(try end(weekend, at: "2026-02-14T11:00:00Z") == "2026-02-15T23:00:00Z")
        #expect(try end(weekend, at: "2026-02-13T22:59:59Z") == nil)
        let always = try hours("00:00", "24:00")
        #expect(always.isEndless)
        #expect(always.end(containing: try instant("2026-02-14T11:00:00Z")) == .distantFuture)
        #expect(try !hours("00:00", "23:59").isEndless)
        // Sunday evening to Monday morning follows on Sunday's whole day without a gap.
        let sixDays = try hours("00:00", "24:00", on: WeekdaySet(Weekday.allCases.filter { $0 != .wednesday }))
        #expect(try end(sixDays, at: "2026-02-12T11:00:00Z") == "2026-02-17T23:00:00Z")
    }

    @Test("what the clock shows counts when clocks are changed")
    func clockChanges() throws {
        // 29 March 2026: 02:00 becomes 03:00 at 01:00Z. 25 October: 03:00 becomes 02:00 at 01:00Z.
        let early = try hours("01:00", "02:30")
        #expect(try end(early, at: "2026-03-29T00:30:00Z") == "2026-03-29T01:00:00Z")
        #expect(try end(early, at: "2026-10-24T23:30:00Z") == "2026-10-25T00:30:00Z")
        #expect(try end(early, at: "2026-10-25T00:45:00Z") == nil)
        #expect(try end(early, at: "2026-10-25T01:10:00Z") == "2026-10-25T01:30:00Z")
        let late = try hours("02:30", "06:00")
        #expect(try end(late, at: "2026-03-29T00:59:59Z") == nil)
        #expect(try end(late, at: "2026-03-29T01:00:00Z") == "2026-03-29T04:00:00Z")
        #expect(try end(late, at: "2026-10-25T00:45:00Z") == "2026-10-25T05:00:00Z")
        #expect(try end(late, at: "2026-10-25T01:15:00Z") == nil)
        let inside = try hours("02:15", "02:45")
        #expect(try end(inside, at: "2026-03-29T01:20:00Z") == nil)
    }

    @Test("the end is later, not quiet, and as early as the clock allows, whatever the hours, zone and time")
    func property() throws {
        var generator = SeededGenerator(seed: 5)
        let zones = [
            "Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
            "Pacific/Apia", "America/St_Johns", "UTC",
        ]
        var quietCount = 0
        for _ in 0..<20_000 {
            let hours = try QuietHours(
                start: #require(LocalTime(minutes: .random(in: 0...95, using: &generator) * 15)),
                end: #require(LocalTime(minutes: .random(in: 0...96, using: &generator) * 15)),
                weekdays: WeekdaySet(rawValue: .random(in: 1...0x7f, using: &generator)),
                zone: ZoneCatalog.shared.zone(try #require(zones.randomElement(using: &generator))))
            let now = try Instant(seconds: randomSecond(&generator, in: hours.zone))
            guard !hours.isEndless, let end = hours.end(containing: now) else { continue }
            quietCount += 1
            let label = "\(hours) at \(now)"
            #expect(end > now && hours.end(containing: end) == nil, "\(label)")
            #expect(hours.end(containing: end - .microseconds(1)) == end, "\(label)")
            // Asked again on the way, it says the same.
            let between = Instant(
                microseconds: .random(in: now.microseconds..<end.microseconds, using: &generator))
            if let later = hours.end(containing: between) { #expect(later <= end, "\(label)") }
        }
        #expect(quietCount > 4_000)
    }

    /// Half of them within a day of a clock change.
    private func randomSecond(_ generator: inout SeededGenerator, in zone: IANAZone) throws -> Int64 {
        let second = Int64.random(in: 1_300_000_000...1_900_000_000, using: &generator)
        guard Bool.random(using: &generator) else { return second }
        var day = second
        for _ in 0..<200 {
            if zone.offset(at: Instant(seconds: day)) != zone.offset(at: Instant(seconds: day + 86_400)) {
                return day + .random(in: 0..<86_400, using: &generator)
            }
            day += 86_400
        }
        return second
    }
}
