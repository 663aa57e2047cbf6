import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// The database's rules about times and those in Swift are the same: in many zones, and around their clock changes.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LeadTimePropertyTests {
    private static let zones = [
        "UTC", "Europe/Copenhagen", "Europe/Dublin", "Europe/Moscow", "Europe/Istanbul", "America/New_York",
        "America/St_Johns", "America/Havana", "America/Caracas", "America/Santiago", "America/Sao_Paulo",
        "America/Scoresbysund", "Atlantic/Azores", "Africa/Casablanca", "Africa/Cairo", "Africa/Windhoek",
        "Asia/Tehran",
        "Asia/Kathmandu", "Asia/Gaza", "Asia/Pyongyang", "Asia/Novosibirsk", "Australia/Lord_Howe",
        "Australia/Adelaide",
        "Pacific/Apia", "Pacific/Chatham", "Pacific/Easter", "Pacific/Kiritimati", "Antarctica/Troll",
    ]

    /// The moments at which a zone changed its offset in these years, to the hour.
    private static func changes(in zone: IANAZone) throws -> [Instant] {
        let begin = try #require(Instant(rfc3339: "2005-01-01T00:00:00Z"))
        let end = try #require(Instant(rfc3339: "2024-01-01T00:00:00Z"))
        var found: [Instant] = []
        var day = begin
        while day < end {
            let hours = (0...24).map { day + .seconds($0 * 3_600) }
            if zone.offset(at: hours[0]) != zone.offset(at: hours[24]) {
                for (hour, next) in zip(hours, hours.dropFirst()) where zone.offset(at: hour) != zone.offset(at: next) {
                    found.append(next)
                }
            }
            day = hours[24]
        }
        return found
    }

    @Test(arguments: zones) func `a deadline's reminder comes at the same moment`(name: String) async throws {
        let scene = try await LeadTimePropertyTests.shared.value
        let zone = try ZoneCatalog.shared.zone(name)
        var generator = SystemRandomNumberGenerator()
        let changes = try LeadTimePropertyTests.changes(in: zone)
        var deadlines: [Instant] = []
        var leads: [LeadTime] = []
        for index in 0..<2_000 {
            let days = Int.random(in: 0...40, using: &generator)
            let lead = LeadTime(
                days: days, hours: Bool.random() ? .random(in: 0...80) : 0,
                minutes: Bool.random() ? .random(in: 0...200) : 0)
            let around = changes.isEmpty ? Instant(seconds: 1_400_000_000) : changes[index % changes.count]
            // So that the days back lead into the change, or near it.
            let near = around + .seconds(days * 86_400 + Int.random(in: -10_000...10_000, using: &generator))
            deadlines.append(near + .microseconds(Int64.random(in: 0...999_999, using: &generator)))
            leads.append(lead ?? .standard)
        }
        let configs = leads.map { lead in
            lead == .standard
                ? "{}"
                : #"{"days_before": \#(lead.days), "hours_before": \#(lead.hours), "minutes_before": \#(lead.minutes)}"#
        }
        let rows = try await scene.pool.query(
            Query(
                """
                SELECT deadline_reminder_moment(deadline, config, $3), is_lead_time(config)
                FROM unnest($1::timestamptz[], $2::jsonb[]) WITH ORDINALITY AS given (deadline, config, number)
                ORDER BY number
                """, [.timestamptzArray(deadlines.map(\.microseconds)), .jsonbArray(configs), .text(name)]))
        var wrong: [String] = []
        for (index, row) in rows.enumerated() {
            let expected = leads[index].moment(before: deadlines[index], in: zone)
            let planned = Instant(microseconds: try row.timestamp(0))
            let isLeadTime = try row.bool(1)
            if planned != expected || expected > deadlines[index] || !isLeadTime {
                wrong.append("\(leads[index]) before \(deadlines[index]): \(planned), and \(expected) in Swift")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count) in \(name): \(wrong.prefix(3))")
        #expect(rows.count == deadlines.count)
    }

    @Test(arguments: zones) func `a local time is the same moment`(name: String) async throws {
        let scene = try await LeadTimePropertyTests.shared.value
        let zone = try ZoneCatalog.shared.zone(name)
        var locals: [LocalDateTime] = []
        for change in try LeadTimePropertyTests.changes(in: zone) {
            // Every quarter of an hour from three hours before to three after, on either clock; a whole day for Apia.
            for quarter in -12...12 {
                let offset = zone.offset(at: change - .seconds(7_200))
                let shown = change.microseconds + Int64(offset + quarter * 900) * 1_000_000
                locals.append(LocalDateTime(microseconds: shown))
                locals.append(LocalDateTime(microseconds: shown + 43_200_000_000))
            }
        }
        let rows = try await scene.pool.query(
            Query(
                """
                SELECT instant_of_local(local::timestamp, $2)
                FROM unnest($1::text[]) WITH ORDINALITY AS given (local, number) ORDER BY number
                """, [.textArray(locals.map(\.iso8601)), .text(name)]))
        let wrong = try zip(locals, rows).filter { try Instant(microseconds: $1.timestamp(0)) != zone.instant(of: $0) }
            .map(\.0)
        #expect(wrong.isEmpty, "\(wrong.count) in \(name): \(wrong.prefix(3))")
        #expect(rows.count == locals.count)
    }

    @Test(arguments: [
        ("{}", true), (#"{"days_before":1}"#, true), (#"{"hours_before":0,"minutes_before":1}"#, true),
        (#"{"days_before":3650}"#, true), (#"{"days_before":3651}"#, false), (#"{"days_before":0}"#, false),
        (#"{"days_before":-1}"#, false), (#"{"days_before":1.5}"#, false), (#"{"days_before":"1"}"#, false),
        (#"{"days_before":null}"#, false), (#"{"days_before":true}"#, false), (#"{"days":1}"#, false),
        (#"{"days_before":99999999999999999999}"#, false), (#"{"hours_before":87601}"#, false),
    ])
    func `what is a lead time to the database is one in Swift`(config: String, isOne: Bool) async throws {
        let scene = try await LeadTimePropertyTests.shared.value
        #expect(
            try await scene.text("SELECT is_lead_time($1::text::jsonb)::text", [.text(config)]) == "\(isOne)")
        let members = config.dropFirst().dropLast().split(separator: ",").map { member in
            let sides = member.split(separator: ":")
            let name = String(sides[0].dropFirst().dropLast())
            let value: TriggerConfiguration.Value =
                sides[1].first == "\""
                ? .text(String(sides[1])) : ["null", "true"].contains(sides[1]) ? .other : .number(String(sides[1]))
            return (name: name, value: value)
        }
        #expect(((try? TriggerConfiguration(.deadlineApproaching, members)) != nil) == isOne)
    }

    /// Nothing is written into it.
    private static let shared = Task { try await Scene.make() }
}
