import RemindersContracts
import RemindersDomain
import Testing

/// `GET /deliveries/waiting` and `/deliveries/{delivery_id}`.
@Suite struct DeliveryTests {
    private static let steps = #"[{"rule":"quiet_hours","value":"quiet now","consequence":"held until 07:00"}]"#

    @Test func `what is under way comes first, newest first, then what is held, soonest first`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            func make(_ state: String, _ release: String = "NULL") async throws -> String {
                let occurrence = try await scene.occur(reminder, due: "clock_timestamp()")
                return try await scene.deliver(occurrence, to: "1", "email", state, attempts: 0, release: release)
            }
            let late = try await make("held", "now() + interval '2 hours'")
            let older = try await make("requested")
            let endless = try await make("held", "'infinity'")
            let newer = try await make("sending")
            let soon = try await make("held", "now() + interval '1 hour'")
            _ = try await make("sent")
            let expected = [newer, older, soon, late, endless]

            for limit in 1...6 {
                var found: [String] = []
                var path = "/api/v1/deliveries/waiting?limit=\(limit)"
                for _ in 0..<6 {
                    let page = try await scene.user("1").get(path)
                    for index in 0..<page.count("/items") {
                        found.append(page["/items/\(index)/delivery_id"]?.text ?? "")
                    }
                    guard let cursor = page["/next_cursor"]?.text else { break }
                    path = "/api/v1/deliveries/waiting?limit=\(limit)&cursor=\(cursor)"
                }
                #expect(found == expected, "\(limit) a page")
            }
            let page = try await scene.user("1").get("/api/v1/deliveries/waiting")
            #expect(page["/items/2/state"] == "held")
            #expect(page.instant("/items/2/release_at") != nil)
            #expect(page["/items/4/release_at"] == .null)
        }
    }

    @Test func `a person sees their own; filters leave out the rest`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1", "2"])
            let occurrence = try await scene.occur(reminder)
            try await scene.deliver(occurrence, to: "1", "email", "held", release: "now() + interval '1 hour'")
            try await scene.deliver(occurrence, to: "2", "frontend", "requested")
            func count(_ query: String, by client: APIClient) async throws -> Int {
                try await client.get("/api/v1/deliveries/waiting?\(query)").count("/items")
            }
            let operators = scene.user("9", .admin)
            #expect(try await count("", by: scene.user("1")) == 1)
            #expect(try await count("user=2", by: scene.user("1")) == 0)
            #expect(try await count("", by: operators) == 2)
            #expect(try await count("user=2", by: operators) == 1)
            #expect(try await count("user=1", by: operators) == 1)
            #expect(try await count("channel=email", by: operators) == 1)
            #expect(try await count("case_id=123", by: operators) == 2)
            #expect(try await count("case_id=9", by: operators) == 0)
            #expect(try await count("reminder_id=\(reminder)", by: operators) == 2)
            #expect(try await count("reminder_id=\(reminder)&user=1&channel=email", by: operators) == 1)
            // Later than anything was asked for: only what is held is found however old it is.
            #expect(try await count("from=2100-01-01T00:00:00Z", by: operators) == 1)
        }
    }

    @Test func `what is under way is looked for three days back, what is held however old it is`() async throws {
        try await APIScene.play { scene in
            let day = Duration.seconds(86_400)
            let reminder = try await scene.remind(["1"])
            func deliver(_ state: String, age: Duration) async throws -> String {
                try await scene.deliver(
                    try await scene.occur(reminder), to: "1", "email", state,
                    release: state == "held" ? "now() + interval '1 hour'" : "NULL", age: age)
            }
            let new = try await deliver("requested", age: day * 3 - .seconds(60))
            let old = try await deliver("requested", age: day * 3 + .seconds(60))
            let held = try await deliver("held", age: day * 30)
            func ids(_ query: String) async throws -> [String] {
                let page = try await scene.user("1").get("/api/v1/deliveries/waiting\(query)")
                return (0..<page.count("/items")).compactMap { page["/items/\($0)/delivery_id"]?.text }
            }
            #expect(try await ids("") == [new, held])
            #expect(try await ids("?from=2020-01-01T00:00:00Z") == [new, old, held])
        }
    }

    @Test func `one delivery, with its attempts, its holds and the steps of its decision`() async throws {
        try await APIScene.play { scene in
            let occurrence = try await scene.occur(try await scene.remind(["1"], by: "9"))
            let id = try await scene.deliver(
                occurrence, to: "1", "email", "held", reason: "quiet_hours", attempts: 0,
                release: "now() + interval '1 hour'", decision: Self.steps)
            try await scene.log(occurrence, "1", "email", "held", "held", attempt: 0, details: Self.steps)

            let held = try await scene.user("1").get("/api/v1/deliveries/\(id)")
            #expect(held["/state"] == "held" && held["/reason"] == "quiet_hours" && held["/finished_at"] == .null)
            #expect(held["/steps/0/rule"] == "quiet_hours")
            #expect(held["/steps/0/consequence"] == "held until 07:00")
            #expect(held["/holds/0/steps/0/value"] == "quiet now")
            #expect(held.count("/attempts") == 0)

            try await scene.run(
                "UPDATE deliveries SET state = 'rejected', attempts = 1, reply = '550 No', finished_at = now(), release_at = NULL"
            )
            let ended = try await scene.user("1").get("/api/v1/deliveries/\(id)")
            #expect(ended["/state"] == "rejected" && ended["/attempts/0/reply"] == "550 No")
            #expect(ended["/attempts/0/outcome"] == "rejected")
            #expect(ended.tag != held.tag)
            let tag = try #require(ended.tag)
            let again = try await scene.user("1").get("/api/v1/deliveries/\(id)", [.ifNoneMatch: tag])
            #expect(again.status == 304)
        }
    }

    @Test func `another's delivery, and none, are not found`() async throws {
        try await APIScene.play { scene in
            let id = try await scene.deliver(try await scene.occur(try await scene.remind(["1"], by: "9")), to: "1")
            for (client, status) in [
                (scene.user("1"), 200), (scene.user("9"), 200), (scene.user("5"), 404),
                (scene.user("5", .service), 200),
            ] {
                #expect(try await client.get("/api/v1/deliveries/\(id)").status == status)
            }
            for id in ["00000000-0000-7000-8000-000000000000", "17", "waiting2"] {
                let missing = try await scene.user("5", .admin).get("/api/v1/deliveries/\(id)")
                #expect(missing.status == 404 && missing["/detail"] == "Delivery not found")
            }
        }
    }

    @Test func `statistics count by time, channel and outcome, for operators`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            for (number, seconds) in [1, 2, 3, 100].enumerated() {
                let due = "timestamptz '2026-03-01T10:00:00Z' + interval '\(number) minutes'"
                let occurrence = try await scene.occur(reminder, due: due)
                try await scene.deliver(occurrence, to: "1", recorded: "\(due) + interval '\(seconds) seconds'")
            }
            let late = try await scene.occur(reminder, due: "timestamptz '2026-03-01T11:30:00Z'")
            try await scene.deliver(late, to: "1", "frontend", "dead", recorded: "timestamptz '2026-03-01T11:30:01Z'")
            let range = "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z"
            let operators = scene.user("9", .admin)

            let hours = try await operators.get("/api/v1/statistics/deliveries?\(range)")
            #expect(hours.count("/items") == 2)
            #expect(hours["/items/0/at"] == "2026-03-01T10:00:00Z")
            #expect(hours["/items/0/channel"] == "email" && hours["/items/0/outcome"] == "sent")
            #expect(hours["/items/0/deliveries"] == 4)
            for (field, exact) in [("median_seconds", 2.0), ("p99_seconds", 100)] {
                let seconds = try #require(
                    hours["/items/0/\(field)"].flatMap {
                        if case .number(let digits) = $0 { Double(digits) } else { nil }
                    })
                #expect(seconds >= exact && seconds < exact * 1.092, "\(field): \(seconds)")
            }
            #expect(hours["/items/1/outcome"] == "dead")
            #expect(
                try await operators.get("/api/v1/statistics/deliveries?\(range)&bucket=minute").count("/items") == 5)
            #expect(try await operators.get("/api/v1/statistics/deliveries?\(range)&bucket=day").count("/items") == 2)
            #expect(try await operators.get("/api/v1/statistics/deliveries").count("/items") == 0)

            #expect(try await scene.user("1").get("/api/v1/statistics/deliveries").status == 403)
            #expect(try await scene.user("1", .service).get("/api/v1/statistics/deliveries").status == 403)
            let year = try await operators.get(
                "/api/v1/statistics/deliveries?bucket=minute&from=2026-01-01T00:00:00Z&to=2026-03-02T00:00:00Z")
            #expect(year.status == 422 && year.pointers == ["query/from"])
        }
    }
}
