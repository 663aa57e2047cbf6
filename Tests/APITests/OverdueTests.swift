import RemindersContracts
import RemindersDomain
import RemindersExplaining
import RemindersStore
import Testing

/// What is due and was not taken up is seen by everybody who asks, not only by whoever watches the processes.
@Suite struct OverdueTests {
    private func reminder(_ scene: APIScene, for users: [String] = ["1"], due: String) async throws -> Int64 {
        let id = try await scene.remind(users)
        try await scene.run(
            "UPDATE sag_reminder_times SET next_check_at = now() - interval '\(due)' WHERE reminder_id = \(id)")
        return id
    }

    private func explain(_ scene: APIScene, _ reminder: Int64) async throws -> APIAnswer {
        try await scene.user("1").get("/api/v1/sag/reminders/\(reminder)/explain")
    }

    @Test func `a reminder no scheduler has taken up is overdue, and not “not due yet”`() async throws {
        try await APIScene.play { scene in
            let id = try await reminder(scene, due: "5 minutes")
            let answer = try await explain(scene, id)
            let summary = answer["/summary"]?.text ?? ""
            #expect(summary.hasPrefix("It was due ") && summary.contains("is overdue for 5 min"), "\(answer)")
            #expect(summary.contains("no scheduler has taken it up"), "\(answer)")
            #expect(answer["/next/overdue_seconds"]?.integer.map { (300...310).contains($0) } == true, "\(answer)")
            #expect(answer["/next/overdue_reason"] == "not_claimed")
            #expect(answer["/reminder/words"]?.text?.contains("overdue for 5 min") == true)

            let stored = try #require(try await scene.store.reminderEvenIfDeleted(id))
            let text = try await Explainer(
                store: scene.store, settings: .init(switches: .init(channels: .email, limit: nil), isDryRun: false)
            ).explain(stored, for: .user("1"), to: .operators).text
            #expect(text.contains("; overdue for 5 min"), "\(text)")
        }
    }

    @Test(arguments: [
        ("NULL", "not_published", "no scheduler has published it"),
        ("now()", "not_decided", "no rate-limiter has decided about it"),
    ])
    func `an occurrence that stands still says what it waits for`(published: String, reason: String, words: String)
        async throws
    {
        try await APIScene.play { scene in
            let id = try await scene.remind(["1"])
            let occurrence = try await scene.occur(id, due: "now() - interval '2 hours'", decided: false)
            try await scene.run("UPDATE sag_reminder_queue SET published_at = \(published) WHERE id = \(occurrence)")
            let answer = try await explain(scene, id)
            #expect(
                answer["/summary"]?.text?.hasPrefix("Not told yet: overdue for 2 h: \(words); then ") == true,
                "\(answer)")
            #expect(answer["/occurrences/0/overdue_reason"] == .string(reason))
            #expect(answer["/occurrences/0/overdue_seconds"]?.integer.map { (7_200...7_210).contains($0) } == true)
            let waiting = try await scene.user("1").get("/api/v1/deliveries/waiting")
            #expect(waiting.count("/items") == 1)
            #expect(waiting["/items/0/state"] == "overdue" && waiting["/items/0/reason"] == .string(reason))
            #expect(waiting["/items/0/occurrence_id"]?.integer == occurrence)
        }
    }

    @Test(arguments: ["NULL", "now()"])
    func `what wakes one person from a snooze is overdue for nobody else`(published: String) async throws {
        try await APIScene.play { scene in
            let id = try await scene.remind(["1", "2"])
            let occurrence = try await scene.occur(id, due: "now() - interval '2 hours'", decided: false)
            try await scene.run(
                "UPDATE sag_reminder_queue SET only_recipient = '2', published_at = \(published) WHERE id = \(occurrence)"
            )
            for (asker, count) in [(scene.user("9", .admin), 1), (scene.user("2"), 1), (scene.user("1"), 0)] {
                let waiting = try await asker.get("/api/v1/deliveries/waiting")
                #expect(waiting.count("/items") == count, "\(waiting)")
                #expect(count == 0 || waiting["/items/0/user_id"] == "2")
            }
            #expect(try await scene.texts("SELECT only_recipient FROM v_pending_reminder_queue") == ["2"])
        }
    }

    @Test func `what is not overdue is not said to be`() async throws {
        try await APIScene.play { scene in
            let id = try await scene.remind(["1"])
            let occurrence = try await scene.occur(id)
            try await scene.deliver(occurrence, to: "1")
            let answer = try await explain(scene, id)
            #expect(answer["/next/overdue_seconds"] == .null && answer["/next/overdue_reason"] == .null)
            #expect(answer["/occurrences/0/overdue_seconds"] == .null)
            #expect(try await scene.user("1").get("/api/v1/deliveries/waiting").count("/items") == 0)
        }
    }

    @Test func `the list of what waits begins with it, each person's own, page by page`() async throws {
        try await APIScene.play { scene in
            let old = try await reminder(scene, for: ["1", "2"], due: "2 hours")
            let late = try await reminder(scene, for: ["2"], due: "1 hour")
            let other = try await scene.remind(["1"])
            let undecided = try await scene.occur(other, due: "now() - interval '90 minutes'", decided: false)
            let held = try await scene.occur(other)
            try await scene.deliver(held, to: "1", "email", "held", release: "now() + interval '1 hour'")
            let expected = [
                "overdue \(old) 1", "overdue \(old) 2", "overdue \(other) 1", "overdue \(late) 2", "held \(other) 1",
            ]
            for limit in 1...6 {
                var found: [String] = []
                var path = "/api/v1/deliveries/waiting?limit=\(limit)"
                for _ in 0..<6 {
                    let page = try await scene.user("9", .admin).get(path)
                    for index in 0..<page.count("/items") {
                        let item = "/items/\(index)"
                        found.append(
                            "\(page["\(item)/state"]?.text ?? "") \(page["\(item)/reminder_id"]?.integer ?? 0) \(page["\(item)/user_id"]?.text ?? "")"
                        )
                    }
                    guard let cursor = page["/next_cursor"]?.text else { break }
                    path = "/api/v1/deliveries/waiting?limit=\(limit)&cursor=\(cursor)"
                }
                #expect(found == expected, "\(limit) a page")
            }
            let mine = try await scene.user("1").get("/api/v1/deliveries/waiting")
            #expect(mine.count("/items") == 3)
            #expect(mine["/items/0/occurrence_id"] == .null && mine["/items/0/channel"] == .null)
            #expect(mine["/items/0/overdue_seconds"]?.integer.map { $0 >= 7_200 } == true)
            #expect(mine["/items/1/occurrence_id"]?.integer == undecided)
            #expect(mine["/items/2/overdue_seconds"] == .null)
            let operators = scene.user("9", .admin)
            #expect(
                try await operators.get("/api/v1/deliveries/waiting?reminder_id=\(late)").count("/items") == 1)
            #expect(try await operators.get("/api/v1/deliveries/waiting?channel=email").count("/items") == 1)
        }
    }
}
