import Hummingbird
import RemindersContracts
import RemindersDomain
import Testing

/// Who may not read a case learns nothing of it from the API; 1 may, 2 may not.
@Suite struct CaseReadingTests {
    private static let secret = ["Merger", "negotiating", "2031-07-01T12:00", "crm.example.org", "case_closed"]

    private func know(_ scene: APIScene, _ readers: String = #","readers":[1,"MAILTO:x"]"#) async throws {
        let put = try await scene.user("crm", .service).put(
            "/api/v1/cases/case/123",
            #"{"title":"Merger","status":"negotiating","deadline":"2031-07-01T12:00:00Z","url":"https://crm.example.org/123"\#(readers)}"#
        )
        try #require(put.status == 201 || put.status == 200, "\(put)")
    }

    @Test func `services name readers, and see whom they named`() async throws {
        try await APIScene.play { scene in
            try await know(scene, #","readers":[1,"mailto:Bo@Example.org"]"#)
            let service = scene.user("crm", .service)
            let path = "/api/v1/cases/case/123"
            #expect(try await service.get(path)["/readers"] == .array(["1", "mailto:bo@example.org"]))
            #expect(try await scene.texts("SELECT readers::text FROM cases") == ["{1,mailto:bo@example.org}"])
            #expect(try await service.put(path, #"{"readers":[]}"#)["/readers"] == .array([]))
            #expect(try await service.put(path, "{}")["/readers"] == .null)
            #expect(try await service.put(path, #"{"readers":[true]}"#).pointers == ["/readers/0"])
            #expect(try await scene.user("1").get(path).status == 403)
        }
    }

    @Test func `who may not know the case sets reminders for times only`() async throws {
        try await APIScene.play { scene in
            try await know(scene)
            func create(_ user: String, _ trigger: String) async throws -> APIAnswer {
                try await scene.user(user).post("/api/v1/sag/123/reminders", #"{"title":"x",\#(trigger)}"#)
            }
            let byStatus = #""trigger_type":"status_change","trigger_config":{"target_status":"signed"}"#
            let byDeadline = #""trigger_type":"deadline_approaching","trigger_config":{"hours_before":2}"#
            for trigger in [byStatus, byDeadline] {
                #expect(try await create("1", trigger).status == 201)
                let refused = try await create("2", trigger)
                #expect(refused.status == 422 && refused.pointers == ["/trigger_type"], "\(refused)")
                #expect(
                    try await scene.user("crm", .service).post(
                        "/api/v1/sag/123/reminders", "{\"title\":\"x\",\(trigger)}"
                    ).status == 201)
            }
            let timed = try await create("2", #""scheduled_at":"2031-01-01T09:00:00Z""#)
            #expect(timed.status == 201)
            let changed = try await scene.user("2").patch("/api/v1/sag/reminders/\(timed.id)", "{\(byDeadline)}")
            #expect(changed.status == 422, "\(changed)")
        }
    }

    @Test func `what is told of a reminder has nothing of a case that its reader may not know`() async throws {
        try await APIScene.play { scene in
            try await know(scene)
            try await scene.know("1")
            try await scene.know("2")
            let made = try await scene.user("1").post(
                "/api/v1/sag/123/reminders",
                #"{"title":"x","recipient_user_ids":[1,2],"trigger_type":"deadline_approaching","trigger_config":{"hours_before":2}}"#
            )
            try #require(made.status == 201, "\(made)")
            let occurrence = try await scene.occur(made.id)
            var deliveries: [String: String] = [:]
            for user in ["1", "2"] {
                deliveries[user] = try await scene.deliver(
                    occurrence, to: user, "email", "withdrawn", reason: "case_closed", attempts: 0,
                    decision: #"[{"rule":"case_closed","value":"negotiating","consequence":"withdrawn"}]"#)
            }
            try await scene.run(
                "UPDATE sag_reminder_queue SET trigger_type = 'status_change', old_status = 'ny', new_status = 'negotiating'"
            )
            let reminder = "/api/v1/sag/reminders/\(made.id)"
            for (reader, mayKnow) in [("1", true), ("2", false)] {
                var text = ""
                for path in [
                    reminder, reminder + "/occurrences", reminder + "/explain", "/api/v1/sag/123/reminders",
                    "/api/v1/deliveries", "/api/v1/deliveries/\(deliveries[reader] ?? "")",
                    "/api/v1/deliveries/waiting",
                ] {
                    let answer = try await scene.user(reader).get(path)
                    #expect(answer.status == 200, "\(path) \(answer)")
                    text += "\(answer)"
                    // Two hours before the deadline.
                    #expect(
                        "\(answer)".contains("2031-07-01T10:00") == (mayKnow && !path.contains("deliver")),
                        "\(reader) \(path) \(answer)")
                }
                for word in Self.secret where !mayKnow { #expect(!text.contains(word), "\(word) in \(text)") }
                #expect(text.contains("case_closed") == mayKnow && text.contains("case_hidden") != mayKnow)
                #expect(text.contains("negotiating") == mayKnow)
            }
            let acknowledged = try await scene.user("2").post(reminder + "/acknowledge")
            #expect(acknowledged.status == 200 && acknowledged["/next_at"] == .null, "\(acknowledged)")
            #expect(try await scene.user("1").post(reminder + "/acknowledge").instant("/next_at") != nil)
            // Operators and services may know everything, and of a case that names nobody everybody may.
            #expect(try await scene.user("4", .admin).get(reminder).instant("/next_check_at") != nil)
            try await know(scene, "")
            #expect(try await scene.user("2").get(reminder).instant("/next_check_at") != nil)
        }
    }
}
