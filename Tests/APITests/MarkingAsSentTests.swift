import Hummingbird
import RemindersHTTPService
import Testing

/// `POST /api/v1/reminders/{id}/mark-as-sent` and `/api/v1/reminders/mark-as-sent`.
@Suite struct MarkingAsSentTests {
    private static let path = "/api/v1/reminders"

    @Test func `a reminder that is marked is over without having been sent`() async throws {
        try await APIScene.play { scene in
            let id = try await scene.remind(["1"])
            let service = scene.user("worker", .service)
            let marked = try await service.post("\(Self.path)/REM-\(id)/mark-as-sent")
            #expect(marked.status == 200 && marked["/is_sent"] == true, "\(marked)")
            #expect(marked["/id"] == "REM-001")
            let again = try await service.post("\(Self.path)/REM-00\(id)/mark-as-sent", "{}")
            #expect(again.body == marked.body)
            #expect(try await scene.logged(id) == ["worker marked_sent"])
            let row = try await scene.text(
                "SELECT coalesce(next_check_at::text, 'none') || ' ' || fired_count || ' ' || (last_fired_at <= now()) FROM sag_reminder_times"
            )
            #expect(row == "none 1 true")
            #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 0)
        }
    }

    @Test func `many are marked at once, and those that are not known are named`() async throws {
        try await APIScene.play { scene in
            let ids = [try await scene.remind(["1"]), try await scene.remind(["2"]), try await scene.remind(["3"])]
            _ = try await scene.user("9").delete("/api/v1/sag/reminders/\(ids[2])")
            let change = try await scene.user("1").post(
                "/api/v1/sag/1/reminders", #"{"title":"x","trigger_type":"status_change"}"#
            ).id
            let body = """
                {"reminder_ids":["REM-002","REM-1","REM-001","REM-003","REM-\(change)","REM-999","nonsense",""]}
                """
            let service = scene.user("worker", .service)
            let answer = try await service.post("\(Self.path)/mark-as-sent", body)
            #expect(
                answer.text == """
                    {"marked":["REM-001","REM-002"],"unknown":["REM-003","REM-\(change)","REM-999","nonsense",""]}
                    """, "\(answer)")
            #expect(try await service.post("\(Self.path)/mark-as-sent", body).body == answer.body)
            let count = "SELECT count(*) FROM sag_reminder_logs WHERE kind = 'marked_sent'"
            #expect(try await scene.number(count) == 2)
            #expect(try await scene.number("SELECT max(fired_count) FROM sag_reminder_times") == 1)
        }
    }

    @Test func `only services and operators may`() async throws {
        try await APIScene.play { scene in
            let id = try await scene.remind(["1"], by: "1")
            for path in ["\(Self.path)/REM-\(id)/mark-as-sent", "\(Self.path)/mark-as-sent"] {
                let body = #"{"reminder_ids":["REM-\#(id)"]}"#
                #expect(try await scene.user("1").post(path, body).status == 403)
                #expect(try await scene.nobody.post(path, body).status == 401)
            }
            #expect(try await scene.number("SELECT fired_count FROM sag_reminder_times") == 0)
            #expect(try await scene.user("a", .admin).post("\(Self.path)/REM-\(id)/mark-as-sent").status == 200)
            #expect(try await scene.user("a", .admin).post("\(Self.path)/REM-999/mark-as-sent").status == 404)
            #expect(try await scene.user("a", .admin).post("\(Self.path)/x/mark-as-sent").status == 404)
        }
    }

    @Test(arguments: [
        ("{}", 422, ["/reminder_ids"]), (#"{"reminder_ids":"REM-001"}"#, 422, ["/reminder_ids"]),
        (#"{"reminder_ids":[1]}"#, 422, ["/reminder_ids/0"]), (#"{"ids":[]}"#, 400, ["/reminder_ids", "/ids"]),
    ])
    func `what is not understood is refused`(body: String, status: Int, pointers: [String]) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("s", .service).post("\(Self.path)/mark-as-sent", body)
            #expect(answer.status == status && answer.pointers == pointers, "\(answer)")
        }
    }

    @Test func `the same request with its Idempotency-Key gets the same answer`() async throws {
        try await APIScene.play { scene in
            let id = try await scene.remind(["1"])
            let path = "\(Self.path)/REM-\(id)/mark-as-sent"
            let first = try await scene.user("s", .service).post(path, nil, [.idempotencyKey: "k"])
            let again = try await scene.user("s", .service).post(path, nil, [.idempotencyKey: "k"])
            #expect(again.body == first.body && again.headers[.idempotencyReplayed] == "true")
        }
    }
}
