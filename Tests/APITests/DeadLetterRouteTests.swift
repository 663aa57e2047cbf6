import RemindersContracts
import RemindersDomain
import RemindersPostgres
import RemindersStore
import Testing

/// `GET /dead-letters` and what operators do with them.
@Suite struct DeadLetterRouteTests {
    private func lay(
        _ scene: APIScene, _ body: [UInt8] = Array(#"{"occurrence_id":1}"#.utf8), queue: String = "rate-limiter.due"
    )
        async throws -> Int64
    {
        try await scene.number(
            """
            INSERT INTO dead_letters (queue, reason, message_id, type, body, details)
            VALUES ($1, '/title is missing', 'a', 'reminder.due.v1', $2, '{"content_type": "application/json",
                "headers": {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}') RETURNING id
            """, [.text(queue), .bytes(body)])
    }

    @Test func `they are listed newest first, and shown with their bytes`() async throws {
        try await APIScene.play { scene in
            let operators = scene.user("9", .admin)
            let first = try await lay(scene)
            let second = try await lay(scene, [0xFF, 0x00, 0x61, 0x62], queue: "email-sender.deliveries")
            let list = try await operators.get("/api/v1/dead-letters")
            #expect(list.count("/items") == 2)
            #expect(list["/items/0/id"]?.integer == second && list["/items/1/id"]?.integer == first)
            #expect(list["/items/1/reason"] == "/title is missing" && list["/items/1/bytes"] == 19)
            let page = try await operators.get("/api/v1/dead-letters?limit=1")
            let cursor = try #require(page["/next_cursor"]?.text)
            let next = try await operators.get("/api/v1/dead-letters?limit=1&cursor=\(cursor)")
            #expect(next["/items/0/id"]?.integer == first && next["/next_cursor"] == .null)
            #expect(try await operators.get("/api/v1/dead-letters?queue=rate-limiter.due").count("/items") == 1)

            let one = try await operators.get("/api/v1/dead-letters/\(first)")
            #expect(one["/body"] == #"{"occurrence_id":1}"# && one["/body_base64"] == .null)
            #expect(one["/content_type"] == "application/json" && one["/headers/0/name"] == "traceparent")
            let binary = try await operators.get("/api/v1/dead-letters/\(second)")
            #expect(binary["/body"] == .null && binary["/body_base64"] == "/wBhYg==")
        }
    }

    @Test func `retried and discarded ones are settled, once`() async throws {
        try await APIScene.play { scene in
            let operators = scene.user("9", .admin)
            let first = try await lay(scene)
            let second = try await lay(scene, [1])
            let retried = try await operators.post("/api/v1/dead-letters/\(first)/retry")
            #expect(retried.status == 200 && retried["/settled_how"] == "retried", "\(retried)")
            #expect(retried.instant("/settled_at") != nil)
            let again = try await operators.post("/api/v1/dead-letters/\(first)/retry", "{}")
            #expect(again.status == 409 && again["/detail"]?.text?.contains("was retried at") == true)
            #expect(try await operators.post("/api/v1/dead-letters/\(first)/discard").status == 409)

            let discarded = try await operators.post("/api/v1/dead-letters/\(second)/discard")
            #expect(discarded.status == 200 && discarded["/settled_how"] == "discarded")
            #expect(try await operators.post("/api/v1/dead-letters/\(second)/discard").status == 200)
            #expect(try await operators.post("/api/v1/dead-letters/\(second)/retry").status == 409)

            #expect(try await operators.get("/api/v1/dead-letters").count("/items") == 0)
            #expect(try await operators.get("/api/v1/dead-letters?include_settled=true").count("/items") == 2)
            #expect(try await operators.post("/api/v1/dead-letters/4711/retry").status == 404)
            #expect(try await operators.get("/api/v1/dead-letters/4711").status == 404)
        }
    }

    @Test func `they are for operators`() async throws {
        try await APIScene.play { scene in
            let id = try await lay(scene)
            for client in [scene.user("1"), scene.user("1", .service)] {
                #expect(try await client.get("/api/v1/dead-letters").status == 403)
                #expect(try await client.get("/api/v1/dead-letters/\(id)").status == 403)
                #expect(try await client.post("/api/v1/dead-letters/\(id)/retry").status == 403)
                #expect(try await client.post("/api/v1/dead-letters/\(id)/discard").status == 403)
            }
            #expect(try await scene.nobody.get("/api/v1/dead-letters").status == 401)
            #expect(
                try await scene.user("9", .admin).post("/api/v1/dead-letters/\(id)/retry", #"{"a":1}"#).status == 400)
        }
    }
}
