import Hummingbird
import Testing

/// `POST /api/v1/sag/{sag_id}/reminders`: what is accepted, and what becomes of it.
@Suite struct CreatingTests {
    @Test func `the first seed's status change reminder`() async throws {
        try await APIScene.play { scene in
            let made = try await scene.user("1").post(
                "/api/v1/sag/123/reminders",
                """
                { "title": "Case entered In Progress", "message": "Case #123 has moved to 'i_gang' status", \
                "priority": "high", "trigger_type": "status_change", "trigger_config": {"target_status": "i_gang"}, \
                "recipient_user_ids": [1, 2], "notify_mattermost": true, "notify_email": true, \
                "recurrence_type": "once" }
                """)
            #expect(made.status == 201, "\(made)")
            #expect(made["/trigger_config/target_status"] == "i_gang")
            #expect(made["/recipient_user_ids"] == .array(["1", "2"]))
            #expect(made["/notify_frontend"] == .null && made["/notify_email"] == true)
            #expect(made["/next_check_at"] == .null && made["/scheduled_at"] == .null)
            #expect(made.count("/occurrences/items") == 0)
        }
    }

    @Test func `the first seed's scheduled reminder is read where the caller lives, and echoed resolved`() async throws
    {
        try await APIScene.play { scene in
            try await scene.know("1", zone: "Europe/Copenhagen")
            let made = try await scene.user("1").post(
                "/api/v1/sag/123/reminders",
                """
                { "title": "Follow up needed", "message": "Check in with customer", "priority": "normal", \
                "trigger_type": "time_based", "trigger_config": {}, "scheduled_at": "2026-02-10T14:30:00", \
                "recipient_user_ids": [1], "recurrence_type": "once" }
                """)
            #expect(made.status == 201, "\(made)")
            #expect(made["/sag_id"] == "123" && made["/entity_type"] == "case")
            #expect(made["/recipient_user_ids/0"] == "1")
            #expect(made["/time_zone"] == "Europe/Copenhagen")
            #expect(made["/scheduled_at"] == "2026-02-10T13:30:00Z")
            #expect(made["/scheduled_local"] == "2026-02-10T14:30:00")
            // It has passed: due at once, as in the seed.
            #expect(made["/next_check_at"] == "2026-02-10T13:30:00Z")
            #expect(made["/occurrences/items/0/at"] == "2026-02-10T13:30:00Z")
            #expect(made.headers[.location] == "/api/v1/sag/reminders/\(made.id)")
            #expect(made["/created_by"] == "1" && made["/created_via"] == "api")
        }
    }

    @Test func `the first seed's daily reminder goes on with its next time`() async throws {
        try await APIScene.play { scene in
            try await scene.know("1", zone: "Europe/Copenhagen")
            let made = try await scene.user("1").post(
                "/api/v1/sag/123/reminders",
                """
                { "title": "Daily status check", "priority": "low", "trigger_type": "time_based", \
                "trigger_config": {}, "scheduled_at": "2026-02-04T09:00:00", "recipient_user_ids": [1], \
                "recurrence_type": "daily" }
                """)
            #expect(made.status == 201, "\(made)")
            let isAhead = try await scene.text(
                "SELECT (next_check_at BETWEEN now() AND now() + interval '25 hours')::text FROM sag_reminder_times")
            #expect(isAhead == "true")
            #expect(made["/occurrences/items/0/at"] == made["/next_check_at"])
            #expect(made.count("/occurrences/items") == 5)
            for index in 0..<5 {
                #expect(made["/occurrences/items/\(index)/local"]?.text?.hasSuffix("T09:00:00") == true)
            }
        }
    }

    @Test func `a reminder needs no more than a title and a time`() async throws {
        try await APIScene.play { scene in
            let made = try await scene.user("7").post(
                "/api/v1/sag/TSK-9/reminders", #"{"title":"Ring","scheduled_at":"2031-05-01T10:00:00+02:00"}"#)
            #expect(made.status == 201, "\(made)")
            #expect(made["/recipient_user_ids"] == .array(["7"]))
            #expect(made["/recipient_emails"] == .array([]))
            #expect(made["/priority"] == "normal" && made["/trigger_type"] == "time_based")
            #expect(made["/recurrence_type"] == "once" && made["/rrule"] == .null)
            #expect(made["/time_zone"] == "UTC" && made["/scheduled_at"] == "2031-05-01T08:00:00Z")
            #expect(made["/catch_up"] == "latest" && made["/maximum_lateness_seconds"] == .null)
            #expect(made["/is_active"] == true && made["/deleted_at"] == .null && made["/fired_count"] == 0)
        }
    }

    @Test func `everything that can be said is kept and shown`() async throws {
        try await APIScene.play { scene in
            let made = try await scene.user("7").post(
                "/api/v1/sag/P%2F1%20%C3%A6/reminders",
                """
                {"entity_type":"project","title":"Møde \\"næste\\" uge","message":"Linje 1\\nLinje 2","priority":"urgent",
                "recipient_user_ids":["a",12345678901234567890,"a"],"recipient_emails":["x@example.org","X@example.org"],
                "notify_email":true,"notify_mattermost":false,"notify_frontend":null,"override_user_preferences":true,
                "recurrence_type":"rrule","rrule":"FREQ=MONTHLY;BYMONTHDAY=31","month_end":"backward",
                "exdates":["2031-02-28T09:00:00","2031-03-31T07:00:00Z"],"time_zone":"Europe/Copenhagen",
                "scheduled_at":"2031-01-31T09:00:00","catch_up":"skip","maximum_lateness_seconds":3600,
                "is_active":true,"created_via":"chat"}
                """)
            #expect(made.status == 201, "\(made)")
            #expect(made["/entity_type"] == "project" && made["/sag_id"] == "P/1 æ")
            #expect(made["/title"] == "Møde \"næste\" uge" && made["/message"] == "Linje 1\nLinje 2")
            #expect(made["/recipient_user_ids"] == .array(["a", "12345678901234567890"]))
            #expect(made["/recipient_emails"] == .array(["x@example.org"]))
            #expect(made["/exdates"] == .array(["2031-02-28T09:00:00", "2031-03-31T07:00:00Z"]))
            #expect(made["/catch_up"] == "skip" && made["/maximum_lateness_seconds"] == 3600)
            #expect(made["/created_via"] == "chat" && made["/override_user_preferences"] == true)
            #expect(made["/occurrences/items/0/local"] == "2031-01-31T09:00:00")
            #expect(made["/occurrences/items/1/local"] == "2031-04-30T09:00:00")
            #expect(made["/occurrences/items/1/remark"]?.text?.contains("no day 31") == true)
            let shown = try await scene.user("7").get("/api/v1/sag/reminders/\(made.id)")
            #expect(shown["/rrule"] == "FREQ=MONTHLY;BYMONTHDAY=31" && shown["/month_end"] == "backward")
            #expect(shown.tag == made.tag && made.tag != nil)
        }
    }

    @Test(
        arguments: [
            // (callers's zone, first recipient's zone, time_zone of the body) and where it is read
            ("Europe/Copenhagen", "Asia/Tokyo", nil, "Europe/Copenhagen", "2031-07-01T07:00:00Z"),
            (nil, "Asia/Tokyo", nil, "Asia/Tokyo", "2031-07-01T00:00:00Z"),
            (nil, nil, nil, "UTC", "2031-07-01T09:00:00Z"),
            ("Europe/Copenhagen", nil, "America/New_York", "America/New_York", "2031-07-01T13:00:00Z"),
        ] as [(String?, String?, String?, String, String)])
    func `a local time is read where it is meant`(
        caller: String?, recipient: String?, body: String?, zone: String, at: String
    ) async throws {
        try await APIScene.play { scene in
            if let caller { try await scene.know("1", zone: caller) }
            if let recipient { try await scene.know("2", zone: recipient) }
            let field = body.map { #","time_zone":"\#($0)""# } ?? ""
            let made = try await scene.user("1").post(
                "/api/v1/sag/1/reminders",
                #"{"title":"x","recipient_user_ids":[2,1],"scheduled_at":"2031-07-01T09:00:00"\#(field)}"#)
            #expect(made["/time_zone"]?.text == zone && made["/scheduled_at"]?.text == at, "\(made)")
            #expect(made["/scheduled_local"] == "2031-07-01T09:00:00")
        }
    }

    @Test func `a time that clocks skip, and a doubled one, follow the rule and say so`() async throws {
        try await APIScene.play { scene in
            func made(_ time: String) async throws -> APIAnswer {
                try await scene.user("1").post(
                    "/api/v1/sag/1/reminders",
                    #"{"title":"x","time_zone":"Europe/Copenhagen","scheduled_at":"\#(time)"}"#)
            }
            let skipped = try await made("2031-03-30T02:30:00")
            #expect(skipped["/scheduled_at"] == "2031-03-30T01:30:00Z", "\(skipped)")
            #expect(skipped["/occurrences/items/0/remark"]?.text?.contains("does not exist") == true)
            let doubled = try await made("2031-10-26T02:30:00")
            #expect(doubled["/scheduled_at"] == "2031-10-26T00:30:00Z", "\(doubled)")
            #expect(doubled["/next_check_at"] == "2031-10-26T00:30:00Z")
            #expect(doubled["/occurrences/items/0/remark"]?.text?.contains("comes twice") == true)
            // The second of the two can be named by its offset.
            let second = try await made("2031-10-26T02:30:00+01:00")
            #expect(second["/scheduled_at"] == "2031-10-26T01:30:00Z")
            #expect(second["/next_check_at"] == second["/scheduled_at"])
            #expect(second["/scheduled_local"] == "2031-10-26T02:30:00")
            #expect(second["/occurrences/items/0/at"] == "2031-10-26T01:30:00Z", "\(second)")
        }
    }

    @Test func `one that is switched off is due when it is switched on`() async throws {
        try await APIScene.play { scene in
            let user = scene.user("1")
            let made = try await user.post(
                "/api/v1/sag/1/reminders", #"{"title":"x","scheduled_at":"2031-07-01T09:00:00Z","is_active":false}"#)
            #expect(made["/next_check_at"] == .null && made.count("/occurrences/items") == 0)
            let on = try await user.patch("/api/v1/sag/reminders/\(made.id)", #"{"is_active":true}"#)
            #expect(on["/next_check_at"] == "2031-07-01T09:00:00Z", "\(on)")
        }
    }

    @Test func `a deadline reminder keeps its lead time`() async throws {
        try await APIScene.play { scene in
            let made = try await scene.user("1").post(
                "/api/v1/sag/1/reminders",
                #"{"title":"x","trigger_type":"deadline_approaching","trigger_config":{"days_before":1,"minutes_before":0}}"#
            )
            #expect(made.status == 201, "\(made)")
            #expect(made["/trigger_config/days_before"] == 1 && made["/trigger_config/minutes_before"] == 0)
        }
    }
}
