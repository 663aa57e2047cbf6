import Hummingbird
import RemindersContracts
import Testing

/// `PATCH` and `DELETE /api/v1/sag/reminders/{id}`
@Suite struct ChangingTests {
    private static func create(
        _ scene: APIScene, _ fields: String = #""scheduled_at":"2031-07-01T09:00:00""#, by user: String = "1"
    ) async throws -> APIAnswer {
        let made = try await scene.user(user).post(
            "/api/v1/sag/1/reminders", #"{"title":"x","time_zone":"Europe/Copenhagen",\#(fields)}"#)
        #expect(made.status == 201, "\(made)")
        return made
    }

    @Test func `a patch changes what it names, and says so in the log`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(scene)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let changed = try await scene.user("1").patch(
                path, #"{"title":"Call again","message":"now","priority":"high","recipient_user_ids":[2,"3"]}"#,
                [.contentType: "application/merge-patch+json"])
            #expect(changed.status == 200, "\(changed)")
            #expect(changed["/title"] == "Call again" && changed["/message"] == "now")
            #expect(changed["/recipient_user_ids"] == .array(["2", "3"]))
            #expect(changed["/scheduled_at"] == made["/scheduled_at"])
            #expect(changed["/next_check_at"] == made["/next_check_at"])
            #expect(try await scene.user("1").get(path).body == changed.body)
            let log = try await scene.texts(
                "SELECT kind || ' ' || user_id || ' ' || (details ->> 'fields') FROM sag_reminder_logs")
            #expect(log == [#"changed 1 ["title", "priority", "recipient_user_ids", "message"]"#])
            // null takes a field away: it is what it would be if it had never been given.
            let bare = try await scene.user("1").patch(
                path, #"{"message":null,"priority":null,"recipient_user_ids":null}"#)
            #expect(bare.status == 200, "\(bare)")
            #expect(bare["/message"] == .null && bare["/priority"] == "normal")
            #expect(bare["/recipient_user_ids"] == .array(["1"]))
        }
    }

    @Test func `a patch that changes nothing leaves no trace`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(scene, #""scheduled_at":"2020-07-01T09:00:00""#)
            let path = "/api/v1/sag/reminders/\(made.id)"
            for patch in ["{}", #"{"title":"x"}"#, #"{"scheduled_at":"2020-07-01T07:00:00Z","is_active":true}"#] {
                let same = try await scene.user("1").patch(path, patch)
                #expect(same.status == 200 && same.tag == made.tag, "\(same)")
            }
            #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs") == 0)
        }
    }

    @Test func `another time zone keeps the time on the wall, and is planned anew`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(
                scene, #""scheduled_at":"2031-07-01T09:00:00","recurrence_type":"daily""#)
            #expect(made["/next_check_at"] == "2031-07-01T07:00:00Z")
            let moved = try await scene.user("1").patch(
                "/api/v1/sag/reminders/\(made.id)", #"{"time_zone":"Asia/Tokyo"}"#)
            #expect(moved["/scheduled_local"] == "2031-07-01T09:00:00", "\(moved)")
            #expect(moved["/scheduled_at"] == "2031-07-01T00:00:00Z")
            #expect(moved["/next_check_at"] == moved["/scheduled_at"])
        }
    }

    @Test(arguments: [
        #"{"recurrence_type":"weekly"}"#, #"{"rrule":"FREQ=DAILY;BYHOUR=3,15"}"#, #"{"time_zone":"Asia/Tokyo"}"#,
        #"{"scheduled_at":"2021-03-02T10:00:00"}"#, #"{"exdates":["2031-01-01T09:00:00"]}"#,
        #"{"recurrence_type":"monthly","scheduled_at":"2020-01-31T09:00:00","month_end":"forward"}"#,
    ])
    func `a changed series goes on from now`(patch: String) async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(
                scene, #""scheduled_at":"2020-01-01T09:00:00","recurrence_type":"daily""#)
            let changed = try await scene.user("1").patch("/api/v1/sag/reminders/\(made.id)", patch)
            #expect(changed.status == 200, "\(changed)")
            let row = try await scene.text(
                "SELECT (next_check_at > now() AND next_check_at < now() + interval '32 days')::text FROM sag_reminder_times"
            )
            #expect(row == "true", "\(changed)")
            let next = try await scene.user("1").get("/api/v1/sag/reminders/\(made.id)/occurrences?count=1")
            #expect(next["/items/0/at"] == changed["/next_check_at"])
        }
    }

    @Test func `what has fired once is not fired again by a change, but by a new time`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(scene, #""scheduled_at":"2026-02-10T14:30:00""#)
            let path = "/api/v1/sag/reminders/\(made.id)"
            try await scene.run(
                "UPDATE sag_reminder_times SET next_check_at = NULL, last_fired_at = now(), fired_count = 1")
            for patch in [#"{"title":"y"}"#, #"{"is_active":false}"#, #"{"is_active":true}"#, #"{"catch_up":"all"}"#] {
                #expect(try await scene.user("1").patch(path, patch)["/next_check_at"] == .null, "\(patch)")
            }
            let again = try await scene.user("1").patch(path, #"{"scheduled_at":"2031-02-10T14:30:00"}"#)
            #expect(again["/next_check_at"] == "2031-02-10T13:30:00Z", "\(again)")
        }
    }

    @Test func `switching off takes the next time away, and switching on goes on`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(
                scene, #""scheduled_at":"2020-01-01T09:00:00","recurrence_type":"daily""#)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let off = try await scene.user("1").patch(path, #"{"is_active":false}"#)
            #expect(off["/next_check_at"] == .null && off["/is_active"] == false)
            let on = try await scene.user("1").patch(path, #"{"is_active":true}"#)
            #expect(on["/next_check_at"] == made["/next_check_at"], "\(on)")
        }
    }

    @Test func `what belongs to the kind of reminder goes with it`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(
                scene, #""scheduled_at":"2031-01-31T09:00:00","rrule":"FREQ=MONTHLY","month_end":"forward""#)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let monthly = try await scene.user("1").patch(path, #"{"recurrence_type":"monthly"}"#)
            #expect(monthly["/rrule"] == .null && monthly["/month_end"] == "backward", "\(monthly)")
            let rule = try await scene.user("1").patch(path, #"{"rrule":"FREQ=DAILY"}"#)
            #expect(rule["/recurrence_type"] == "rrule" && rule["/month_end"] == "omit", "\(rule)")
            let waiting = try await scene.user("1").patch(
                path, #"{"trigger_type":"status_change","trigger_config":{"target_status":"done","from_status":"new"}}"#
            )
            #expect(waiting["/scheduled_at"] == .null && waiting["/next_check_at"] == .null, "\(waiting)")
            #expect(waiting["/recurrence_type"] == "once" && waiting["/rrule"] == .null)
            // An object is merged in turn (RFC 7396).
            let merged = try await scene.user("1").patch(path, #"{"trigger_config":{"from_status":null}}"#)
            #expect(merged["/trigger_config"] == .object([JSONMember("target_status", "done")]), "\(merged)")
            let timed = try await scene.user("1").patch(
                path, #"{"trigger_type":"time_based","scheduled_at":"2031-01-31T09:00:00"}"#)
            #expect(timed["/trigger_config"] == .object([]), "\(timed)")
            #expect(timed["/next_check_at"] == "2031-01-31T08:00:00Z")
        }
    }

    @Test func `the second of a doubled local time stays what it was`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(scene)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let second = try await scene.user("1").patch(path, #"{"scheduled_at":"2031-10-26T02:30:00+01:00"}"#)
            #expect(second["/scheduled_at"] == "2031-10-26T01:30:00Z", "\(second)")
            #expect(second["/next_check_at"] == "2031-10-26T01:30:00Z")
            let renamed = try await scene.user("1").patch(path, #"{"title":"y"}"#)
            #expect(renamed["/scheduled_at"] == "2031-10-26T01:30:00Z", "\(renamed)")
            #expect(renamed["/next_check_at"] == "2031-10-26T01:30:00Z")
        }
    }

    @Test func `a series that has ended can still be renamed`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(
                scene, #""scheduled_at":"2031-01-01T09:00:00","rrule":"FREQ=DAILY;COUNT=2""#)
            try await scene.run(
                "UPDATE sag_reminders SET scheduled_local = '2020-01-01T09:00:00', scheduled_at = '2020-01-01T08:00:00Z'"
            )
            try await scene.run("UPDATE sag_reminder_times SET next_check_at = NULL")
            let path = "/api/v1/sag/reminders/\(made.id)"
            let renamed = try await scene.user("1").patch(path, #"{"title":"y"}"#)
            #expect(renamed.status == 200 && renamed["/next_check_at"] == .null, "\(renamed)")
            let refused = try await scene.user("1").patch(path, #"{"rrule":"FREQ=DAILY;COUNT=3"}"#)
            #expect(refused.status == 422 && refused.pointers == ["/rrule"], "\(refused)")
        }
    }

    @Test(arguments: [
        (#"{"title":null}"#, 422, ["/title"]), (#"{"scheduled_at":null}"#, 422, ["/scheduled_at"]),
        (#"{"recurrence_type":"rrule"}"#, 422, ["/rrule"]), (#"{"entity_type":"task"}"#, 400, ["/entity_type"]),
        (#"{"id":7}"#, 422, ["/id"]), (#"{"nope":1}"#, 400, ["/nope"]), (#"[]"#, 422, [""]), (#""x""#, 422, [""]),
        (#"{"recipient_user_ids":[]}"#, 422, ["/recipient_user_ids"]),
        (#"{"time_zone":"+02:00","title":7}"#, 422, ["/title", "/time_zone"]),
    ])
    func `a patch that cannot be changes nothing`(patch: String, status: Int, pointers: [String]) async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(scene)
            let answer = try await scene.user("1").patch("/api/v1/sag/reminders/\(made.id)", patch)
            #expect(answer.status == status && answer.pointers == pointers, "\(answer)")
            #expect(try await scene.user("1").get("/api/v1/sag/reminders/\(made.id)").tag == made.tag)
        }
    }

    @Test func `of two changes to one version one wins, however they race`() async throws {
        try await APIScene.play { scene in
            for round in 0..<10 {
                let made = try await ChangingTests.create(scene)
                let path = "/api/v1/sag/reminders/\(made.id)"
                let tag = try #require(made.tag)
                async let one = scene.user("1").patch(path, #"{"title":"one"}"#, [.ifMatch: tag])
                async let two = scene.user("1").patch(path, #"{"title":"two"}"#, [.ifMatch: tag])
                let answers = try await [one, two]
                #expect(answers.map(\.status).sorted() == [200, 412], "round \(round): \(answers)")
                let won = try #require(answers.first { $0.status == 200 })
                #expect(try await scene.user("1").get(path)["/title"] == won["/title"])
            }
        }
    }

    @Test func `deleting is soft, can be repeated, and is logged once`() async throws {
        try await APIScene.play { scene in
            let made = try await ChangingTests.create(scene)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let user = scene.user("1")
            #expect(try await user.delete(path, [.ifMatch: "\"other\""]).status == 412)
            let gone = try await user.delete(path, [.ifMatch: try #require(made.tag)])
            #expect(gone.status == 204 && gone.body.isEmpty)
            #expect(try await user.delete(path).status == 204)
            #expect(try await user.get(path).status == 404)
            #expect(try await user.patch(path, #"{"title":"y"}"#).status == 404)
            #expect(try await user.get(path + "/occurrences").status == 404)
            #expect(try await user.get("/api/v1/sag/1/reminders?include_inactive=true").count("/items") == 0)
            #expect(try await scene.texts("SELECT kind || ' ' || user_id FROM sag_reminder_logs") == ["deleted 1"])
            let isOver = try await scene.text(
                "SELECT (deleted_at IS NOT NULL AND NOT is_active AND next_check_at IS NULL)::text FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id"
            )
            #expect(isOver == "true")
        }
    }
}
