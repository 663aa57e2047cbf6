import RemindersDomain
import Testing

@Suite("Recurrence rules against python-dateutil")
struct RecurrenceFixtureTests {
    struct Case: Decodable {
        var anchor: String
        var zone: String
        var rule: String
        var after: String
        var exclusions: [String]
        var expected: [String]
    }

    @Test("hundreds of random rules fire when python-dateutil says")
    func fixture() throws {
        let cases = try Fixture.decode([Case].self, from: "recurrences.json")
        #expect(cases.count >= 500)
        for entry in cases {
            let schedule = try RecurrenceSchedule(
                anchor: local(entry.anchor), zone: ZoneCatalog.shared.zone(entry.zone), recurrence: .rrule(entry.rule),
                exclusions: entry.exclusions.map { try #require(Exclusion($0)) })
            let found = schedule.occurrences(after: try instant(entry.after), limit: max(1, entry.expected.count))
            // The expected ones end 40 years after the anchor, ours a hundred years after the question.
            let end = try local(entry.anchor).date.year + 39
            let comparable = found.filter { $0.local.date.year <= end }.map(\.at.rfc3339)
            let expected = entry.expected.filter { $0.prefix(4) <= "\(end)" }
            #expect(comparable == expected, "\(entry.anchor) \(entry.zone) \(entry.rule) after \(entry.after)")
        }
    }

    @Test("one by one or many at once, occurrences are the same and in order")
    func consistency() throws {
        let cases = try Fixture.decode([Case].self, from: "recurrences.json")
        for entry in cases.prefix(200) {
            let schedule = try RecurrenceSchedule(
                anchor: local(entry.anchor), zone: ZoneCatalog.shared.zone(entry.zone), recurrence: .rrule(entry.rule))
            let all = schedule.occurrences(after: .distantPast, limit: 8)
            for (index, occurrence) in all.enumerated() {
                let before = occurrence.at - .microseconds(1)
                #expect(schedule.next(after: before) == occurrence, "\(entry.rule)")
                #expect(schedule.last(atOrBefore: occurrence.at) == occurrence, "\(entry.rule)")
                if index > 0 {
                    #expect(all[index - 1].at < occurrence.at)
                    #expect(schedule.last(atOrBefore: before) == all[index - 1], "\(entry.rule)")
                }
            }
        }
    }
}
