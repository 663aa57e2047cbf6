import Hummingbird
import RemindersContracts
import Testing

/// `GET /api/v1/reminders/pending/me`, and what takes pop-ups off the list.
@Suite struct PendingPopupTests {
    private static let path = "/api/v1/reminders/pending/me"

    @Test func `a person sees their own pop-ups, newest first, as they were written`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1", "2"])
            let first = try await scene.popUp(reminder, for: "1")
            try await scene.popUp(reminder, for: "2")
            let hostile = "<img src=x onerror=alert(1)>\u{2028}\"'&\u{202E}"
            let second = try await scene.popUp(reminder, for: "1", title: hostile)
            let answer = try await scene.user("1").get(Self.path)

            #expect(answer.status == 200 && answer["/next_cursor"] == .null)
            #expect(answer.count("/items") == 2)
            #expect(answer["/items/0/id"]?.integer == second && answer["/items/1/id"]?.integer == first)
            #expect(answer["/items/0/title"] == .string(hostile))
            #expect(answer["/items/0/reminder_id"]?.integer == reminder)
            #expect(answer["/items/0/entity_type"] == "case" && answer["/items/0/case_id"] == "123")
            #expect(answer["/items/0/recurring"] == true && answer["/items/0/message"] == .null)
            #expect(answer.instant("/items/0/due_at") != nil && answer.instant("/items/0/created_at") != nil)
            #expect(try await scene.user("3").get(Self.path).count("/items") == 0)
            #expect(try await scene.user("9", .admin).get(Self.path).count("/items") == 0)
            #expect(try await scene.nobody.get(Self.path).status == 401)
        }
    }

    @Test func `a pop-up names whoever else has the person reminded`() async throws {
        try await APIScene.play { scene in
            try await scene.run("INSERT INTO users (id, display_name) VALUES ('9', 'Bo Jensen')")
            let reminder = try await scene.remind(["1", "9"])
            try await scene.popUp(reminder, for: "1")
            try await scene.popUp(reminder, for: "9")
            #expect(try await scene.user("1").get(Self.path)["/items/0/creator"] == "Bo Jensen")
            #expect(try await scene.user("9").get(Self.path)["/items/0/creator"] == .null)
        }
    }

    @Test func `who polls gets 304 until something changes`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let empty = try await scene.user("1").get(Self.path)
            let tag = try #require(empty.tag)
            #expect(try await scene.user("1").get(Self.path, [.ifNoneMatch: tag]).status == 304)
            try await scene.popUp(reminder, for: "1")
            let changed = try await scene.user("1").get(Self.path, [.ifNoneMatch: tag])
            #expect(changed.status == 200 && changed.count("/items") == 1)
            let later = try #require(changed.tag)
            #expect(try await scene.user("1").get(Self.path, [.ifNoneMatch: later]).status == 304)
            _ = try await scene.user("1").post("/api/v1/sag/reminders/\(reminder)/acknowledge")
            let settled = try await scene.user("1").get(Self.path, [.ifNoneMatch: later])
            #expect(settled.status == 200 && settled.tag == tag)
        }
    }

    @Test func `pages follow each other without gaps, and new pop-ups come on the first`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            var ids: [Int64] = []
            for _ in 0..<5 { ids.append(try await scene.popUp(reminder, for: "1")) }
            var seen: [Int64] = []
            var query = "?limit=2"
            for _ in 0..<3 {
                let page = try await scene.user("1").get(Self.path + query)
                seen += (0..<page.count("/items")).compactMap { page["/items/\($0)/id"]?.integer }
                try await scene.popUp(reminder, for: "1")
                guard let cursor = page["/next_cursor"]?.text else { break }
                #expect(page.headers[.link] == "<\(Self.path)?limit=2&cursor=\(cursor)>; rel=\"next\"")
                query = "?limit=2&cursor=\(cursor)"
            }
            #expect(seen == ids.reversed())
        }
    }

    @Test(arguments: ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=" + String(repeating: "A", count: 300)])
    func `a page that cannot be is refused`(query: String) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").get("\(Self.path)?\(query)")
            #expect(answer.status == 422 && answer.pointers.count == 1, "\(answer)")
        }
    }

    @Test func `what is deleted, switched off or given to others goes`() async throws {
        try await APIScene.play { scene in
            let owner = scene.user("9")
            let ids = [
                try await scene.remind(["1"]), try await scene.remind(["1"]), try await scene.remind(["1", "2"]),
                try await scene.remind(["1"]),
            ]
            for id in ids { try await scene.popUp(id, for: "1") }
            try await scene.popUp(ids[2], for: "2")
            _ = try await owner.delete("/api/v1/sag/reminders/\(ids[0])")
            _ = try await owner.patch("/api/v1/sag/reminders/\(ids[1])", #"{"is_active":false}"#)
            _ = try await owner.patch("/api/v1/sag/reminders/\(ids[2])", #"{"recipient_user_ids":["2","3"]}"#)
            _ = try await owner.patch("/api/v1/sag/reminders/\(ids[3])", #"{"title":"New words"}"#)
            #expect(try await scene.settlements(of: "1") == ["withdrawn", "withdrawn", "withdrawn", "pending"])
            #expect(try await scene.settlements(of: "2") == ["pending"])
        }
    }

    @Test func `what is about a closed case goes, but for what tells that it was closed`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            let path = "/api/v1/cases/case/123"
            _ = try await service.put(path, #"{"status":"lukket"}"#)
            let reminder = try await scene.remind(["1"])
            let change = try await scene.user("9").post(
                "/api/v1/sag/123/reminders",
                #"{"title":"x","trigger_type":"status_change","recipient_user_ids":["1"]}"#
            ).id
            try await scene.popUp(reminder, for: "1")
            try await scene.popUp(change, for: "1", trigger: "status_change", status: "i_gang")
            try await scene.popUp(change, for: "1", trigger: "status_change", status: "lukket")
            _ = try await service.put("/api/v1/cases/case/999", #"{"status":"lukket","is_closed":true}"#)
            #expect(try await scene.settlements(of: "1") == ["pending", "pending", "pending"])
            _ = try await service.put(path, #"{"status":"lukket","is_closed":true}"#)
            #expect(try await scene.settlements(of: "1") == ["withdrawn", "withdrawn", "pending"])
            _ = try await service.delete(path)
            #expect(try await scene.settlements(of: "1") == ["withdrawn", "withdrawn", "withdrawn"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func `every process is told what was settled, when it is`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1", "2"])
            let first = try await scene.popUp(reminder, for: "1")
            let second = try await scene.popUp(reminder, for: "1")
            let other = try await scene.popUp(reminder, for: "2")
            let channel = try #require(await scene.text("SELECT name FROM popup_channel"))
            var told: [JSONValue] = []
            for await event in scene.owner.listen(channel) {
                switch event {
                case .listening:
                    _ = try await scene.user("1").post("/api/v1/sag/reminders/\(reminder)/dismiss")
                    _ = try await scene.user("9").delete("/api/v1/sag/reminders/\(reminder)")
                case .notified(let payload): told.append(try JSONValue(parsing: payload.utf8))
                }
                if told.count == 2 { break }
            }
            #expect(told[0]["user"] == "1" && told[0]["kind"] == "dismissed")
            #expect(told[0]["ids"] == .array([.number("\(first)"), .number("\(second)")]))
            #expect(told[1]["user"] == "2" && told[1]["kind"] == "withdrawn")
            #expect(told[1]["ids"] == .array([.number("\(other)")]))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `however many are settled at once, each notification holds some of them`()
        async throws
    {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            try await scene.run(
                """
                INSERT INTO sag_reminder_queue (id, reminder_id, trigger_type, due_at, published_at)
                OVERRIDING SYSTEM VALUE
                SELECT 9000000000000000000 + n, $1, 'status_change', now(), now() FROM generate_series(1, 1000) n
                """, [.int8(reminder)])
            try await scene.run(
                """
                INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id,
                    trigger_type, due_at)
                SELECT repeat('"', 200), 9000000000000000000 + n, gen_random_uuid(), $1, 'x', 'case', '123', 'time_based',
                    now()
                FROM generate_series(1, 1000) n
                """, [.int8(reminder)])
            let channel = try #require(await scene.text("SELECT name FROM popup_channel"))
            var sizes: [Int] = []
            for await event in scene.owner.listen(channel) {
                switch event {
                case .listening: _ = try await scene.user("9").delete("/api/v1/sag/reminders/\(reminder)")
                case .notified(let payload): sizes.append(payload.utf8.count)
                }
                if sizes.count == 5 { break }
            }
            #expect(sizes.allSatisfy { $0 < 8_000 })
            #expect(try await scene.number("SELECT count(*) FROM popups WHERE settled_at IS NULL") == 0)
        }
    }
}
