import RemindersContracts
import RemindersDomain
import Testing

/// What a series leaves out, what a rule may cost, and what a recurrence means before it is kept.
@Suite struct RecurrenceTests {
    private static let anchor = #""time_zone":"Europe/Copenhagen","scheduled_at":"2031-03-28T02:30:00""#

    private func create(_ scene: APIScene, _ fields: String) async throws -> APIAnswer {
        try await scene.user("1").post(
            "/api/v1/sag/1/reminders", #"{"title":"x",\#(RecurrenceTests.anchor),\#(fields)}"#)
    }

    @Test(arguments: [
        "2031-03-30", "2031-03-30T02:30:00", "2031-03-30T03:30", "2031-03-30T01:30:00Z", "2031-03-30T03:30:00+02:00",
    ])
    func `an occurrence that a clock change moved is left out as a day, as a time and as the moment that is shown`(
        exdate: String
    ) async throws {
        try await APIScene.play { scene in
            let made = try await create(scene, #""recurrence_type":"daily","exdates":["\#(exdate)"]"#)
            #expect(made.status == 201, "\(made)")
            #expect(made["/occurrences/items/1/local"] == "2031-03-29T02:30:00")
            #expect(made["/occurrences/items/2/local"] == "2031-03-31T02:30:00")
            // What is shown can be sent back, and means the same.
            let shown = try #require(made["/exdates/0"]?.text)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let same = try await scene.user("1").patch(path, #"{"exdates":["\#(shown)"]}"#)
            #expect(same.status == 200 && same.tag == made.tag, "\(same)")
            let next = try await scene.user("1").get(path + "/occurrences?count=3")
            #expect(next["/items/2/local"] == "2031-03-31T02:30:00")
        }
    }

    @Test func `every at and every local that is shown leaves out its occurrence`() async throws {
        try await APIScene.play { scene in
            let all = try await create(scene, #""recurrence_type":"daily""#)
            for index in 0..<4 {
                for name in ["at", "local"] {
                    let shown = try #require(all["/occurrences/items/\(index)/\(name)"]?.text)
                    let made = try await create(scene, #""recurrence_type":"daily","exdates":["\#(shown)"]"#)
                    #expect(made.status == 201, "\(made)")
                    #expect(!made.text.contains(#""\#(name)":"\#(shown)""#), "\(shown) is still there")
                }
            }
        }
    }

    @Test func `what leaves out nothing is refused by its place`() async throws {
        try await APIScene.play { scene in
            let rule = #""recurrence_type":"rrule","rrule":"FREQ=WEEKLY;BYDAY=FR;UNTIL=20310601""#
            let answer = try await create(
                scene,
                """
                \(rule),"exdates":["2031-04-04","2031-04-05","2031-04-04T02:30:00","2031-04-04T02:31:00",
                "2031-04-11T02:30:00Z","2031-04-11T00:30:00Z","2031-06-06","2031-03-21","0999-01-01"]
                """)
            #expect(answer.status == 422)
            #expect(
                answer.pointers == ["/exdates/1", "/exdates/3", "/exdates/4", "/exdates/6", "/exdates/7", "/exdates/8"])
            #expect(answer.detail(of: "/exdates/1")?.hasPrefix("2031-04-05 leaves out nothing") == true)
            let once = try await create(scene, #""exdates":["2031-03-28"]"#)
            #expect(once.pointers == ["/exdates"], "\(once)")
            let forms = try await create(
                scene, #""recurrence_type":"daily","exdates":["tomorrow",7,"2031-02-30","24.12.2031"]"#)
            #expect(forms.pointers == (0..<4).map { "/exdates/\($0)" }, "\(forms)")
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 0)
        }
    }

    @Test func `a changed series has what it leaves out, or the change is refused by name`() async throws {
        try await APIScene.play { scene in
            let made = try await create(scene, #""recurrence_type":"daily","exdates":["2031-04-04","2031-04-05"]"#)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let user = scene.user("1")
            let refused = try await user.patch(path, #"{"recurrence_type":"rrule","rrule":"FREQ=WEEKLY;BYDAY=FR"}"#)
            #expect(refused.status == 422 && refused.pointers == ["/exdates/1"], "\(refused)")
            let other = try await user.patch(path, #"{"title":"y","priority":"high"}"#)
            #expect(other.status == 200 && other.count("/exdates") == 2)
            let both = try await user.patch(
                path, #"{"recurrence_type":"rrule","rrule":"FREQ=WEEKLY;BYDAY=FR","exdates":["2031-04-04"]}"#)
            #expect(both.status == 200, "\(both)")
            let once = try await user.patch(path, #"{"recurrence_type":"once"}"#)
            #expect(once.status == 200 && once.count("/exdates") == 0, "\(once)")
        }
    }

    @Test func `a rule that is too much work is refused in a moment, naming the part`() async throws {
        let hundred = ["MO", "TU"].flatMap { day in (1...50).map { "\($0)\(day)" } }.joined(separator: ",")
        try await APIScene.play { scene in
            let begin = ContinuousClock.now
            let rule = "FREQ=YEARLY;BYDAY=\(hundred);BYSETPOS=7"
            let endless = try await create(scene, #""recurrence_type":"rrule","rrule":"\#(rule)""#)
            #expect(endless.status == 201, "\(endless)")
            let refused = try await create(scene, #""recurrence_type":"rrule","rrule":"\#(rule);COUNT=100000""#)
            #expect(refused.pointers == ["/rrule"])
            #expect(refused.detail(of: "/rrule")?.hasPrefix("COUNT: finding the last of 100000 takes too long") == true)
            let never = try await create(
                scene, #""recurrence_type":"rrule","rrule":"FREQ=YEARLY;BYDAY=\#(hundred);BYSETPOS=366""#)
            #expect(never.pointers == ["/rrule"])
            #expect(begin.duration(to: .now) < .seconds(20))
        }
    }

    @Test func `a preview says in words and in times what a reminder would do, and refuses what it would`() async throws
    {
        try await APIScene.play { scene in
            let user = scene.user("1")
            let path = "/api/v1/recurrence/preview"
            let daily = try await user.post(
                path, #"{\#(RecurrenceTests.anchor),"recurrence_type":"daily","exdates":["2031-03-29"],"count":2}"#)
            #expect(daily.status == 200, "\(daily)")
            #expect(daily["/words/en"] == "Every day at 02:30, except for 1 date")
            #expect(daily["/words/da"] == "Hver dag kl. 02.30, undtagen 1 dato")
            #expect(daily["/words/de"] == "Jeden Tag um 02:30 Uhr, außer an 1 Termin")
            #expect(daily.count("/items") == 2)
            #expect(daily["/items/1/local"] == "2031-03-30T03:30:00")
            #expect(daily["/items/1/remark"]?.text?.contains("does not exist") == true)

            let once = try await user.post(path, #"{"scheduled_at":"2020-01-01T09:00:00Z"}"#)
            #expect(once["/words/en"] == "Once" && once["/items/0/at"] == "2020-01-01T09:00:00Z", "\(once)")
            let past = try await user.post(path, #"{"scheduled_at":"2020-01-01T09:00:00Z","recurrence_type":"daily"}"#)
            #expect(try #require(past["/items/0/at"]?.text) > "2026", "what has passed is not to come")
            let from = try await user.post(
                path,
                #"{"scheduled_at":"2020-01-01T09:00:00Z","recurrence_type":"daily","from":"2020-02-01T09:00:00Z"}"#)
            #expect(from["/items/0/at"] == "2020-02-01T09:00:00Z")

            for (body, pointers) in [
                ("{}", ["/scheduled_at"]),
                (
                    #"{"scheduled_at":"2031-01-01T09:00:00Z","recurrence_type":"rrule","rrule":"FREQ=NEVER"}"#,
                    ["/rrule"]
                ),
                (
                    #"{"scheduled_at":"2031-01-01T09:00:00Z","recurrence_type":"daily","exdates":["2030-01-01"]}"#,
                    ["/exdates/0"]
                ),
                (#"{"scheduled_at":"2031-01-01T09:00:00Z","count":0,"time_zone":"Mars"}"#, ["/time_zone", "/count"]),
            ] {
                let refused = try await user.post(path, body)
                #expect(refused.status == 422 && Set(refused.pointers) == Set(pointers), "\(body): \(refused)")
            }
            #expect(try await user.post(path, #"{"scheduled_at":"2031-01-01T09:00:00Z","title":"x"}"#).status == 400)
            #expect(try await user.post(path).status == 400)
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 0)
        }
    }

    @Test func `what was set aside says so, and is due again once it is changed`() async throws {
        try await APIScene.play { scene in
            let made = try await create(scene, #""recurrence_type":"daily""#)
            #expect(made["/set_aside_at"] == .null && made["/recurrence_words/en"] == "Every day at 02:30")
            try await scene.run(
                """
                UPDATE sag_reminder_times SET set_aside_at = now(), set_aside_reason = 'rrule: it is odd',
                    set_aside_due_at = next_check_at, next_check_at = NULL
                """)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let user = scene.user("1")
            let shown = try await user.get(path)
            #expect(shown["/set_aside_reason"] == "rrule: it is odd" && shown["/next_check_at"] == .null)
            let explained = try await user.get(path + "/explain")
            #expect(explained["/reminder/state"] == "set_aside")
            #expect(explained["/summary"]?.text?.contains("rrule: it is odd") == true, "\(explained)")
            let changed = try await user.patch(path, #"{"title":"y"}"#)
            #expect(
                changed["/set_aside_at"] == .null && changed["/next_check_at"] == made["/next_check_at"], "\(changed)")
        }
    }
}
