import RemindersContracts
import RemindersDomain
import RemindersPostgres
import Testing

/// `POST /deliveries/{delivery_id}/retry` and `/deliveries/retry`: operators ask again for what ended.
@Suite struct DeliveryRetryTests {
    @Test func `what ended badly is asked for again, once`() async throws {
        try await APIScene.play { scene in
            let (id, operators) = (try await ended(scene, "dead"), scene.user("9", .admin))
            let again = try await operators.post("/api/v1/deliveries/\(id)/retry")
            #expect(again.status == 200, "\(again)")
            #expect(again["/delivery_id"]?.text == id && again["/generation"] == 1)
            #expect(again["/state"] == "held" && again["/reason"] == "asked_for_again")
            #expect(try await operators.post("/api/v1/deliveries/\(id)/retry").status == 409)
            // The record before stays, and the waiting list shows what is asked for.
            let record = try await operators.get("/api/v1/deliveries")
            #expect(record["/items/0/delivery_id"]?.text == id && record["/items/0/generation"] == 0)
            let waiting = try await operators.get("/api/v1/deliveries/waiting")
            #expect(waiting["/items/0/delivery_id"]?.text == id && waiting["/items/0/generation"] == 1)
            let reminder = try #require(again["/reminder_id"]?.integer)
            let story = try await scene.user("1").get("/api/v1/sag/reminders/\(reminder)/explain")
            #expect(
                story.text.contains("asked for again") && story.text.contains("after it had ended dead"), "\(story)")
        }
    }

    @Test(arguments: ["sent", "withdrawn", "dropped", "dry_run", "requested", "held"])
    func `everything else is refused, and says why`(state: String) async throws {
        try await APIScene.play { scene in
            let id = try await ended(scene, state)
            let refused = try await scene.user("9", .admin).post("/api/v1/deliveries/\(id)/retry")
            #expect(refused.status == 409 && refused["/detail"]?.text?.contains("it is \(state)") == true, "\(refused)")
        }
    }

    @Test func `only operators may, and only what is there`() async throws {
        try await APIScene.play { scene in
            let id = try await ended(scene, "dead")
            #expect(try await scene.user("1").post("/api/v1/deliveries/\(id)/retry").status == 403)
            let many = #"{"outcomes":["dead"],"since":"2020-01-01T00:00:00Z"}"#
            #expect(try await scene.user("1").post("/api/v1/deliveries/retry", many).status == 403)
            let operators = scene.user("9", .admin)
            for unknown in ["018f2b6e-0c1d-7a3b-9e52-000000000000", "x", "1"] {
                #expect(try await operators.post("/api/v1/deliveries/\(unknown)/retry").status == 404)
            }
        }
    }

    @Test func `all that ended so since then are asked for, in batches`() async throws {
        try await APIScene.play { scene in
            for state in ["dead", "dead", "dead", "unknown", "rejected", "sent"] { _ = try await ended(scene, state) }
            let operators = scene.user("9", .admin)
            func retry(_ more: String) async throws -> String {
                let answer = try await operators.post(
                    "/api/v1/deliveries/retry", #"{"since":"2020-01-01T00:00:00Z"\#(more)}"#)
                return "\(answer["/found"] ?? .null) \(answer["/asked_again"] ?? .null) \(answer["/more"] ?? .null)"
            }
            let dead = #","outcomes":["dead"]"#
            let counted = try await retry(dead + #","dry_run":true"#)
            #expect(try await retry(dead + #","dry_run":true"#) == counted)
            #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE generation = 1") == 0)
            _ = try await retry(dead + #","limit":2"#)
            #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE generation = 1") == 2)
            _ = try await retry(dead)
            #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE generation = 1") == 3)
            _ = try await retry(#","outcomes":["unknown","rejected"],"channel":"mattermost""#)
            #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE generation = 1") == 3)
            _ = try await retry(#","outcomes":["unknown","rejected"],"channel":"email""#)
            #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE generation = 1") == 5)
        }
    }

    /// Of occurrence, recipient and channel, others have a newer generation that must not count for what has none.
    @Test func `only what ended last is asked for again, each delivery by itself`() async throws {
        try await APIScene.play { scene in
            let (reminder, operators) = (try await scene.remind(["1", "2", "3"]), scene.user("9", .admin))
            let (first, second) = (try await scene.occur(reminder), try await scene.occur(reminder, due: "now()"))
            for (occurrence, user, channel, generation, state) in [
                (first, "1", "email", Int64(0), "dead"), (first, "1", "email", 1, "dead"),
                (first, "2", "email", 0, "dead"), (first, "2", "email", 1, "held"), (first, "3", "email", 0, "dead"),
                (first, "1", "mattermost", 0, "dead"), (second, "1", "email", 0, "dead"),
            ] {
                try await scene.deliver(
                    occurrence, to: user, channel, state, release: state == "held" ? "'infinity'" : "NULL",
                    generation: generation)
            }
            // Deliveries have their id through all generations.
            try await scene.run(
                """
                UPDATE deliveries d SET id = (SELECT id FROM deliveries first WHERE generation = 0
                    AND (occurrence_id, recipient, channel) = (d.occurrence_id, d.recipient, d.channel))
                """)
            let body = #"{"outcomes":["dead"],"since":"2020-01-01T00:00:00Z"}"#
            let answer = try await operators.post("/api/v1/deliveries/retry", body)
            #expect(answer["/found"] == 4 && answer["/asked_again"] == 4, "\(answer)")
            #expect(
                try await scene.texts(
                    """
                    SELECT concat_ws(' ', occurrence_id - \(first), recipient, channel, max(generation)) FROM deliveries
                    GROUP BY occurrence_id, recipient, channel ORDER BY 1
                    """) == ["0 1 email 2", "0 1 mattermost 1", "0 2 email 1", "0 3 email 1", "1 1 email 1"])
        }
    }

    @Test func `what is of an occurrence that is no longer there is not asked for again`() async throws {
        try await APIScene.play { scene in
            let (id, operators) = (try await ended(scene, "dead"), scene.user("9", .admin))
            try await scene.run("DELETE FROM sag_reminder_queue")
            let body = #"{"outcomes":["dead"],"since":"2020-01-01T00:00:00Z"}"#
            let answer = try await operators.post("/api/v1/deliveries/retry", body)
            #expect(answer["/found"] == 0 && answer["/asked_again"] == 0, "\(answer)")
            #expect(try await operators.post("/api/v1/deliveries/\(id)/retry").status == 409)
            #expect(try await scene.number("SELECT count(*) FROM deliveries") == 1)
        }
    }

    @Test(arguments: [
        (#"{"since":"2020-01-01T00:00:00Z"}"#, "/outcomes"), (#"{"outcomes":["dead"]}"#, "/since"),
        (#"{"outcomes":[],"since":"2020-01-01T00:00:00Z"}"#, "/outcomes"),
        (#"{"outcomes":["sent"],"since":"2020-01-01T00:00:00Z"}"#, "/outcomes/0"),
        (#"{"outcomes":["dead"],"since":"yesterday"}"#, "/since"),
        (#"{"outcomes":["dead"],"since":"2020-01-01T00:00:00Z","channel":"fax"}"#, "/channel"),
        (#"{"outcomes":["dead"],"since":"2020-01-01T00:00:00Z","limit":0}"#, "/limit"),
    ])
    func `what is wrong is named`(body: String, pointer: String) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("9", .admin).post("/api/v1/deliveries/retry", body)
            #expect(answer.status == 422 && answer.text.contains(pointer), "\(answer)")
        }
    }

    private func ended(_ scene: APIScene, _ state: String) async throws -> String {
        try await scene.run("INSERT INTO users (id) VALUES ('1') ON CONFLICT DO NOTHING")
        let reminder = try await scene.remind(["1"], by: "1")
        return try await scene.deliver(try await scene.occur(reminder), to: "1", "email", state)
    }
}
