import RemindersContracts
import RemindersDomain
import Testing

/// `GET /deliveries`: final records, newest first.
@Suite struct DeliveryLogTests {
    @Test func `a record has all there is to say, with every attempt`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let occurrence = try await scene.occur(reminder)
            let delivery = try await scene.deliver(
                occurrence, to: "1", "email", "requested", reply: "250 2.0.0 Ok: queued as 1", attempts: 2)
            try await scene.log(occurrence, "1", "email", "attempt", "deferred", attempt: 1, reply: "451 4.3.0 Later")
            try await scene.run("UPDATE deliveries SET state = 'sent', finished_at = clock_timestamp()")
            try await scene.log(occurrence, "1", "email", "delivery", "sent", attempt: 2)

            let found = try await scene.user("1").get("/api/v1/deliveries")
            #expect(found.status == 200)
            #expect(found.count("/items") == 1)
            #expect(found["/items/0/delivery_id"]?.text == delivery)
            #expect(found["/items/0/reminder_id"]?.integer == reminder)
            #expect(found["/items/0/occurrence_id"]?.integer == occurrence)
            #expect(found["/items/0/entity_type"] == "case")
            #expect(found["/items/0/case_id"] == "123")
            #expect(found["/items/0/title"] == "Call back")
            #expect(found["/items/0/user_id"] == "1")
            #expect(found["/items/0/channel"] == "email")
            #expect(found["/items/0/outcome"] == "sent")
            #expect(found["/items/0/reason"] == .null)
            #expect(found["/items/0/reply"] == "250 2.0.0 Ok: queued as 1")
            #expect(found["/items/0/attempts/0/attempt"] == 1)
            #expect(found["/items/0/attempts/0/outcome"] == "deferred")
            #expect(found["/items/0/attempts/0/reply"] == "451 4.3.0 Later")
            #expect(found["/items/0/attempts/1/attempt"] == 2)
            #expect(found["/items/0/attempts/1/outcome"] == "sent")
            #expect(found.count("/items/0/attempts") == 2)
            #expect(found["/next_cursor"] == .null)
        }
    }

    @Test func `a person sees their own, services and operators see all`() async throws {
        try await APIScene.play { scene in
            let occurrence = try await scene.occur(try await scene.remind(["1", "2"]))
            try await scene.deliver(occurrence, to: "1")
            try await scene.deliver(occurrence, to: "2")
            #expect(try await scene.user("1").get("/api/v1/deliveries").count("/items") == 1)
            #expect(try await scene.user("1").get("/api/v1/deliveries?user=1").count("/items") == 1)
            // Nobody learns here what others were told, or whether they exist.
            let others = try await scene.user("1").get("/api/v1/deliveries?user=2")
            #expect(others.status == 200 && others.count("/items") == 0)
            #expect(try await scene.user("9", .service).get("/api/v1/deliveries").count("/items") == 2)
            let one = try await scene.user("9", .admin).get("/api/v1/deliveries?user=2")
            #expect(one.count("/items") == 1 && one["/items/0/user_id"] == "2")
            #expect(try await scene.nobody.get("/api/v1/deliveries").status == 401)
        }
    }

    @Test(arguments: [
        ("reminder_id={first}", 6), ("case_id=123", 12), ("case_id=123&entity_type=case", 12),
        ("case_id=123&entity_type=bug", 0), ("case_id=124", 0), ("user=2", 6), ("channel=frontend", 4),
        ("outcome=dead", 4), ("outcome=unknown", 0), ("outcome=dead&channel=email", 4), ("user=1&outcome=sent", 4),
        ("user=1&channel=email", 4), ("user=1&channel=email&outcome=dead", 2), ("reminder_id={first}&user=2", 3),
        ("reminder_id={first}&outcome=dead", 2), ("case_id=123&channel=frontend", 4),
        ("case_id=123&reminder_id={first}&user=1&channel=email&outcome=sent", 1), ("reminder_id=4711", 0),
        ("from=2031-01-01T00:00:00Z", 0), ("to=2031-01-01T00:00:00Z", 12), ("from=2020-01-01T00:00:00Z", 12),
        ("to=2020-01-01T00:00:00Z", 0),
    ])
    func `each filter, alone and with others`(query: String, count: Int) async throws {
        try await APIScene.play { scene in
            let first = try await scene.remind(["1", "2"])
            for reminder in [first, try await scene.remind(["1", "2"])] {
                for (state, channel) in [("sent", "email"), ("sent", "frontend"), ("dead", "email")] {
                    let occurrence = try await scene.occur(reminder, due: "clock_timestamp()")
                    try await scene.deliver(occurrence, to: "1", channel, state)
                    try await scene.deliver(occurrence, to: "2", channel, state)
                }
            }
            let query = query.replacing("{first}", with: "\(first)")
            let found = try await scene.user("9", .admin).get("/api/v1/deliveries?\(query)")
            #expect(found.count("/items") == count, "\(query): \(found)")
        }
    }

    @Test(arguments: ["", "&user=1", "&case_id=123", "&outcome=sent", "&user=1&outcome=sent"])
    func `pages follow each other without gaps and repetitions, also within one moment`(filter: String) async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            var made: [String] = []
            for number in 0..<11 {
                let occurrence = try await scene.occur(reminder, due: "now() - interval '\(number) seconds'")
                // Some are recorded at one moment.
                made.append(
                    try await scene.deliver(
                        occurrence, to: "1", recorded: "timestamptz '2026-03-01' + interval '\(number / 4) hours'"))
            }
            var found: [String] = []
            var path = "/api/v1/deliveries?limit=3\(filter)"
            for _ in 0..<5 {
                let page = try await scene.user("9", .admin).get(path)
                #expect(page.count("/items") <= 3)
                for index in 0..<page.count("/items") {
                    found.append(page["/items/\(index)/delivery_id"]?.text ?? "")
                }
                guard let cursor = page["/next_cursor"]?.text else { break }
                #expect(page.headers[.link]?.contains("rel=\"next\"") == true)
                path = "/api/v1/deliveries?limit=3\(filter)&cursor=\(cursor)"
            }
            #expect(found == made.reversed())
        }
    }

    @Test func `from is part of the range, to is not`() async throws {
        try await APIScene.play { scene in
            let occurrence = try await scene.occur(try await scene.remind(["1"]))
            try await scene.deliver(occurrence, to: "1", recorded: "timestamptz '2026-03-01T12:00:00Z'")
            let client = scene.user("1")
            #expect(try await client.get("/api/v1/deliveries?from=2026-03-01T12:00:00Z").count("/items") == 1)
            #expect(try await client.get("/api/v1/deliveries?to=2026-03-01T12:00:00Z").count("/items") == 0)
            #expect(try await client.get("/api/v1/deliveries?to=2026-03-01T12:00:00.000001Z").count("/items") == 1)
        }
    }

    @Test(arguments: [
        ("channel=fax", "query/channel"), ("outcome=held", "query/outcome"), ("from=yesterday", "query/from"),
        ("reminder_id=0", "query/reminder_id"), ("entity_type=case", "query/entity_type"),
        ("entity_type=house&case_id=1", "query/entity_type"), ("user=mailto:nobody", "query/user"),
        ("cursor=abc", "query/cursor"), ("limit=101", "query/limit"),
    ])
    func `what cannot be is refused by name`(query: String, pointer: String) async throws {
        try await APIScene.play { scene in
            let refused = try await scene.user("1").get("/api/v1/deliveries?\(query)")
            #expect(refused.status == 422)
            #expect(refused.pointers == [pointer])
        }
    }
}
