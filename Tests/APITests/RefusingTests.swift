import Hummingbird
import Testing

/// What is not accepted, and how the answer says so.
@Suite struct RefusingTests {
    @Test func `every wrong field is named at once, with what to write instead`() async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").post(
                "/api/v1/sag/1/reminders",
                """
                {"title":"","message":7,"priority":"huge","trigger_type":"sometimes","trigger_config":[],
                "recipient_user_ids":["",true,1.5],"recipient_emails":["nobody"],"notify_email":"yes",
                "notify_mattermost":1,"notify_frontend":[],"override_user_preferences":"no","recurrence_type":"hourly",
                "rrule":7,"exdates":["tomorrow"],"month_end":"sideways","time_zone":"Copenhagen","scheduled_at":"soon",
                "catch_up":"never","maximum_lateness_seconds":0,"is_active":"true","entity_type":"thing","created_via":""}
                """)
            #expect(answer.status == 422)
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(
                Set(answer.pointers) == [
                    "/title", "/message", "/priority", "/trigger_type", "/recipient_user_ids/0",
                    "/recipient_user_ids/1",
                    "/recipient_user_ids/2", "/recipient_emails/0", "/notify_email", "/notify_mattermost",
                    "/notify_frontend", "/override_user_preferences", "/recurrence_type", "/rrule", "/exdates/0",
                    "/month_end", "/time_zone", "/scheduled_at", "/catch_up", "/maximum_lateness_seconds", "/is_active",
                    "/entity_type", "/created_via",
                ], "\(answer)")
            #expect(answer.detail(of: "/time_zone")?.contains("Europe/Copenhagen") == true)
            #expect(answer.detail(of: "/priority")?.contains("urgent") == true)
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 0)
        }
    }

    @Test(arguments: [
        (#"{}"#, ["/title", "/scheduled_at"]),
        (#"{"title":"   ","scheduled_at":"2031-01-01T00:00:00Z"}"#, ["/title"]),
        (#"{"title":"a\nb","scheduled_at":"2031-01-01T00:00:00Z"}"#, ["/title"]),
        (#"{"title":"x"}"#, ["/scheduled_at"]),
        (#"{"title":"x","scheduled_at":null}"#, ["/scheduled_at"]),
        (#"{"title":"x","scheduled_at":"2031-02-30T00:00:00"}"#, ["/scheduled_at"]),
        (#"{"title":"x","scheduled_at":"0001-01-01T00:00:00"}"#, ["/scheduled_at"]),
        (#"{"title":"x","scheduled_at":"2031-01-01T00:00:00Z","recipient_user_ids":[]}"#, ["/recipient_user_ids"]),
        (
            #"{"title":"x","scheduled_at":"2031-01-01T00:00:00Z","recipient_user_ids":["mailto:a@example.org"]}"#,
            ["/recipient_user_ids/0"]
        ),
        (
            #"{"title":"x","scheduled_at":"2031-01-01T00:00:00Z","override_user_preferences":true}"#,
            ["/override_user_preferences"]
        ),
        (#"{"title":"x","scheduled_at":"2031-01-01T00:00:00Z","recurrence_type":"rrule"}"#, ["/rrule"]),
        (
            #"{"title":"x","scheduled_at":"2031-01-01T00:00:00Z","recurrence_type":"daily","rrule":"FREQ=DAILY"}"#,
            ["/rrule"]
        ),
        (
            #"{"title":"x","trigger_type":"status_change","scheduled_at":"2031-01-01T00:00:00Z","recurrence_type":"daily"}"#,
            ["/scheduled_at", "/recurrence_type"]
        ),
        (
            #"{"title":"x","trigger_type":"status_change","trigger_config":{"target_status":7}}"#,
            ["/trigger_config/target_status"]
        ),
        (
            #"{"title":"x","trigger_type":"deadline_approaching","trigger_config":{"days_before":-1}}"#,
            ["/trigger_config/days_before"]
        ),
        (
            #"{"title":"x","trigger_type":"deadline_approaching","trigger_config":{"hours_before":0}}"#,
            ["/trigger_config"]
        ),
        (
            #"{"title":"x","trigger_type":"status_change","trigger_config":{"a/b~c":1,"from_status":"\u0000"}}"#,
            ["/trigger_config/a~1b~0c", "/trigger_config/from_status"]
        ),
    ])
    func `what cannot be is refused with its field`(body: String, pointers: [String]) async throws {
        let answer = try await RefusingTests.shared.post(body)
        #expect(answer.status == 422 && answer.pointers == pointers, "\(answer)")
    }

    @Test(arguments: [
        // Days that no month has, a rule that has ended, one that would be too often, and others that nobody can keep.
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;UNTIL=20200101T000000Z", "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=3", "FREQ=SECONDLY;COUNT=1", "FREQ=WEEKLY;BYDAY=XX", "BYDAY=MO", "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;COUNT=99999999", "FREQ=DAILY;INTERVAL=0", "nonsense", "FREQ=DAILY;COUNT=1;UNTIL=20310101",
    ])
    func `a rule that is impossible or has nothing more to come is refused`(rule: String) async throws {
        let answer = try await RefusingTests.shared.post(
            #"{"title":"x","scheduled_at":"2020-01-01T09:00:00Z","recurrence_type":"rrule","rrule":"\#(rule)"}"#)
        #expect(answer.status == 422 && answer.pointers == ["/rrule"], "\(answer)")
    }

    @Test func `leaving out every time there is is refused`() async throws {
        let answer = try await RefusingTests.shared.post(
            """
            {"title":"x","scheduled_at":"2031-01-01T09:00:00Z","rrule":"FREQ=DAILY;COUNT=2",
            "exdates":["2031-01-01T09:00:00Z","2031-01-02T09:00:00"]}
            """)
        #expect(answer.status == 422 && answer.pointers == ["/exdates"], "\(answer)")
    }

    @Test func `what is no field here is refused, and so is what cannot be set`() async throws {
        let unknown = try await RefusingTests.shared.post(
            #"{"titel":"x","title":"","scheduled_at":"2031-01-01T00:00:00Z","trigger_config":{"days_before":1}}"#)
        #expect(unknown.status == 400)
        #expect(Set(unknown.pointers) == ["/titel", "/title", "/trigger_config/days_before"], "\(unknown)")
        let readOnly = try await RefusingTests.shared.post(
            #"{"id":1,"fired_count":7,"title":"x","scheduled_at":"2031-01-01T00:00:00Z"}"#)
        #expect(readOnly.status == 422 && readOnly.pointers == ["/id", "/fired_count"], "\(readOnly)")
    }

    @Test(arguments: [
        "", "a", "[]", "null", "{", #"{"title":"x","title":"y"}"#, "{\"title\":\"\u{1}\"}", #"{"t":"\ud800"}"#,
    ])
    func `what is no JSON object is refused`(body: String) async throws {
        let answer = try await RefusingTests.shared.post(body)
        #expect(answer.status == (body == "[]" || body == "null" ? 422 : 400), "\(answer)")
    }

    @Test func `nobody gets in without a token`() async throws {
        try await APIScene.play { scene in
            for path in ["sag/1/reminders", "sag/reminders/1", "sag/reminders/1/occurrences"] {
                let answer = try await scene.nobody.get("/api/v1/\(path)")
                #expect(answer.status == 401 && answer.headers[.wwwAuthenticate] != nil, "\(path): \(answer)")
            }
            #expect(try await scene.nobody.post("/api/v1/sag/1/reminders", "{}").status == 401)
            #expect(try await scene.nobody.patch("/api/v1/sag/reminders/1", "{}").status == 401)
            #expect(try await scene.nobody.delete("/api/v1/sag/reminders/1").status == 401)
        }
    }

    @Test func `an id in the path is an id`() async throws {
        try await APIScene.play { scene in
            let user = scene.user("1")
            for id in ["x", "0", "-1", "99999999999999999999", "1.5", "%00", "+1", "1%20"] {
                #expect(try await user.get("/api/v1/sag/reminders/\(id)").status == 404, "\(id)")
                #expect(try await user.delete("/api/v1/sag/reminders/\(id)").status == 404, "\(id)")
            }
            for id in ["%00", "a%0Ab", "%FF", String(repeating: "x", count: 201)] {
                let answer = try await user.post(
                    "/api/v1/sag/\(id)/reminders", #"{"title":"x","scheduled_at":"2031-01-01T00:00:00Z"}"#)
                #expect(answer.status == 422 && answer.pointers == ["path/sag_id"], "\(id): \(answer)")
            }
        }
    }

    @Test(arguments: ["limit=0", "limit=101", "limit=x", "cursor=x", "entity_type=thing", "include_inactive=maybe"])
    func `a query that cannot be is refused`(query: String) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").get("/api/v1/sag/1/reminders?\(query)")
            #expect(answer.status == 422, "\(answer)")
            #expect(answer.pointers == ["query/" + (query.split(separator: "=").first ?? "")], "\(answer)")
        }
    }
}

extension RefusingTests {
    /// One scene for what leaves nothing behind.
    enum shared {
        static func post(_ body: String) async throws -> APIAnswer {
            try await APIScene.play { try await $0.user("1").post("/api/v1/sag/1/reminders", body) }
        }
    }
}
