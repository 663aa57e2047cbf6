import Hummingbird
import RemindersDomain
import RemindersHTTPService
import Testing

/// `POST /api/v1/sag/reminders/{id}/snooze`.
@Suite struct SnoozeTests {
    @Test func `a snooze settles the person's own pop-ups and wakes them when it ends`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1", "2"])
            try await scene.popUp(reminder, for: "1")
            try await scene.popUp(reminder, for: "2")
            let before = try await scene.now()
            let answer = try await scene.user("1").post("/api/v1/sag/reminders/\(reminder)/snooze", #"{"minutes":15}"#)
            let after = try await scene.now()

            #expect(answer.status == 200, "\(answer)")
            let until = try #require(answer.instant("/snoozed_until"))
            #expect(until >= before + .seconds(900) && until <= after + .seconds(900))
            #expect(answer["/next_at"] == answer["/snoozed_until"])
            #expect(answer["/dismissed_at"] == .null && answer["/acknowledged_at"] == .null)
            #expect(answer["/reminder_id"]?.integer == reminder && answer["/user_id"] == "1")

            #expect(try await scene.settlements(of: "1") == ["snoozed"])
            #expect(try await scene.settlements(of: "2") == ["pending"])
            #expect(try await scene.wakeUps(reminder) == ["1 \(until.rfc3339)"])
            #expect(
                try await scene.logged(reminder) == [#"1 snooze {"until": "\#(until.rfc3339)", "minutes": 15}"#])
        }
    }

    @Test func `snoozing again moves the one wake-up`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)/snooze"
            _ = try await scene.user("1").post(path, #"{"minutes":15}"#)
            let second = try await scene.user("1").post(path, #"{"duration_minutes":240}"#)
            let until = try #require(second["/snoozed_until"]?.text)
            #expect(try await scene.wakeUps(reminder) == ["1 \(until)"])
            #expect(try await scene.logged(reminder).count == 2)
        }
    }

    @Test func `a click that is sent six times is one snooze`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            _ = try await scene.user("1").post("/api/v1/sag/reminders/\(reminder)/acknowledge")
            try await scene.popUp(reminder, for: "1")
            let answers = try await withThrowingTaskGroup(of: APIAnswer.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await scene.user("1").post(
                            "/api/v1/sag/reminders/\(reminder)/snooze", #"{"minutes":30}"#)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(Set(answers.map { $0["/snoozed_until"]?.text }).count == 1, "\(answers)")
            #expect(try await scene.logged(reminder).count == 2)
            #expect(try await scene.wakeUps(reminder).count == 1)
        }
    }

    @Test func `a snooze until a time ends then, by the person's own clock when no offset is given`() async throws {
        try await APIScene.play { scene in
            try await scene.know("1", zone: "Europe/Copenhagen")
            let reminder = try await scene.remind(["1", "2"])
            let path = "/api/v1/sag/reminders/\(reminder)/snooze"
            let wall = try #require(
                try await scene.text(
                    "SELECT to_char((now() AT TIME ZONE 'Europe/Copenhagen') + interval '3 days', 'YYYY-MM-DD\"T\"HH24:00:00')"
                ))
            let zone = try ZoneCatalog.shared.zone("Europe/Copenhagen")
            let moment = zone.instant(of: try #require(LocalDateTime(iso8601: wall))).rfc3339

            let local = try await scene.user("1").post(path, #"{"until":"\#(wall)"}"#)
            #expect(local["/snoozed_until"]?.text == moment, "\(local)")
            let again = try await scene.user("1").post(path, #"{"until":"\#(moment)"}"#)
            #expect(again.body == local.body)
            #expect(try await scene.logged(reminder) == [#"1 snooze {"until": "\#(moment)"}"#])
            // Who is not known here lives in UTC.
            let other = try await scene.user("2").post(path, #"{"until":"\#(wall)"}"#)
            #expect(other["/snoozed_until"]?.text == wall + "Z", "\(other)")
        }
    }

    @Test func `a snooze brings a dismissed reminder back`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)"
            _ = try await scene.user("1").post("\(path)/dismiss")
            let answer = try await scene.user("1").post("\(path)/snooze", #"{"minutes":60}"#)
            #expect(answer["/dismissed_at"] == .null && answer["/next_at"] == answer["/snoozed_until"], "\(answer)")
            #expect(try await scene.wakeUps(reminder).count == 1)
        }
    }

    @Test(arguments: [
        (#"{"minutes":0}"#, ["/minutes"]), (#"{"minutes":525601}"#, ["/minutes"]), (#"{"minutes":1.5}"#, ["/minutes"]),
        (#"{"minutes":"15"}"#, ["/minutes"]), (#"{"minutes":-1}"#, ["/minutes"]), ("{}", ["/minutes"]),
        (#"{"minutes":null,"until":null}"#, ["/minutes"]), (#"{"minutes":99999999999999999999}"#, ["/minutes"]),
        (#"{"minutes":15,"duration_minutes":15}"#, ["/duration_minutes"]),
        (#"{"duration_minutes":15,"until":"2100-01-01T00:00:00Z"}"#, ["/until"]),
        (#"{"until":"2020-01-01T00:00:00Z"}"#, ["/until"]), (#"{"until":"2020-01-01T00:00:00"}"#, ["/until"]),
        (#"{"until":"9999-01-01T00:00:00Z"}"#, ["/until"]), (#"{"until":"tomorrow"}"#, ["/until"]),
        (#"{"until":7}"#, ["/until"]), ("[]", ["", "/minutes"]),
    ])
    func `a snooze that cannot be is refused, and changes nothing`(body: String, pointers: [String]) async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let popup = try await scene.popUp(reminder, for: "1")
            let answer = try await scene.user("1").post("/api/v1/sag/reminders/\(reminder)/snooze", body)
            #expect(answer.status == 422 && answer.pointers == pointers, "\(answer)")
            #expect(try await scene.logged(reminder).isEmpty)
            #expect(try await scene.settlements(of: "1") == ["pending"], "\(popup)")
            #expect(try await scene.number("SELECT count(*) FROM sag_reminder_responses") == 0)
        }
    }

    @Test func `a snooze needs a body, of JSON, with fields that are known`() async throws {
        try await APIScene.play { scene in
            let path = "/api/v1/sag/reminders/\(try await scene.remind(["1"]))/snooze"
            #expect(try await scene.user("1").post(path).status == 400)
            #expect(try await scene.user("1").post(path, "minutes=15").status == 400)
            #expect(try await scene.user("1").post(path, #"{"minutes":15,"hours":1}"#).pointers == ["/hours"])
            #expect(
                try await scene.user("1").post(path, "minutes=15", [.contentType: "text/plain"]).status == 415)
            #expect(try await scene.user("1").post("\(path)?x=1", #"{"minutes":15}"#).status == 400)
        }
    }

    @Test func `the shortest and the longest snooze are possible`() async throws {
        try await APIScene.play { scene in
            let path = "/api/v1/sag/reminders/\(try await scene.remind(["1"]))/snooze"
            for minutes in [1, 525_600] {
                #expect(try await scene.user("1").post(path, #"{"minutes":\#(minutes)}"#).status == 200)
            }
        }
    }

    @Test func `the same request with its Idempotency-Key is one snooze, and gets the same answer`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)/snooze"
            let key: [String] = ["one", "one", "two"]
            var answers: [APIAnswer] = []
            for key in key {
                answers.append(try await scene.user("1").post(path, #"{"minutes":15}"#, [.idempotencyKey: key]))
                // Long enough ago to be another click.
                try await scene.run(
                    "UPDATE sag_reminder_responses SET snoozed_until = snoozed_until - interval '1 minute'")
            }
            #expect(answers[0].body == answers[1].body && answers[1].headers[.idempotencyReplayed] == "true")
            #expect(answers[2].body != answers[1].body && answers[2].headers[.idempotencyReplayed] == nil)
            #expect(try await scene.logged(reminder).count == 2)
            let other = try await scene.user("1").post(path, #"{"minutes":16}"#, [.idempotencyKey: "one"])
            #expect(other.status == 422 && other.pointers == ["header/Idempotency-Key"], "\(other)")
        }
    }
}
