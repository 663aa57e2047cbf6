import RemindersDomain
import Testing

@Suite("Lead times")
struct LeadTimeTests {
    private func moment(_ lead: LeadTime?, _ deadline: String, zone: String = "Europe/Copenhagen") throws -> String {
        try #require(lead).moment(before: instant(deadline), in: ZoneCatalog.shared.zone(zone)).rfc3339
    }

    @Test("days are calendar days on the clock, hours are 60 minutes long")
    func daysAndHours() throws {
        // Monday 09:00, the clocks went forward on Sunday.
        let deadline = "2026-03-30T07:00:00Z"
        #expect(try moment(LeadTime(days: 2), deadline) == "2026-03-28T08:00:00Z")
        #expect(try moment(LeadTime(hours: 48), deadline) == "2026-03-28T07:00:00Z")
        #expect(try moment(LeadTime(days: 1), deadline) == "2026-03-29T07:00:00Z")
        #expect(try moment(LeadTime(minutes: 90), deadline) == "2026-03-30T05:30:00Z")
        #expect(try moment(LeadTime(days: 1, hours: 1, minutes: 30), deadline) == "2026-03-29T05:30:00Z")
        #expect(try moment(.standard, deadline) == "2026-03-29T07:00:00Z")
    }

    @Test("a local time that is skipped moves forward, of a doubled one the first is meant")
    func clockChanges() throws {
        #expect(try moment(LeadTime(days: 1), "2026-03-30T00:30:00Z") == "2026-03-29T01:30:00Z")
        #expect(try moment(LeadTime(days: 1), "2026-10-26T01:30:00Z") == "2026-10-25T00:30:00Z")
        // Without days the deadline itself is where it counts from, also in a doubled hour.
        #expect(try moment(LeadTime(minutes: 10), "2026-10-25T01:30:00Z") == "2026-10-25T01:20:00Z")
        #expect(try moment(LeadTime(days: 1), "2011-12-30T19:00:00Z", zone: "Pacific/Apia") == "2011-12-30T19:00:00Z")
    }

    @Test("what is out of range, or nothing, is no lead time")
    func ranges() {
        #expect(LeadTime(days: 3_650, hours: 87_600, minutes: 5_256_000) != nil)
        for lead in [
            LeadTime(), LeadTime(days: -1, hours: 5), LeadTime(days: 3_651), LeadTime(hours: 87_601),
            LeadTime(minutes: 5_256_001), LeadTime(hours: -1),
        ] { #expect(lead == nil) }
        #expect(LeadTime(days: 1, minutes: 30)?.description == "1 day 30 minutes")
        #expect(LeadTime.standard.description == "24 hours")
    }

    @Test("it is looked at then, now when that is over, and never when the deadline is or was told of")
    func nextCheck() throws {
        let lead = LeadTime.standard
        let now = try instant("2026-05-10T12:00:00Z")
        let moment = try instant("2026-05-11T12:00:00Z")
        func next(_ deadline: String?, toldAt: Instant? = nil) throws -> Instant? {
            lead.nextCheck(deadline: try deadline.map { try instant($0) }, in: .utc, toldAt: toldAt, now: now)
        }
        #expect(try next("2026-05-12T12:00:00Z") == moment)
        #expect(try next("2026-05-11T11:00:00Z") == now)
        #expect(try next("2026-05-10T12:00:00Z") == nil)
        #expect(try next(nil) == nil)
        #expect(try next("2026-05-11T11:00:00Z", toldAt: instant("2026-05-10T11:00:00Z")) == nil)
        // Told of when the reminder came earlier than it does now: it comes once more.
        #expect(try next("2026-05-12T12:00:00Z", toldAt: instant("2026-05-10T11:00:00Z")) == moment)
        #expect(try next("2026-05-12T12:00:00Z", toldAt: moment) == nil)
    }
}
