import RemindersDomain
import Testing

@testable import RemindersExplaining

/// Times as a person reads them.
@Suite struct PersonClockTests {
    private func words(_ time: String, now: String = "2026-02-10T20:00:00Z", zone: String = "Europe/Copenhagen") throws
        -> String
    {
        let clock = PersonClock(zoneName: zone, now: try #require(Instant(rfc3339: now)))
        return clock.words(try #require(Instant(rfc3339: time)))
    }

    @Test func `what is near needs no date`() throws {
        #expect(try words("2026-02-10T21:30:00Z") == "22:30")
        #expect(try words("2026-02-10T21:30:05Z") == "22:30:05")
        #expect(try words("2026-02-11T06:00:00Z") == "tomorrow 07:00")
        #expect(try words("2026-02-09T06:00:00Z") == "yesterday 07:00")
        #expect(try words("2026-02-16T06:00:00Z") == "Mon 2026-02-16 07:00")
        #expect(try words("2025-02-16T06:00:00Z") == "Sun 2025-02-16 07:00")
    }

    @Test func `today is today where the person is`() throws {
        #expect(try words("2026-02-10T23:30:00Z") == "tomorrow 00:30")
        #expect(try words("2026-02-10T23:30:00Z", zone: "UTC") == "23:30")
        #expect(try words("2026-02-10T12:00:00Z", zone: "Pacific/Kiritimati") == "02:00")
    }

    @Test func `an unknown zone is UTC, and the zone is named where it is asked for`() throws {
        let clock = PersonClock(zoneName: "Nowhere/At_All", now: Instant(seconds: 0))
        #expect(clock.wordsWithZone(Instant(seconds: 3_600)) == "01:00 (UTC)")
        #expect(PersonClock(zoneName: nil, now: Instant(seconds: 0)).zone == .utc)
    }
}
