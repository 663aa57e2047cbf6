import RemindersDomain
import Testing

/// `DELETE …/snooze`, `…/dismiss`, `…/acknowledge`: what undo does.
@Suite struct TakingBackTests {
    @Test(arguments: ["snooze", "dismiss", "acknowledge"])
    func `what was done by mistake is taken back with its popups`(verb: String) async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1", "2"])
            let path = "/api/v1/sag/reminders/\(reminder)/\(verb)"
            for user in ["1", "2"] { try await scene.popUp(reminder, for: user) }
            let before = try await scene.user("1").get("/api/v1/reminders/pending/me")
            _ = try await scene.user("1").post(path, verb == "snooze" ? #"{"minutes":15}"# : "{}")
            _ = try await scene.user("2").post("/api/v1/sag/reminders/\(reminder)/dismiss")
            #expect(try await scene.settlements(of: "1") != ["pending"])

            let answer = try await scene.user("1").delete(path)
            #expect(answer.status == 200, "\(answer)")
            #expect(answer["/snoozed_until"] == .null && answer["/dismissed_at"] == .null)
            #expect(answer["/acknowledged_at"] == .null && answer["/next_at"] == "2031-07-01T09:00:00Z")
            #expect(try await scene.settlements(of: "1") == ["pending"])
            #expect(try await scene.user("1").get("/api/v1/reminders/pending/me").body == before.body)
            #expect(try await scene.wakeUps(reminder).isEmpty)
            #expect(try await scene.settlements(of: "2") == ["dismissed"])
            #expect(try await scene.logged(reminder).contains("1 \(verb) {\"taken_back\": true}"))
        }
    }

    @Test func `taking back again, or what was never done, changes nothing`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)"
            try await scene.popUp(reminder, for: "1")
            _ = try await scene.user("1").post("\(path)/dismiss")
            #expect(try await scene.user("1").delete("\(path)/snooze").status == 200)
            #expect(try await scene.settlements(of: "1") == ["dismissed"])
            let first = try await scene.user("1").delete("\(path)/dismiss")
            #expect(try await scene.user("1").delete("\(path)/dismiss").body == first.body)
            #expect(try await scene.logged(reminder).count == 2)
        }
    }

    @Test func `nobody takes back for another`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            _ = try await scene.user("1").post("/api/v1/sag/reminders/\(reminder)/dismiss")
            #expect(try await scene.user("2").delete("/api/v1/sag/reminders/\(reminder)/dismiss").status == 404)
        }
    }
}
