import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore
import Testing

/// `/api/v1/cases/{entity_type}/{id}`.
@Suite struct CaseTests {
    private static let path = "/api/v1/cases/case/123"

    @Test func `a case is made known, replaced, shown and deleted`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            #expect(try await service.get(Self.path).status == 404)
            let made = try await service.put(
                Self.path,
                """
                {"title":"Router","status":"ny","deadline":"2031-07-01T12:00:00+02:00","is_closed":false,
                "url":"https://crm.example.org/123"}
                """)
            #expect(made.status == 201, "\(made)")
            #expect(made["/entity_type"] == "case" && made["/id"] == "123" && made["/title"] == "Router")
            #expect(made["/deadline"] == "2031-07-01T10:00:00Z" && made["/is_closed"] == false)
            #expect(made["/closed_at"] == .null && made.instant("/changed_at") != nil)
            #expect(try await service.get(Self.path).body == made.body)
            #expect(try await service.get(Self.path, [.ifNoneMatch: try #require(made.tag)]).status == 304)

            let replaced = try await service.put(Self.path, #"{"status":"lukket","is_closed":true}"#)
            #expect(replaced.status == 200 && replaced["/status"] == "lukket", "\(replaced)")
            #expect(replaced["/title"] == .null && replaced["/deadline"] == .null && replaced["/url"] == .null)
            let closed = replaced["/closed_at"]
            let again = try await service.put(Self.path, #"{"status":"lukket","is_closed":true}"#)
            #expect(again["/closed_at"] == closed)

            for _ in 0..<2 { #expect(try await service.delete(Self.path).status == 204) }
            #expect(try await service.get(Self.path).status == 404)
            #expect(try await service.delete("/api/v1/cases/case/999").status == 404)
            let back = try await service.put(Self.path, #"{"title":"Router"}"#)
            #expect(back.status == 201 && back["/is_closed"] == false)
        }
    }

    @Test func `what is said has the effect of an event, and older events change nothing any more`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            _ = try await service.put(Self.path, #"{"status":"ny"}"#)
            let change = try await scene.user("1").post(
                "/api/v1/sag/123/reminders",
                #"{"title":"x","trigger_type":"status_change","trigger_config":{"target_status":"i_gang"}}"#
            ).id
            let deadline = try await scene.user("1").post(
                "/api/v1/sag/123/reminders",
                #"{"title":"x","trigger_type":"deadline_approaching","trigger_config":{"hours_before":2}}"#
            ).id
            try await scene.run("UPDATE cases SET changed_at = now() - interval '1 hour'")
            let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            _ = try await service.put(
                Self.path, #"{"status":"i_gang","deadline":"2031-07-01T12:00:00Z"}"#,
                [HeaderName(TraceContext.header)!: trace])
            let queued = try await scene.texts(
                "SELECT reminder_id || ' ' || old_status || ' ' || new_status || ' ' || traceparent FROM sag_reminder_queue"
            )
            #expect(queued == ["\(change) ny i_gang \(trace)"])
            let next = try await scene.user("1").get("/api/v1/sag/reminders/\(deadline)")
            #expect(next["/next_check_at"] == "2031-07-01T10:00:00Z", "\(next)")
            // The same again is no change.
            _ = try await service.put(Self.path, #"{"status":"i_gang","deadline":"2031-07-01T12:00:00Z"}"#)
            #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 1)

            var event = CaseChange(
                source: "/crm", eventID: "1", type: "case.status_changed",
                about: CaseReference(entityType: "case", id: "123"), time: try await scene.now() - .seconds(60))
            event.status = "ny"
            let taken = try await ReminderStore(pool: scene.owner).takeIn([event])
            #expect(taken.stale == 1)
            #expect(try await service.get(Self.path)["/status"] == "i_gang")
            _ = try await service.delete(Self.path)
            let gone = try await scene.user("1").get("/api/v1/sag/reminders/\(deadline)")
            #expect(gone["/next_check_at"] == .null)
        }
    }

    @Test func `the first that is said of a case announces it, and so does the first after it was deleted`()
        async throws
    {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            _ = try await scene.user("1").post(
                "/api/v1/sag/123/reminders", #"{"title":"x","trigger_type":"status_change"}"#)
            let count = "SELECT count(*) FROM sag_reminder_queue"
            #expect(try await service.put(Self.path, #"{"status":"ny"}"#).status == 201)
            #expect(try await scene.number(count) == 0)
            #expect(try await service.put(Self.path, #"{"status":"i_gang"}"#).status == 200)
            #expect(try await scene.number(count) == 1)
            #expect(try await service.delete(Self.path).status == 204)
            #expect(try await service.put(Self.path, #"{"status":"ny"}"#).status == 201)
            #expect(try await scene.number(count) == 1)
        }
    }

    @Test func `a change can be made to depend on the version it was meant for`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            #expect(try await service.put(Self.path, "{}", [.ifMatch: "*"]).status == 412)
            let made = try await service.put(Self.path, #"{"title":"a"}"#)
            let tag = try #require(made.tag)
            #expect(try await service.put(Self.path, #"{"title":"b"}"#, [.ifMatch: tag]).status == 200)
            #expect(try await service.put(Self.path, #"{"title":"c"}"#, [.ifMatch: tag]).status == 412)
            #expect(try await service.delete(Self.path, [.ifMatch: tag]).status == 412)
            #expect(try await service.get(Self.path)["/title"] == "b")
        }
    }

    @Test(
        arguments: [
            (
                #"{"title":"","status":7,"deadline":"2031-07-01T12:00:00","is_closed":"no","url":"javascript:alert(1)"}"#,
                422,
                ["/title", "/status", "/deadline", "/is_closed", "/url"]
            ),
            (#"{"title":"a\nb","url":"https://a b"}"#, 422, ["/title", "/url"]),
            (#"{"url":"https://"}"#, 422, ["/url"]), (#"{"url":"ftp://x"}"#, 422, ["/url"]),
            (#"{"closed_at":"2031-07-01T12:00:00Z","id":"7"}"#, 422, ["/id", "/closed_at"]),
            (#"{"state":"x"}"#, 400, ["/state"]), ("[]", 422, [""]),
        ] as [(String, Int, [String])])
    func `what cannot be is refused with its fields`(body: String, status: Int, pointers: [String]) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("crm", .service).put(Self.path, body)
            #expect(answer.status == status && answer.pointers == pointers, "\(answer)")
            #expect(try await scene.number("SELECT count(*) FROM cases") == 0)
        }
    }

    @Test func `ids are any text, and kinds are four`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            let made = try await service.put("/api/v1/cases/project/P%2F1%20%C3%A6", #"{"title":"x"}"#)
            #expect(made.status == 201 && made["/id"] == "P/1 æ", "\(made)")
            #expect(try await service.get("/api/v1/cases/pro%6Aect/P%2F1%20%c3%a6").body == made.body)
            #expect(try await service.put("/api/v1/cases/thing/1", "{}").status == 404)
            for id in ["%00", "a%0Ab", "%FF", String(repeating: "x", count: 201)] {
                let answer = try await service.put("/api/v1/cases/case/\(id)", "{}")
                #expect(answer.status == 422 && answer.pointers == ["path/id"], "\(id): \(answer)")
            }
        }
    }

    @Test func `only services and operators may`() async throws {
        try await APIScene.play { scene async throws in
            for (client, status) in [(scene.user("1"), 403), (scene.nobody, 401), (scene.user("a", .admin), 404)] {
                #expect(try await client.get(Self.path).status == status)
                #expect(try await client.delete(Self.path).status == status)
            }
            #expect(try await scene.user("1").put(Self.path, "{}").status == 403)
            #expect(try await scene.nobody.put(Self.path, "{}").status == 401)
            #expect(try await scene.user("a", .admin).put(Self.path, "{}").status == 201)
        }
    }
}
