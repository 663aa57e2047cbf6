import RemindersContracts
import RemindersDomain
import RemindersExplaining
import RemindersPostgres
import RemindersStore
import Testing

/// `GET …/sag/reminders/{id}/explain`.
@Suite struct ExplainTests {
    private func explain(_ scene: APIScene, _ reminder: Int64, _ user: String = "1") async throws -> APIAnswer {
        let answer = try await scene.user(user).get("/api/v1/sag/reminders/\(reminder)/explain")
        try #require(answer.status == 200, "\(answer)")
        return answer
    }

    private func summary(_ scene: APIScene, _ reminder: Int64, _ user: String = "1") async throws -> String {
        try await explain(scene, reminder, user)["/summary"]?.text ?? ""
    }

    /// A known person with an address, who gets mail only.
    private func ada(_ scene: APIScene, quiet: String? = nil) async throws {
        try await scene.run(
            "INSERT INTO users (id, email, time_zone) VALUES ('1', 'ada@example.org', 'Europe/Copenhagen')")
        try await scene.run("INSERT INTO user_notification_preferences (user_id, notify_frontend) VALUES ('1', false)")
        guard let quiet else { return }
        try await scene.run(
            "UPDATE user_notification_preferences SET quiet_hours_enabled = true, quiet_hours_start = \(quiet)")
    }

    @Test func `before anything was due it says when that is and how it will go`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let reminder = try await scene.remind(["1"])
            let answer = try await explain(scene, reminder)
            #expect(
                answer["/summary"]
                    == "Not due yet: due Tue 2031-07-01 11:00 (Europe/Copenhagen); then it goes by email.", "\(answer)")
            #expect(answer["/reminder/state"] == "active" && answer.count("/occurrences") == 0)
            #expect(answer["/next/due_at"] == "2031-07-01T09:00:00Z")
            #expect(answer["/next/due_local"] == "2031-07-01T11:00:00")
            #expect(answer["/next/forecast/channels/0/channel"] == "email")
            #expect(answer["/next/forecast/channels/0/outcome"] == "sent")
            #expect(answer["/next/forecast/channels/0/at_local"] == "2031-07-01T11:00:00")
            #expect(answer["/next/forecast/decisions/0/steps/0/rule"] == "channels")
        }
    }

    @Test func `quiet hours at its time are foreseen`() async throws {
        try await APIScene.play { scene in
            try await ada(scene, quiet: "'10:30', quiet_hours_end = '12:15'")
            let answer = try await explain(scene, try await scene.remind(["1"]))
            #expect(
                answer["/summary"]
                    == "Not due yet: due Tue 2031-07-01 11:00 (Europe/Copenhagen); then held until Tue 2031-07-01 12:15 (Europe/Copenhagen), your quiet hours 10:30–12:15; then it goes by email.",
                "\(answer)")
            #expect(answer["/next/forecast/channels/0/at_local"] == "2031-07-01T12:15:00")
            #expect(answer.count("/next/forecast/decisions") == 2)
        }
    }

    @Test func `what is held says until when, why, and what comes then`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let reminder = try await scene.remind(["1"])
            let occurrence = try await scene.occur(reminder)
            try await scene.run(
                "UPDATE user_notification_preferences SET quiet_hours_enabled = true, quiet_hours_start = '22:00', quiet_hours_end = '07:00'"
            )
            let steps = #"[{"rule":"quiet_hours","value":"quiet now","consequence":"held"}]"#
            // Noon in a day is never quiet, so that it goes then whenever the test runs.
            let noon =
                "(date_trunc('day', now() AT TIME ZONE 'Europe/Copenhagen') + interval '36 hours') AT TIME ZONE 'Europe/Copenhagen'"
            try await scene.deliver(
                occurrence, to: "1", "email", "held", reason: "quiet_hours", attempts: 0, release: noon,
                decision: steps)
            try await scene.log(occurrence, "1", "email", "held", "held", attempt: 0, details: steps)

            let answer = try await explain(scene, reminder)
            #expect(
                answer["/summary"]?.text?.hasPrefix(
                    "Not told yet: held until tomorrow 12:00 (Europe/Copenhagen), your quiet hours 22:00–07:00; then it goes by email."
                ) == true, "\(answer)")
            #expect(answer["/occurrences/0/why"] == "its time had come")
            #expect(answer["/occurrences/0/deliveries/0/state"] == "held")
            #expect(answer["/occurrences/0/deliveries/0/steps/0/value"] == "quiet now")
            #expect(answer["/occurrences/0/deliveries/0/holds/0/reason"] == "quiet_hours")
            #expect(answer["/occurrences/0/forecast/channels/0/outcome"] == "sent")
            #expect(answer["/next/due_at"] == "2031-07-01T09:00:00Z")
        }
    }

    @Test func `a channel that waits for its operator is why nothing comes`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let reminder = try await scene.remind(["1"])
            let occurrence = try await scene.occur(reminder)
            try await scene.deliver(occurrence, to: "1", "email", "requested", attempts: 0)
            try await scene.run("INSERT INTO channel_pauses (channel, instance, reason) VALUES ('email', 77, '535 no')")
            // What a sender that is gone has shown counts for nothing.
            #expect(try await summary(scene, reminder).hasPrefix("On its way by email. "))
            try await scene.run("SELECT pg_advisory_lock(1380273484, 77)")
            let told = try await explain(scene, reminder)
            #expect(
                told["/summary"]?.text?.hasPrefix(
                    "On its way by email, which cannot be used until its operator has mended something; it is sent then."
                ) == true, "\(told)")
            #expect(told["/occurrences/0/deliveries/0/reason"] == .string(PausedChannel.reason))
            let waiting = try await scene.user("1").get("/api/v1/deliveries/waiting")
            #expect(waiting["/items/0/state"] == "requested", "\(waiting)")
            #expect(waiting["/items/0/reason"] == .string(PausedChannel.reason))
        }
    }

    @Test func `what happened is told with attempts and the server's words`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let reminder = try await scene.remind(["1"])
            let occurrence = try await scene.occur(reminder)
            try await scene.deliver(occurrence, to: "1", "email", "requested", reply: "250 Ok", attempts: 2)
            try await scene.log(occurrence, "1", "email", "attempt", "deferred", attempt: 1, reply: "451 Later")
            #expect(
                try await summary(scene, reminder).hasPrefix(
                    "Attempt 2 by email was put off: 250 Ok; it is tried again."))
            try await scene.run("UPDATE deliveries SET state = 'sent', finished_at = clock_timestamp()")
            try await scene.deliver(occurrence, to: "1", "mattermost", "rejected", reason: "no_address", attempts: 0)
            let answer = try await explain(scene, reminder)
            let told = try #require(answer["/summary"]?.text)
            #expect(told.hasPrefix("Told by email "), "\(told)")
            #expect(told.contains(": 250 Ok; not told in Mattermost: there is no address for it. Next: "), "\(told)")
            #expect(answer["/occurrences/0/deliveries/0/attempts/0/reply"] == "451 Later")
            #expect(answer["/occurrences/0/deliveries/0/attempts/1/outcome"] == "sent")
        }
    }

    @Test func `a snooze is told, and what wakes from it comes next`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let reminder = try await scene.remind(["1"])
            let occurrence = try await scene.occur(reminder)
            try await scene.deliver(occurrence, to: "1")
            let snoozed = try await scene.user("1").post(
                "/api/v1/sag/reminders/\(reminder)/snooze", #"{"minutes":525600}"#)
            try #require(snoozed.status == 200, "\(snoozed)")
            let answer = try await explain(scene, reminder)
            #expect(answer["/next/why"] == "the snooze ends")
            #expect(answer.instant("/next/due_at") == snoozed.instant("/snoozed_until"))
            #expect(answer["/next/forecast/channels/0/outcome"] == "sent", "\(answer)")
            #expect(answer["/reminder/words"]?.text?.contains("; snoozed until ") == true, "\(answer)")
        }
    }

    @Test func `dismissed, switched off, deleted: nothing more comes, and it says so`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let dismissed = try await scene.remind(["1"])
            _ = try await scene.user("1").post("/api/v1/sag/reminders/\(dismissed)/dismiss")
            #expect(try await summary(scene, dismissed).contains("nothing more comes of it for you."))

            let off = try await scene.remind(["1"])
            _ = try await scene.user("9").patch("/api/v1/sag/reminders/\(off)", #"{"is_active":false}"#)
            #expect(try await summary(scene, off) == "The reminder is switched off.")

            let deleted = try await scene.remind(["1"])
            _ = try await scene.user("9").delete("/api/v1/sag/reminders/\(deleted)")
            let answer = try await explain(scene, deleted)
            #expect(answer["/summary"]?.text?.hasPrefix("The reminder was deleted ") == true, "\(answer)")
            #expect(answer["/reminder/state"] == "deleted" && answer["/reminder/deleted_by"] == "9")
            #expect(answer["/next"] == .null)
        }
    }

    @Test func `one that waits for a change of status says so`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let made = try await scene.user("1").post(
                "/api/v1/sag/123/reminders",
                #"{"title":"Solved","trigger_type":"status_change","trigger_config":{"target_status":"done"}}"#)
            try #require(made.status == 201, "\(made)")
            #expect(
                try await summary(scene, made.id) == "Not due yet: it waits for the status of the case to change.")
        }
    }

    @Test func `skipped occurrences and undecided ones are told`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let reminder = try await scene.remind(["1"])
            _ = try await scene.occur(reminder, decided: false)
            try await scene.run(
                """
                INSERT INTO sag_reminder_logs (kind, outcome, reminder_id, reason, details, due_at)
                VALUES ('skipped', 'skipped', $1, 'catch_up', '{"count": 3}', now() - interval '3 days')
                """, [.int8(reminder)])
            let answer = try await explain(scene, reminder)
            #expect(answer["/skipped/0/count"] == 3)
            #expect(
                answer["/summary"]?.text?.hasPrefix(
                    "Not told yet: overdue for 1 min: no rate-limiter has decided about it; then it goes by email.")
                    == true, "\(answer)")
        }
    }

    @Test func `the limit and those who wait ahead count`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let reminder = try await scene.remind(["1"])
            let first = try await scene.occur(reminder)
            try await scene.run(
                """
                INSERT INTO permits (recipient, granted_at, occurrence_id, of_others)
                SELECT '1', now() - number * interval '1 minute', 1000 + number, true FROM generate_series(26, 30) number
                """)
            try await scene.deliver(
                first, to: "1", "email", "held", reason: "rate_limited_others", attempts: 0,
                release: "now() + interval '30 minutes'")
            _ = try await scene.occur(reminder, due: "now() - interval '1 second'", decided: false)
            let answer = try await explain(scene, reminder)
            // The one ahead takes the first slot, the new one the second, a minute later.
            let ahead = try #require(answer.instant("/occurrences/1/forecast/channels/0/at"))
            let behind = try #require(answer.instant("/occurrences/0/forecast/channels/0/at"))
            #expect(behind - ahead == .seconds(60), "\(answer)")
        }
    }

    @Test func `those who may ask: the recipient for themselves, creator, services and operators for anybody`()
        async throws
    {
        try await APIScene.play { scene in
            try await ada(scene)
            let reminder = try await scene.remind(["1", "2"], by: "9", #","recipient_emails":["Info@Example.org"]"#)
            let path = "/api/v1/sag/reminders/\(reminder)/explain"
            for (client, query, status) in [
                (scene.user("1"), "", 200), (scene.user("1"), "?user=1", 200), (scene.user("1"), "?user=2", 404),
                (scene.user("5"), "", 404), (scene.user("9"), "?user=2", 200), (scene.user("9"), "?user=77", 200),
                (scene.user("5", .service), "?user=1", 200),
                (scene.user("5", .admin), "?user=mailto:info@example.ORG", 200),
                (scene.user("9"), "?user=mailto:nobody", 422), (scene.user("9"), "?usr=2", 400),
            ] {
                let answer = try await client.get(path + query)
                #expect(answer.status == status, "\(query) \(answer)")
            }
            let theirs = try await scene.user("9").get("\(path)?user=mailto:INFO@example.org")
            #expect(theirs["/user_id"] == "mailto:info@example.org")
            #expect(theirs["/next/forecast/channels/0/channel"] == "email", "\(theirs)")
            let nobody = try await scene.user("9").get("\(path)?user=77")
            #expect(nobody["/summary"] == "The reminder is not addressed to 77." && nobody["/next"] == .null)
            #expect(try await scene.user("9", .admin).get("/api/v1/sag/reminders/4711/explain").status == 404)
        }
    }

    @Test func `an operator is told which reminders took the permits`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let id = try await scene.remind(["1"])
            let occurrence = try await scene.occur(id)
            try await scene.run("UPDATE sag_reminders SET created_by = '7' WHERE id = \(id)")
            try await scene.run(
                """
                INSERT INTO permits (recipient, granted_at, occurrence_id)
                VALUES ('1', now() - interval '10 minutes', \(occurrence)), ('1', now() - interval '20 minutes', 4711),
                    ('1', now() - interval '2 hours', 4712), ('2', now(), 4713)
                """)
            let explainer = Explainer(
                store: scene.store,
                settings: .init(switches: .init(channels: .all, limit: PermitWindow(limit: 5)), isDryRun: false))
            let clock = PersonClock(zoneName: "UTC", now: try await scene.now())
            let lines = try await explainer.permitLines(of: .user("1"), clock: clock)
            #expect(lines.count == 3 && lines[0] == "Permits of 1 in the window: 2 of 5", "\(lines)")
            #expect(
                lines[1].contains("  reminder \(id) “")
                    && lines[1].hasSuffix("(occurrence \(occurrence)), created by 7"))
            #expect(lines[2].contains("  a reminder that is gone (occurrence 4711)"))
        }
    }

    @Test func `the text for a terminal says the same`() async throws {
        try await APIScene.play { scene in
            try await ada(scene)
            let id = try await scene.remind(["1"])
            let occurrence = try await scene.occur(id)
            try await scene.deliver(occurrence, to: "1", reply: "250 Ok")
            let reminder = try #require(try await scene.store.reminderEvenIfDeleted(id))
            let explainer = Explainer(
                store: scene.store,
                settings: .init(
                    switches: .init(channels: .email, limit: PermitWindow(limit: 5)), isDryRun: true))
            let text = try await explainer.explain(reminder, for: .user("1"), to: .operators).text
            #expect(text.contains("email: told by email"), "\(text)")
            #expect(text.contains("it goes by email (a dry run: recorded, not sent)"), "\(text)")
            #expect(text.contains("attempt 1 sent: 250 Ok"), "\(text)")
            #expect(text.contains("Next: Tue 2031-07-01 11:00, when its time comes"), "\(text)")
            #expect(
                text.contains("rate_limit: 0 of 5 permits for what others cause used in the window: a permit is taken"),
                "\(text)")
        }
    }
}
