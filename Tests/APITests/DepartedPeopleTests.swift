import Hummingbird
import RemindersHTTPService
import Testing

/// Tokens of people who were deleted.
@Suite struct DepartedPeopleTests {
    private static let writes: [(HTTPRequest.Method, String, String)] = [
        (.post, "/api/v1/sag/1/reminders", #"{"title":"x","scheduled_at":"2030-01-01T00:00:00Z"}"#),
        (.patch, "/api/v1/sag/reminders/1", #"{"title":"y"}"#),
        (.delete, "/api/v1/sag/reminders/1", ""),
        (.post, "/api/v1/reminders", #"{"title":"x","due_at":"2030-01-01T00:00:00Z"}"#),
        (.delete, "/api/v1/reminders/rem_1", ""),
        (.post, "/api/v1/sag/reminders/1/snooze", #"{"minutes":5}"#),
        (.delete, "/api/v1/sag/reminders/1/snooze", ""),
        (.post, "/api/v1/sag/reminders/1/dismiss", "{}"),
        (.post, "/api/v1/sag/reminders/1/acknowledge", "{}"),
        (.patch, "/api/v1/users/me/notification-preferences", #"{"notify_email":false}"#),
        (.put, "/api/v1/users/2", "{}"),
        (.put, "/api/v1/cases/case/1", "{}"),
        (.post, "/api/v1/reminders/mark-as-sent", #"{"reminder_ids":["rem_1"]}"#),
        (.post, "/api/v1/deliveries/00000000-0000-0000-0000-000000000000/retry", ""),
        (.post, "/api/v1/dead-letters/1/retry", ""),
    ]

    @Test func `write nothing, whatever their scopes, and read on`() async throws {
        try await APIScene.play { scene in
            let operators = scene.user("ops", .service, .admin)
            let departed = scene.user("1", .service, .admin)
            _ = try await operators.put("/api/v1/users/1", "{}")
            _ = try await operators.put("/api/v1/users/3", "{}")
            #expect(try await departed.put("/api/v1/users/1", #"{"display_name":"Anna"}"#).status == 200)
            #expect(try await operators.delete("/api/v1/users/1").status == 204)
            for (method, path, body) in Self.writes {
                let answer = try await departed.send(method, path, [:], body.isEmpty ? nil : Array(body.utf8))
                #expect(answer.status == 403 && "\(answer)".contains("was deleted"), "\(method) \(path): \(answer)")
            }
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 0)
            #expect(try await scene.user("1").get("/api/v1/reminders/pending/me").status == 200)
            // Who is there, and who was never made known, writes as before; and so does who is made known again.
            for user in ["3", "never-heard-of"] {
                let made = try await scene.user(user).post(Self.writes[0].1, Self.writes[0].2)
                #expect(made.status == 201, "\(made)")
            }
            _ = try await operators.put("/api/v1/users/1", "{}")
            #expect(try await scene.user("1").post(Self.writes[0].1, Self.writes[0].2).status == 201)
        }
    }

    @Test func `and neither does who is being erased`() async throws {
        try await APIScene.play { scene in
            _ = try await scene.run(
                """
                WITH begun AS (INSERT INTO erasures (requested_by) VALUES ('ops') RETURNING id)
                INSERT INTO erased_names SELECT '7', 'erased:x', id FROM begun
                """)
            let answer = try await scene.user("7").post(Self.writes[0].1, Self.writes[0].2)
            #expect(answer.status == 403, "\(answer)")
        }
    }
}
