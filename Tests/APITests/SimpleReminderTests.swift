import Hummingbird
import RemindersDomain
import RemindersHTTPService
import Testing

/// `/api/v1/reminders`: the shape of the second seed.
@Suite struct SimpleReminderTests {
    private static let path = "/api/v1/reminders"
    private static let body = """
        {"entity_type":"task","entity_id":"TSK-123","message":"Review the implementation",\
        "remind_at":"2031-07-01T09:00:00Z","created_via":"chat"}
        """

    @Test func `the second seed's reminder is created for the caller, and found again`() async throws {
        try await APIScene.play { scene in
            let user = scene.user("USR-001")
            let made = try await user.post(Self.path, Self.body)
            #expect(made.status == 201, "\(made)")
            let id = try #require(made["/id"]?.text)
            #expect(id == "REM-001" && made.headers[.location] == "/api/v1/reminders/REM-001")
            #expect(made["/user_id"] == "USR-001" && made["/entity_type"] == "task" && made["/entity_id"] == "TSK-123")
            #expect(made["/message"] == "Review the implementation" && made["/remind_at"] == "2031-07-01T09:00:00Z")
            #expect(made["/is_sent"] == false && made["/created_via"] == "chat")
            #expect(made.instant("/created_at") != nil)

            let shown = try await user.get("\(Self.path)/\(id)")
            #expect(shown.body == made.body && shown.tag == made.tag)
            for other in ["REM-1", "REM-0000001", "REM%2D001"] {
                #expect(try await user.get("\(Self.path)/\(other)").body == made.body, "\(other)")
            }
            #expect(try await user.get("\(Self.path)/\(id)", [.ifNoneMatch: try #require(made.tag)]).status == 304)
            // The view of the same shape, for those who read the database, says the same.
            let viewed = try await scene.text(
                "SELECT id || ' ' || user_id || ' ' || entity_id || ' ' || message || ' ' || is_sent FROM reminders")
            #expect(viewed == "REM-001 USR-001 TSK-123 Review the implementation false")
            let full = try await user.get("/api/v1/sag/reminders/1")
            #expect(full["/title"] == "Review the implementation" && full["/recurrence_type"] == "once")
            #expect(full["/recipient_user_ids"] == .array(["USR-001"]))
        }
    }

    @Test func `a time without an offset is the caller's, and one that has passed is due at once`() async throws {
        try await APIScene.play { scene in
            try await scene.know("1", zone: "Europe/Copenhagen")
            let made = try await scene.user("1").post(
                Self.path, #"{"entity_type":"bug","entity_id":456,"remind_at":"2026-02-10T14:30:00"}"#)
            #expect(made["/remind_at"] == "2026-02-10T13:30:00Z" && made["/entity_id"] == "456", "\(made)")
            #expect(made["/is_sent"] == false && made["/created_via"] == "chat")
            #expect(made["/message"] == "Reminder about bug 456")
            #expect(try await scene.number("SELECT count(*) FROM sag_reminder_times WHERE next_check_at <= now()") == 1)
        }
    }

    @Test func `the title is the beginning of the message, on one line`() async throws {
        try await APIScene.play { scene in
            let long = String(repeating: "Æble 🍎 ", count: 100)
            for (message, title) in [
                ("Line 1\\nLine 2", "Line 1 Line 2"), (long, nil), ("\\n \\t", "Reminder about task T"),
                ("<b>&\\u202E", "<b>&\u{202E}"),
            ] {
                let made = try await scene.user("1").post(
                    Self.path,
                    #"{"entity_type":"task","entity_id":"T","message":"\#(message)","remind_at":"2031-01-01T00:00:00Z"}"#
                )
                #expect(made.status == 201, "\(made)")
                let stored = try await scene.text("SELECT title FROM sag_reminders ORDER BY id DESC LIMIT 1")
                if let title {
                    #expect(stored == title)
                } else {
                    #expect(stored?.unicodeScalars.count == 300 && stored?.hasSuffix("…") == true)
                    #expect(made["/message"]?.text == long)
                }
            }
        }
    }

    @Test(arguments: [
        ("{}", 422, ["/entity_type", "/entity_id", "/remind_at"]),
        (
            #"{"entity_type":"sag","entity_id":"","remind_at":"soon"}"#, 422,
            ["/entity_type", "/entity_id", "/remind_at"]
        ),
        (
            #"{"entity_type":"task","entity_id":"T","remind_at":"2031-01-01T00:00:00Z","created_via":"a way that is too long"}"#,
            422, ["/created_via"]
        ),
        (#"{"entity_type":"task","entity_id":"T","remind_at":"0001-01-01T00:00:00Z"}"#, 422, ["/remind_at"]),
        (#"{"entity_type":"task","entity_id":"T","remind_at":"9999-01-01T00:00:00Z"}"#, 422, ["/remind_at"]),
        (
            #"{"entity_type":"task","entity_id":"T","remind_at":"2031-01-01T00:00:00Z","message":"\u0000"}"#, 422,
            ["/message"]
        ),
        (
            #"{"entity_type":"task","entity_id":"T","remind_at":"2031-01-01T00:00:00Z","user_id":"2"}"#, 400,
            ["/user_id"]
        ),
    ])
    func `what cannot be is refused with its fields`(body: String, status: Int, pointers: [String]) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").post(Self.path, body)
            #expect(answer.status == status && answer.pointers == pointers, "\(answer)")
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 0)
        }
    }

    @Test func `the same request with its Idempotency-Key creates one reminder`() async throws {
        try await APIScene.play { scene in
            let first = try await scene.user("1").post(Self.path, Self.body, [.idempotencyKey: "k"])
            let again = try await scene.user("1").post(Self.path, Self.body, [.idempotencyKey: "k"])
            #expect(again.status == 201 && again.body == first.body && again.headers[.idempotencyReplayed] == "true")
            #expect(again.headers[.location] == first.headers[.location])
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 1)
        }
    }

    @Test func `a list has what one created or gets, newest first, by kind and thing`() async throws {
        try await APIScene.play { scene in
            for (user, type, id) in [("1", "task", "A"), ("1", "bug", "A"), ("2", "task", "A"), ("1", "task", "B")] {
                let body = #"{"entity_type":"\#(type)","entity_id":"\#(id)","remind_at":"2031-07-01T09:00:00Z"}"#
                #expect(try await scene.user(user).post(Self.path, body).status == 201)
            }
            // For somebody else, and one without a time, which has no place in this shape.
            _ = try await scene.remind(["1"], by: "9")
            _ = try await scene.user("1").post(
                "/api/v1/sag/A/reminders", #"{"title":"x","trigger_type":"status_change"}"#)
            func ids(_ client: APIClient, _ query: String = "") async throws -> [String] {
                let answer = try await client.get(Self.path + query)
                #expect(answer.status == 200, "\(answer)")
                return (0..<answer.count("/items")).compactMap { answer["/items/\($0)/id"]?.text }
            }
            #expect(try await ids(scene.user("1")) == ["REM-005", "REM-004", "REM-002", "REM-001"])
            #expect(try await ids(scene.user("1"), "?entity_type=task") == ["REM-004", "REM-001"])
            #expect(try await ids(scene.user("1"), "?entity_id=A") == ["REM-002", "REM-001"])
            #expect(try await ids(scene.user("1"), "?entity_type=task&entity_id=A") == ["REM-001"])
            #expect(try await ids(scene.user("9")) == ["REM-005"])
            #expect(try await ids(scene.user("1"), "?user_id=1&limit=1") == ["REM-005"])
            #expect(try await ids(scene.user("3")).isEmpty)

            #expect(try await scene.user("1").get(Self.path + "?user_id=2").status == 403)
            #expect(try await scene.user("1").get(Self.path + "?user_id=*").status == 403)
            #expect(try await ids(scene.user("s", .service), "?user_id=2") == ["REM-003"])
            #expect(try await ids(scene.user("s", .service), "?user_id=*").count == 5)
            #expect(try await ids(scene.user("a", .admin), "?user_id=*&entity_id=A").count == 3)
            #expect(try await ids(scene.user("s", .service)).isEmpty)
            #expect(try await scene.nobody.get(Self.path).status == 401)
        }
    }

    @Test func `upcoming and pending ones come soonest first`() async throws {
        try await APIScene.play { scene in
            let now = try await scene.now()
            for hours in [30, 2, -1, 5, -3] {
                let at = (now + .seconds(hours * 3_600)).rfc3339
                _ = try await scene.user("1").post(
                    Self.path, #"{"entity_type":"task","entity_id":"\#(hours)","remind_at":"\#(at)"}"#)
            }
            try await scene.run(
                "UPDATE sag_reminder_times SET next_check_at = NULL, fired_count = 1 FROM sag_reminders WHERE id = reminder_id AND sag_id = '-3'"
            )
            func things(_ query: String, _ client: APIClient? = nil) async throws -> [String] {
                let answer = try await (client ?? scene.user("1")).get("\(Self.path)?\(query)")
                #expect(answer.status == 200, "\(answer)")
                return (0..<answer.count("/items")).compactMap { answer["/items/\($0)/entity_id"]?.text }
            }
            #expect(try await things("hours_ahead=24") == ["2", "5"])
            #expect(try await things("hours_ahead=48") == ["2", "5", "30"])
            #expect(try await things("before=\(now.rfc3339)") == ["-1"])
            #expect(try await things("before=\((now + .seconds(3 * 3_600)).rfc3339)&hours_ahead=9") == ["2"])
            #expect(try await things("before=2100-01-01T00:00:00&entity_id=5") == ["5"])
            #expect(
                try await things("before=2100-01-01T00:00:00%2B02:00&user_id=*", scene.user("s", .service)).count == 4)
            // Page by page, with one cursor for each order.
            let first = try await scene.user("1").get(Self.path + "?before=2100-01-01T00:00:00Z&limit=3")
            let cursor = try #require(first["/next_cursor"]?.text)
            #expect(try await things("before=2100-01-01T00:00:00Z&limit=3&cursor=\(cursor)") == ["30"])
            #expect(try await scene.user("1").get(Self.path + "?cursor=\(cursor)").status == 422)
            for query in ["hours_ahead=0", "hours_ahead=x", "before=soon", "entity_type=thing", "entity_id=%00"] {
                #expect(try await scene.user("1").get("\(Self.path)?\(query)").status == 422, "\(query)")
            }
            #expect(try await scene.user("1").get("\(Self.path)?skip=1").status == 400)
        }
    }

    @Test func `pages of all that one has follow each other`() async throws {
        try await APIScene.play { scene in
            for _ in 0..<5 { _ = try await scene.user("1").post(Self.path, Self.body) }
            var seen: [String] = []
            var next: String? = Self.path + "?limit=2"
            while let path = next {
                let page = try await scene.user("1").get(path)
                seen += (0..<page.count("/items")).compactMap { page["/items/\($0)/id"]?.text }
                next = page["/next_cursor"]?.text.map { Self.path + "?limit=2&cursor=\($0)" }
            }
            #expect(seen == ["REM-005", "REM-004", "REM-003", "REM-002", "REM-001"])
        }
    }

    @Test func `who created it deletes it, once, in the seed's words`() async throws {
        try await APIScene.play { scene in
            let id = try #require(try await scene.user("1").post(Self.path, Self.body)["/id"]?.text)
            let tag = try await scene.user("1").get("\(Self.path)/\(id)").tag
            #expect(try await scene.user("1").delete("\(Self.path)/\(id)", [.ifMatch: "\"x\""]).status == 412)
            for (client, path) in [
                (scene.user("2"), id), (scene.user("1"), "REM-999"), (scene.user("1"), "1"), (scene.user("1"), "REM-"),
                (scene.user("1"), "REM-0"), (scene.user("1"), "REM-99999999999999999999"), (scene.user("1"), "REM-+1"),
                (scene.user("1"), "rem-001"),
            ] {
                let refused = try await client.delete("\(Self.path)/\(path)")
                #expect(refused.status == 404 && refused["/detail"] == "Reminder not found", "\(path): \(refused)")
                #expect(try await client.get("\(Self.path)/\(path)").status == 404)
            }
            let deleted = try await scene.user("1").delete("\(Self.path)/\(id)", [.ifMatch: try #require(tag)])
            #expect(deleted.status == 200 && deleted.text == #"{"message":"Reminder deleted successfully"}"#)
            #expect(try await scene.user("1").delete("\(Self.path)/\(id)").status == 404)
            #expect(try await scene.user("1").get("\(Self.path)/\(id)").status == 404)
            // Softly: the row and the trail stay.
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders WHERE deleted_at IS NOT NULL") == 1)
            #expect(try await scene.nobody.delete("\(Self.path)/\(id)").status == 401)
        }
    }

    @Test func `whoever only gets it sees it and cannot delete it`() async throws {
        try await APIScene.play { scene in
            let id = try await scene.remind(["1"], by: "9")
            let path = "\(Self.path)/REM-\(id)"
            #expect(try await scene.user("1").get(path).status == 200)
            #expect(try await scene.user("1").delete(path).status == 404)
            #expect(try await scene.user("s", .service).delete(path).status == 200)
        }
    }
}
