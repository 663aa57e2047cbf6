import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

/// `POST /api/v1/sag/reminders/{id}/dismiss` and `…/acknowledge`, and who may.
@Suite struct InteractionTests {
    @Test func `a dismissed reminder is over for that person, and for nobody else`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1", "2"])
            let path = "/api/v1/sag/reminders/\(reminder)"
            for user in ["1", "2"] { try await scene.popUp(reminder, for: user) }
            _ = try await scene.user("1").post("\(path)/snooze", #"{"minutes":15}"#)
            let answer = try await scene.user("1").post("\(path)/dismiss")

            #expect(answer.status == 200, "\(answer)")
            #expect(answer["/dismissed_at"] != .null && answer["/next_at"] == .null)
            #expect(answer["/snoozed_until"] == .null)
            #expect(try await scene.wakeUps(reminder).isEmpty)
            #expect(try await scene.settlements(of: "2") == ["pending"])
            let other = try await scene.user("2").post("\(path)/acknowledge")
            #expect(other["/next_at"] == "2031-07-01T09:00:00Z", "\(other)")
        }
    }

    @Test func `dismissing again answers the same, and is logged once`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)/dismiss"
            let first = try await scene.user("1").post(path, "{}")
            // One that was on its way when the person dismissed it goes too.
            try await scene.popUp(reminder, for: "1")
            let second = try await scene.user("1").post(path, #"{"scope":"reminder"}"#)
            #expect(first.body == second.body)
            #expect(try await scene.logged(reminder) == ["1 dismiss {}"])
            #expect(try await scene.settlements(of: "1") == ["dismissed"])
        }
    }

    @Test func `dismissing an occurrence leaves the series`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)"
            try await scene.popUp(reminder, for: "1")
            let body = #"{"scope":"occurrence"}"#
            let answer = try await scene.user("1").post("\(path)/dismiss", body)
            #expect(answer["/dismissed_at"] == .null && answer["/next_at"] == "2031-07-01T09:00:00Z", "\(answer)")
            #expect(try await scene.settlements(of: "1") == ["dismissed"])
            #expect(try await scene.user("1").post("\(path)/dismiss", body).body == answer.body)
            #expect(try await scene.logged(reminder) == [#"1 dismiss {"scope": "occurrence"}"#])
            // A snoozed occurrence is there as well: it would come back.
            _ = try await scene.user("1").post("\(path)/snooze", #"{"minutes":15}"#)
            _ = try await scene.user("1").post("\(path)/dismiss", body)
            #expect(try await scene.wakeUps(reminder).isEmpty)
            #expect(try await scene.logged(reminder).count == 3)
        }
    }

    @Test func `what was acknowledged is settled, and the series goes on`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)/acknowledge"
            try await scene.popUp(reminder, for: "1")
            let first = try await scene.user("1").post(path)
            #expect(first["/next_at"] == "2031-07-01T09:00:00Z" && first["/dismissed_at"] == .null, "\(first)")
            #expect(try await scene.settlements(of: "1") == ["acknowledged"])
            #expect(try await scene.user("1").post(path, "{}").body == first.body)
            #expect(try await scene.logged(reminder) == ["1 acknowledge {}"])
            // The next one is another to acknowledge.
            try await scene.popUp(reminder, for: "1")
            let second = try await scene.user("1").post(path)
            #expect(second["/acknowledged_at"] != first["/acknowledged_at"])
            #expect(try await scene.logged(reminder).count == 2)
            // Also where no pop-up told of it.
            try await scene.run("UPDATE sag_reminder_times SET last_fired_at = clock_timestamp()")
            #expect(try await scene.user("1").post(path)["/acknowledged_at"] != second["/acknowledged_at"])
            #expect(try await scene.logged(reminder).count == 3)
        }
    }

    @Test func `who has seen a reminder is not woken by it`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)"
            _ = try await scene.user("1").post("\(path)/snooze", #"{"minutes":15}"#)
            let answer = try await scene.user("1").post("\(path)/acknowledge")
            #expect(answer["/snoozed_until"] == .null && answer["/next_at"] == "2031-07-01T09:00:00Z", "\(answer)")
            #expect(try await scene.wakeUps(reminder).isEmpty)
        }
    }

    @Test func `three browsers that acknowledge at the same moment do it once`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)/acknowledge"
            _ = try await scene.user("1").post(path)
            try await scene.popUp(reminder, for: "1")
            // Held back until all three are there.
            let answers = try await withThrowingTaskGroup(of: APIAnswer.self) { group in
                try await scene.owner.transaction { transaction in
                    try await transaction.query(Query("SELECT FROM sag_reminder_responses FOR UPDATE"))
                    for _ in 0..<3 { group.addTask { try await scene.user("1").post(path) } }
                    try await eventually("three that wait") {
                        try await scene.number(
                            """
                            SELECT count(*) FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event_type = 'Lock'
                            """) == 3
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map(\.text)).count == 1, "\(answers)")
            #expect(try await scene.logged(reminder) == ["1 acknowledge {}", "1 acknowledge {}"])
        }
    }

    @Test func `what the person waits for is decided again`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1", "2"])
            for user in ["1", "2"] {
                try await scene.run(
                    """
                    INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at,
                        release_at)
                    VALUES (1, $1, 'email', gen_random_uuid(), $2, 'held', 'quiet_hours', now(), 'infinity')
                    """, [.text(user), .int8(reminder)])
            }
            _ = try await scene.user("1").post("/api/v1/sag/reminders/\(reminder)/dismiss")
            let released = try await scene.texts("SELECT recipient FROM deliveries WHERE release_at <= now()")
            #expect(released == ["1"])
        }
    }

    @Test func `a reminder that is not for them is not there`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"], by: "9")
            let deleted = try await scene.remind(["1"], by: "9")
            #expect(try await scene.user("9").delete("/api/v1/sag/reminders/\(deleted)").status == 204)
            for action in ["snooze", "dismiss", "acknowledge"] {
                let body = action == "snooze" ? #"{"minutes":15}"# : "{}"
                func answer(_ client: APIClient, _ id: String) async throws -> APIAnswer {
                    try await client.post("/api/v1/sag/reminders/\(id)/\(action)", body)
                }
                // A stranger, whoever created it, services and operators: for themselves there is nothing to do.
                for client in [scene.user("2"), scene.user("9"), scene.user("3", .service), scene.user("4", .admin)] {
                    let refused = try await answer(client, "\(reminder)")
                    #expect(refused.status == 404 && refused["/detail"] == "Reminder not found", "\(refused)")
                }
                for id in ["\(deleted)", "999999", "0", "x", "-1", "9223372036854775808"] {
                    #expect(try await answer(scene.user("1"), id).status == 404, "\(action) \(id)")
                }
                #expect(try await answer(scene.nobody, "\(reminder)").status == 401)
            }
            #expect(try await scene.number("SELECT count(*) FROM sag_reminder_responses") == 0)
        }
    }

    @Test func `nothing is next where nothing is sent`() async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let path = "/api/v1/sag/reminders/\(reminder)/snooze"
            let service = scene.user("crm", .service)
            func next() async throws -> String? {
                let answer = try await scene.user("1").post(path, #"{"minutes":60}"#)
                return answer["/next_at"]?.text
            }
            #expect(try await next() != nil)
            _ = try await service.put("/api/v1/cases/case/123", #"{"is_closed":true}"#)
            #expect(try await next() == nil)
            _ = try await service.put("/api/v1/cases/case/123", #"{"is_closed":false}"#)
            #expect(try await next() != nil)
            _ = try await scene.user("9").patch("/api/v1/sag/reminders/\(reminder)", #"{"is_active":false}"#)
            #expect(try await next() == nil)
        }
    }

    @Test(arguments: [
        ("dismiss", #"{"scope":"everything"}"#, 422, ["/scope"]), ("dismiss", #"{"scope":1}"#, 422, ["/scope"]),
        ("dismiss", #"{"minutes":1}"#, 400, ["/minutes"]), ("acknowledge", #"{"scope":"occurrence"}"#, 400, ["/scope"]),
        ("acknowledge", "[]", 422, [""]), ("dismiss", "\"x\"", 422, [""]),
    ])
    func `what is not understood is refused`(
        action: String, body: String, status: Int, pointers: [String]
    ) async throws {
        try await APIScene.play { scene in
            let reminder = try await scene.remind(["1"])
            let answer = try await scene.user("1").post("/api/v1/sag/reminders/\(reminder)/\(action)", body)
            #expect(answer.status == status && answer.pointers == pointers, "\(answer)")
            #expect(try await scene.logged(reminder).isEmpty)
        }
    }
}
