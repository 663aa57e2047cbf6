import RemindersDomain
import SeededRandom
import Testing

@Suite("What a series leaves out")
struct RecurrenceExclusionTests {
    private func schedule(
        _ anchor: String, _ recurrence: Recurrence, zone: String = "Europe/Copenhagen", excluding texts: [String] = []
    ) throws -> RecurrenceSchedule {
        try RecurrenceSchedule(
            anchor: local(anchor), zone: ZoneCatalog.shared.zone(zone), recurrence: recurrence,
            exclusions: texts.map { try #require(Exclusion($0)) })
    }

    private func meets(_ schedule: RecurrenceSchedule, _ text: String) throws -> Bool {
        schedule.meets(try #require(Exclusion(text), "\(text)"))
    }

    @Test(
        "an occurrence that a clock change moved is meant by its own time, by what is shown, by its moment and its day",
        arguments: [
            "2026-03-29T02:30", "2026-03-29T03:30:00", "2026-03-29T01:30:00Z", "2026-03-29T03:30:00+02:00",
            "2026-03-29", "20260329T023000", "20260329",
        ])
    func moved(text: String) throws {
        let all = try schedule("2026-03-28T02:30", .daily)
        #expect(all.occurrences(after: .distantPast, limit: 2).last?.local.iso8601 == "2026-03-29T03:30:00")
        #expect(try meets(all, text))
        let left = try schedule("2026-03-28T02:30", .daily, excluding: [text])
        #expect(
            left.occurrences(after: .distantPast, limit: 2).map(\.at.rfc3339) == [
                "2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z",
            ])
    }

    @Test("a day that clocks skip as a whole is left out where it is shown")
    func skippedDay() throws {
        // Samoa had no 30 December 2011. Every third day, so that nothing else comes on the 31st.
        let rule = Recurrence.rrule("FREQ=DAILY;INTERVAL=3")
        let all = try schedule("2011-12-27T09:00", rule, zone: "Pacific/Apia")
        #expect(all.occurrences(after: .distantPast, limit: 2).last?.local.iso8601 == "2011-12-31T09:00:00")
        for text in ["2011-12-30", "2011-12-31", "2011-12-30T09:00", "2011-12-31T09:00", "2011-12-30T19:00:00Z"] {
            #expect(try meets(all, text), "\(text)")
            let left = try schedule("2011-12-27T09:00", rule, zone: "Pacific/Apia", excluding: [text])
            #expect(
                left.occurrences(after: .distantPast, limit: 2).last?.local.iso8601 == "2012-01-02T09:00:00", "\(text)")
        }
    }

    @Test("of a time that comes twice the first is meant, and only that has a moment")
    func doubled() throws {
        let all = try schedule("2026-10-24T02:30", .daily)
        for text in ["2026-10-25T02:30", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00", "2026-10-25"] {
            #expect(try meets(all, text), "\(text)")
        }
        #expect(try !meets(all, "2026-10-25T01:30:00Z"))
        #expect(try !meets(all, "2026-10-25T02:30:00+01:00"))
    }

    @Test("two that a clock change made one are left out by the time that is shown, and by nothing less")
    func merged() throws {
        let rule = Recurrence.rrule("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30")
        let all = try schedule("2026-03-28T02:30", rule)
        #expect(try !meets(all, "2026-03-29T02:30"), "03:30 comes all the same")
        for text in ["2026-03-29T03:30", "2026-03-29T01:30:00Z", "2026-03-29"] {
            #expect(try meets(all, text))
            let left = try schedule("2026-03-28T02:30", rule, excluding: [text])
            #expect(left.next(after: try instant("2026-03-29T00:00:00Z"))?.local.iso8601 == "2026-03-30T02:30:00")
        }
    }

    @Test(
        "what is no time of the series leaves out nothing",
        arguments: [
            "2026-02-09", "2026-02-09T09:00", "2026-02-10T09:01", "2026-02-10T09:00:00Z", "2026-02-11", "2026-02-21",
            "2026-02-20T09:00:01", "2026-02-20T08:00:01Z", "1970-01-01", "2026-03-02", "9999-12-31T09:00",
            "9999-12-31",
        ])
    func nothing(text: String) throws {
        let all = try schedule("2026-02-10T09:00", .rrule("FREQ=DAILY;INTERVAL=10;UNTIL=20260225"))
        #expect(try !meets(all, text))
        let error = try #require(throws: RecurrenceRuleError.self) {
            try RecurrenceSchedule.validate(
                anchor: all.anchor, zone: all.zone, recurrence: all.recurrence,
                exclusions: [.instant(try instant("2026-02-10T08:00:00Z")), try #require(Exclusion(text))])
        }
        #expect(error.part == "EXDATE")
        #expect(error.problem.contains(try #require(Exclusion(text)).description))
    }

    @Test("what is left out already is still a time of the series, and the last of a COUNT as well")
    func counted() throws {
        let all = try schedule(
            "2026-02-10T09:00", .rrule("FREQ=DAILY;COUNT=3"), excluding: ["2026-02-11", "2026-02-12T09:00"])
        for text in ["2026-02-11", "2026-02-11T08:00:00Z", "2026-02-12"] { #expect(try meets(all, text), "\(text)") }
        #expect(try !meets(all, "2026-02-13"))
        #expect(all.occurrences(after: .distantPast, limit: 9).count == 1)
    }

    @Test("parts of a second are no difference")
    func fractions() throws {
        let all = try schedule("2026-02-10T09:00:00.25", .daily)
        for text in ["2026-02-11T09:00", "2026-02-11T08:00:00Z", "2026-02-11T08:00:00.9Z", "2026-02-11T09:00:00.5"] {
            #expect(try meets(all, text), "\(text)")
        }
    }

    @Test("each occurrence of a random series can be left out as it is shown: this one, and nothing else")
    func everyOccurrence() throws {
        var dice = SeededGenerator(seed: 31)
        var tried = 0
        for _ in 0..<400 {
            let random = try RandomRecurrence(using: &dice)
            let all = try RecurrenceSchedule(
                anchor: random.anchor, zone: random.zone, recurrence: random.recurrence, monthEnd: random.monthEnd)
            let coming = all.occurrences(after: random.after, limit: 6)
            guard let one = coming.dropLast().randomElement(using: &dice) else { continue }
            for exclusion in [Exclusion.instant(one.at), .local(one.local), .day(one.local.date)] {
                let left = try RecurrenceSchedule(
                    anchor: random.anchor, zone: random.zone, recurrence: random.recurrence, exclusions: [exclusion],
                    monthEnd: random.monthEnd)
                let isWholeDay = if case .day = exclusion { true } else { false }
                let expected = coming.map(\.at).filter { at in
                    isWholeDay ? random.zone.local(at: at).date != one.local.date : at != one.at
                }
                let found = left.occurrences(after: random.after, limit: 12).map(\.at).filter { $0 <= coming.last!.at }
                // A day also leaves out what its own clock moved to the next.
                if isWholeDay {
                    #expect(Set(found).isSubset(of: expected) && !found.contains(one.at), "\(random.rule) \(exclusion)")
                } else {
                    #expect(found == expected, "\(random.rule) \(random.zone.identifier) \(exclusion)")
                }
                #expect(all.meets(exclusion), "\(random.rule) \(random.zone.identifier) \(exclusion)")
                tried += 1
            }
        }
        #expect(tried > 500)
    }

    @Test("an exclusion is met exactly if the series would be another without it")
    func metIfItMatters() throws {
        var dice = SeededGenerator(seed: 77)
        var met = 0
        for _ in 0..<400 {
            let random = try RandomRecurrence(using: &dice)
            let all = try RecurrenceSchedule(
                anchor: random.anchor, zone: random.zone, recurrence: random.recurrence, monthEnd: random.monthEnd)
            let coming = all.occurrences(after: random.after, limit: 4)
            guard let first = coming.first else { continue }
            let at = first.at + .seconds(3_600 * .random(in: -30...30, using: &dice))
            let shown = random.zone.local(at: at)
            for exclusion in [Exclusion.instant(at), .local(shown), .day(shown.date)] {
                let left = try RecurrenceSchedule(
                    anchor: random.anchor, zone: random.zone, recurrence: random.recurrence, exclusions: [exclusion],
                    monthEnd: random.monthEnd)
                let begin = at - .seconds(3 * 86_400)
                let end = at + .seconds(3 * 86_400)
                func around(_ schedule: RecurrenceSchedule) -> [Instant] {
                    schedule.occurrences(after: begin, through: end).map(\.at).filter { $0 <= end }
                }
                let matters = around(all) != around(left)
                #expect(all.meets(exclusion) == matters, "\(random.rule) \(random.zone.identifier) \(exclusion)")
                if matters { met += 1 }
            }
        }
        #expect(met > 50)
    }
}
