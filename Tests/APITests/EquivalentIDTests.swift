import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersTokens
import Testing

/// Two ids that Unicode calls equivalent, and Swift's `String` equal, are those of two people.
@Suite struct EquivalentIDTests {
    private static let one = "å"
    private static let other = "a\u{30A}"
    private static let encoded = (one: "%C3%A5", other: "a%CC%8A")

    @Test func `nobody reads, changes or deletes the reminders of the other`() async throws {
        try await APIScene.play { scene in
            let body = #"{"title":"secret","scheduled_at":"2031-07-01T09:00:00Z"}"#
            let made = try await scene.user(Self.one).post("/api/v1/sag/1/reminders", body)
            #expect(made.status == 201, "\(made)")
            let path = "/api/v1/sag/reminders/\(made.id)"
            let other = scene.user(Self.other)
            #expect(try await other.get(path).status == 404)
            #expect(try await other.get("\(path)/occurrences").status == 404)
            #expect(try await other.get("\(path)/explain").status == 404)
            #expect(try await other.patch(path, #"{"title":"mine"}"#).status == 404)
            #expect(try await other.delete(path).status == 404)
            #expect(try await other.delete("/api/v1/reminders/REM-\(made.id)").status == 404)
            #expect(try await other.get("/api/v1/reminders/REM-\(made.id)").status == 404)
            #expect(try await other.get("/api/v1/sag/1/reminders").count("/items") == 0)
            #expect(try await other.get("/api/v1/reminders").count("/items") == 0)
            #expect(try await other.get("/api/v1/reminders?user_id=\(Self.encoded.one)").status == 403)
            #expect(try await other.post("\(path)/snooze", #"{"minutes":5}"#).status == 404)
            #expect(try await other.post("\(path)/dismiss").status == 404)

            let own = scene.user(Self.one)
            #expect(try await own.get(path).status == 200)
            #expect(try await own.get("/api/v1/reminders?user_id=\(Self.encoded.one)").count("/items") == 1)
            #expect(try await own.get("\(path)/explain?user=\(Self.encoded.one)").status == 200)
            #expect(try await own.delete(path).status == 204)
        }
    }

    @Test func `both get a reminder that is for both, and each has preferences and pop-ups of their own`() async throws
    {
        try await APIScene.play { scene in
            let both =
                "{\"title\":\"x\",\"scheduled_at\":\"2031-07-01T09:00:00Z\",\"recipient_user_ids\":[\"\(Self.one)\",\"\(Self.other)\"]}"
            let made = try await scene.user("9").post("/api/v1/sag/1/reminders", both)
            #expect(made.status == 201 && made.count("/recipient_user_ids") == 2, "\(made)")
            #expect(try await scene.number("SELECT cardinality(recipients) FROM sag_reminders") == 2)

            let preferences = "/api/v1/users/me/notification-preferences"
            #expect(try await scene.user(Self.one).patch(preferences, #"{"notify_email":false}"#).status == 200)
            #expect(try await scene.user(Self.other).get(preferences)["/notify_email"] == true)

            try await scene.popUp(try await scene.remind([Self.one]), for: Self.one)
            #expect(try await scene.user(Self.one).get("/api/v1/reminders/pending/me").count("/items") == 1)
            #expect(try await scene.user(Self.other).get("/api/v1/reminders/pending/me").count("/items") == 0)

            // One of the two is taken off: that is a change.
            let path = "/api/v1/sag/reminders/\(made.id)"
            let one = "{\"recipient_user_ids\":[\"\(Self.other)\",\"\(Self.one)\"]}"
            #expect(try await scene.user("9").patch(path, one)["/recipient_user_ids/0"]?.text?.utf8.count == 3)
        }
    }

    @Test func `idempotency keys, cases and statuses are kept apart too`() async throws {
        try await APIScene.play { scene in
            let key: HTTPFields = [HeaderName("Idempotency-Key").unsafelyUnwrapped: "k"]
            let body = #"{"title":"x","scheduled_at":"2031-07-01T09:00:00Z"}"#
            let first = try await scene.user(Self.one).post("/api/v1/sag/1/reminders", body, key)
            let second = try await scene.user(Self.other).post("/api/v1/sag/1/reminders", body, key)
            #expect(first.status == 201 && second.status == 201 && first.id != second.id)

            let service = scene.user("s", .service)
            #expect(try await service.put("/api/v1/cases/case/\(Self.encoded.one)", #"{"title":"A"}"#).status == 201)
            #expect(try await service.put("/api/v1/cases/case/\(Self.encoded.other)", #"{"title":"B"}"#).status == 201)
            #expect(try await service.get("/api/v1/cases/case/\(Self.encoded.one)")["/title"] == "A")

            let status =
                "{\"title\":\"x\",\"trigger_type\":\"status_change\",\"trigger_config\":{\"target_status\":\"\(Self.one)\"}}"
            let waiting = try await scene.user("1").post("/api/v1/sag/1/reminders", status)
            #expect(waiting.status == 201, "\(waiting)")
            let patch = "{\"trigger_config\":{\"target_status\":\"\(Self.other)\"}}"
            #expect(try await scene.user("1").patch("/api/v1/sag/reminders/\(waiting.id)", patch).status == 200)
            let stored = try await scene.text(
                "SELECT trigger_config ->> 'target_status' FROM sag_reminders WHERE id = \(waiting.id)")
            #expect(stored?.utf8.count == 3)
        }
    }

    @Test func `a token of mailto is nobody's, and nobody is addressed so`() async throws {
        try await APIScene.play { scene in
            let body = #"{"title":"x","scheduled_at":"2031-07-01T09:00:00Z","recipient_emails":["anna@example.org"]}"#
            #expect(try await scene.user("9").post("/api/v1/sag/1/reminders", body).status == 201)
            for id in ["mailto:anna@example.org", "mailto:\u{301}x"] {
                let user = scene.user(id)
                #expect(try await user.get("/api/v1/deliveries").status == 401)
                #expect(try await user.get("/api/v1/sag/1/reminders").status == 401)
                let named = try await scene.user("9").post(
                    "/api/v1/sag/1/reminders",
                    "{\"title\":\"x\",\"scheduled_at\":\"2031-07-01T09:00:00Z\",\"recipient_user_ids\":[\"\(id)\"]}")
                #expect(named.status == 422 && named.detail(of: "/recipient_user_ids/0") != nil, "\(named)")
            }
        }
    }
}
