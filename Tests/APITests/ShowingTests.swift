import Hummingbird
import RemindersHTTPService
import Testing

/// `GET` of reminders: one, those of a case, and their times; and who sees what.
@Suite struct ShowingTests {
    private static let body = #"{"title":"x","scheduled_at":"2031-07-01T09:00:00Z","recipient_user_ids":["2"]}"#

    @Test func `another's reminder is not found, on every path`() async throws {
        try await APIScene.play { scene in
            let made = try await scene.user("1").post("/api/v1/sag/1/reminders", ShowingTests.body)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let missing = "/api/v1/sag/reminders/\(made.id + 1)"
            for request in [path, missing] {
                for answer in [
                    try await scene.user("3").get(request), try await scene.user("3").get(request + "/occurrences"),
                    try await scene.user("3").patch(request, #"{"title":"y"}"#),
                    try await scene.user("3").patch(request, #"{"title":"y"}"#, [.ifMatch: "\"x\""]),
                    try await scene.user("3").delete(request),
                    try await scene.user("3").delete(request, [.ifMatch: "\"x\""]),
                ] {
                    #expect(answer.status == 404 && answer["/detail"] == "Reminder not found", "\(answer)")
                }
            }
            // Whom it is for may see it, and not more.
            #expect(try await scene.user("2").get(path).status == 200)
            #expect(try await scene.user("2").get(path + "/occurrences").status == 200)
            #expect(try await scene.user("2").patch(path, #"{"title":"y"}"#).status == 404)
            #expect(try await scene.user("2").delete(path).status == 404)
            // Services and operators may.
            #expect(try await scene.user("s", .service).patch(path, #"{"title":"y"}"#).status == 200)
            #expect(try await scene.user("a", .admin).get(path)["/title"] == "y")
            #expect(try await scene.user("a", .admin).delete(path).status == 204)
        }
    }

    @Test func `a case lists what is one's own, and to services everything`() async throws {
        try await APIScene.play { scene in
            func create(
                by user: String, for recipient: String, about caseID: String = "1", _ more: String = ""
            ) async throws {
                let made = try await scene.user(user).post(
                    "/api/v1/sag/\(caseID)/reminders",
                    """
                    {"title":"\(user)→\(recipient)","scheduled_at":"2031-01-01T00:00:00Z",
                    "recipient_user_ids":["\(recipient)"]\(more)}
                    """)
                #expect(made.status == 201, "\(made)")
            }
            try await create(by: "1", for: "1")
            try await create(by: "1", for: "2")
            try await create(by: "2", for: "2")
            try await create(by: "1", for: "1", #","is_active":false"#)
            try await create(by: "1", for: "1", about: "2")
            try await create(by: "1", for: "1", #","entity_type":"task""#)
            func titles(_ client: APIClient, _ query: String = "") async throws -> [String] {
                let list = try await client.get("/api/v1/sag/1/reminders\(query)")
                #expect(list.status == 200 && list["/next_cursor"] == .null, "\(list)")
                return (0..<list.count("/items")).compactMap { list["/items/\($0)/title"]?.text }
            }
            #expect(try await titles(scene.user("1")) == ["1→1", "1→2"])
            #expect(try await titles(scene.user("2")) == ["1→2", "2→2"])
            #expect(try await titles(scene.user("3")) == [])
            #expect(try await titles(scene.user("s", .service)) == ["1→1", "1→2", "2→2"])
            #expect(try await titles(scene.user("1"), "?include_inactive=true") == ["1→1", "1→2", "1→1"])
            #expect(try await titles(scene.user("1"), "?entity_type=task") == ["1→1"])
        }
    }

    @Test func `pages follow each other without a gap or a repetition`() async throws {
        try await APIScene.play { scene in
            for _ in 0..<7 { _ = try await scene.user("1").post("/api/v1/sag/a%20b/reminders", ShowingTests.body) }
            var path: String? = "/api/v1/sag/a%20b/reminders?limit=3"
            var ids: [Int64] = []
            var pages = 0
            while let next = path {
                let page = try await scene.user("1").get(next)
                #expect(page.status == 200, "\(page)")
                ids += (0..<page.count("/items")).compactMap { page["/items/\($0)/id"]?.integer }
                let link = page.headers[.link]
                #expect((link == nil) == (page["/next_cursor"] == .null))
                path = link.map { String($0.dropFirst().prefix { $0 != ">" }) }
                pages += 1
            }
            #expect(ids == Array(1...7) && pages == 3)
        }
    }

    @Test func `a version that is known is not sent again`() async throws {
        try await APIScene.play { scene in
            let made = try await scene.user("1").post("/api/v1/sag/1/reminders", ShowingTests.body)
            let path = "/api/v1/sag/reminders/\(made.id)"
            let first = try await scene.user("1").get(path)
            let tag = try #require(first.tag)
            let again = try await scene.user("1").get(path, [.ifNoneMatch: tag])
            #expect(again.status == 304 && again.body.isEmpty && again.tag == tag)
            try await scene.run("UPDATE sag_reminder_times SET fired_count = 1")
            #expect(try await scene.user("1").get(path, [.ifNoneMatch: tag]).status == 200)
        }
    }

    @Test func `times are computed from anywhere on, and begin with the next one`() async throws {
        try await APIScene.play { scene in
            let made = try await scene.user("1").post(
                "/api/v1/sag/1/reminders",
                """
                {"title":"x","scheduled_at":"2020-01-31T09:00:00","time_zone":"Europe/Copenhagen","recurrence_type":"monthly"}
                """)
            let path = "/api/v1/sag/reminders/\(made.id)/occurrences"
            let next = try await scene.user("1").get(path)
            #expect(next.count("/items") == 5 && next["/items/0/at"] == made["/next_check_at"])
            let past = try await scene.user("1").get(path + "?count=3&from=2020-02-01T00:00:00")
            #expect(
                (0..<3).map { past["/items/\($0)/local"]?.text } == [
                    "2020-02-29T09:00:00", "2020-03-31T09:00:00", "2020-04-30T09:00:00",
                ], "\(past)")
            #expect(past["/items/0/remark"]?.text?.contains("no day 31") == true && past["/items/1/remark"] == .null)
            #expect(past["/items/1/at"] == "2020-03-31T07:00:00Z")
            let same = try await scene.user("1").get(path + "?count=1&from=2020-02-29T08:00:00Z")
            #expect(same["/items/0/at"] == "2020-02-29T08:00:00Z")
            #expect(try await scene.user("1").get(path + "?count=100").count("/items") == 100)
            for query in ["count=0", "count=101", "count=1.5", "from=yesterday"] {
                #expect(try await scene.user("1").get(path + "?" + query).status == 422, "\(query)")
            }
            #expect(try await scene.user("1").get(path + "?nope=1").status == 400)
        }
    }
}
