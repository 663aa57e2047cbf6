import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The "Testing Checklist" of the BMC Hub seed, box by box, against the running system.
    @Suite struct Checklist {
        @Test func everyBoxOfTheSeedsTestingChecklist() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(2)
                try await scene.startAll()
                try scene.start("frontend-push", try await frontendSettings())
                let api = try await scene.startAPI()

                try await database(scene)
                let reminder = try await endpoints(api)
                try await scheduler(scene, api)
                try await statusChange(scene, api)
                try await email(scene, api)
                try await frontend(scene, api)
                try await rateLimiting(scene, api)
                #expect(try await api.send("DELETE", "/api/v1/sag/reminders/\(reminder)").status == 204)
            }
        }

        /// Database: "Run migration", "Verify tables created", "Verify trigger exists".
        private func database(_ scene: Scene) async throws {
            try await scene.reminders("migrate")
            let files = try FileManager.default.contentsOfDirectory(
                atPath: Repository.root.appendingPathComponent("migrations").path)
            #expect(
                try await scene.number("SELECT count(*) FROM schema_migrations")
                    == files.count { $0.hasSuffix(".sql") }, "Run migration")
            #expect(
                try await scene.number("SELECT count(*) FROM (SELECT * FROM sag_reminders LIMIT 0) none") == 0,
                "Verify tables created")
            #expect(
                try await scene.texts(
                    """
                    SELECT DISTINCT trigger_name::text FROM information_schema.triggers
                    WHERE trigger_name LIKE 'sag%reminder%'
                    """
                ).contains("sag_status_change_reminder_trigger_exec"), "Verify trigger exists")
        }

        /// API: "Test create reminder endpoint", list, update, snooze, dismiss, user preferences.
        private func endpoints(_ api: APIClient) async throws -> Int {
            let created = try await api.send(
                "POST", "/api/v1/sag/123/reminders",
                """
                {"title": "Follow up needed", "message": "Check in with customer", "priority": "normal",
                 "trigger_type": "time_based", "trigger_config": {}, "scheduled_at": "2099-02-10T14:30:00",
                 "recipient_user_ids": [1], "recurrence_type": "once"}
                """)
            #expect(created.status == 201, "Test create reminder endpoint")
            let id = try #require(created.number("id"))
            let list = try await api.send("GET", "/api/v1/sag/123/reminders")
            #expect(list.number("items.0.id") == id, "Test list reminders endpoint")
            let changed = try await api.send("PATCH", "/api/v1/sag/reminders/\(id)", #"{"priority": "high"}"#)
            #expect(changed.text("priority") == "high", "Test update reminder endpoint")
            let snoozed = try await api.send("POST", "/api/v1/sag/reminders/\(id)/snooze", #"{"minutes": 15}"#)
            #expect(snoozed.text("snoozed_until") != nil, "Test snooze endpoint")
            let dismissed = try await api.send("POST", "/api/v1/sag/reminders/\(id)/dismiss")
            #expect(dismissed.text("dismissed_at") != nil, "Test dismiss endpoint")
            let preferences = try await api.send(
                "PATCH", "/api/v1/users/me/notification-preferences",
                """
                {"notify_mattermost": true, "notify_email": false, "notify_frontend": true, "quiet_hours_enabled": true,
                 "quiet_hours_start": "18:00", "quiet_hours_end": "08:00"}
                """)
            #expect(preferences.text("quiet_hours_start") == "18:00", "Test user preferences endpoints")
            _ = try await api.send(
                "PATCH", "/api/v1/users/me/notification-preferences", #"{"quiet_hours_enabled": false}"#)
            return id
        }

        /// Scheduler: "Enable REMINDERS_ENABLED=true", "Restart container", "Check logs", "Verify job runs": here it
        /// needs no interval, so what is due now goes now.
        private func scheduler(_ scene: Scene, _ api: APIClient) async throws {
            let again = try scene.start("scheduler", ["REMINDERS_ENABLED": "true"])
            let line = try await again.waitForLine(containing: "Reminder job scheduled")
            #expect(!line.isEmpty, "Check logs for \"Reminder job scheduled\" message")
            let id = try await create(api, #""title": "The job runs", "notify_mattermost": true"#)
            try await scene.wait(
                for: "EXISTS (SELECT FROM sag_reminder_queue WHERE reminder_id = \(id) AND published_at IS NOT NULL)")
        }

        /// "Create reminder with trigger_type: status_change", "Change case status", "Verify event inserted",
        /// "Wait for scheduler to process", "Verify log entry".
        private func statusChange(_ scene: Scene, _ api: APIClient) async throws {
            try await scene.run("INSERT INTO cases (entity_type, id, status) VALUES ('case', '124', 'ny')")
            let created = try await api.send(
                "POST", "/api/v1/sag/124/reminders",
                """
                {"title": "Case entered In Progress", "message": "Case #124 has moved to 'i_gang' status",
                 "priority": "high", "trigger_type": "status_change", "trigger_config": {"target_status": "i_gang"},
                 "recipient_user_ids": [1, 2], "notify_mattermost": true, "notify_email": true,
                 "recurrence_type": "once"}
                """)
            let id = try #require(created.number("id"), "Create reminder with trigger_type: status_change")
            try await scene.run("UPDATE cases SET status = 'i_gang' WHERE id = '124'")
            #expect(
                try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE reminder_id = \(id)") == 1,
                "Verify event inserted in sag_reminder_queue")
            try await scene.wait(for: "(SELECT status FROM sag_reminder_queue WHERE reminder_id = \(id)) = 'sent'")
            try await scene.wait(
                for: "(SELECT count(*) FROM sag_reminder_logs WHERE reminder_id = \(id) AND outcome = 'sent') >= 4")
        }

        /// Email: "Create reminder with notify_email=true", "Verify email sent".
        private func email(_ scene: Scene, _ api: APIClient) async throws {
            _ = try await create(api, #""title": "By mail please", "notify_email": true"#)
            try await eventually(within: .seconds(20), "Verify email sent") {
                try await scene.catcher.mail(to: "u1@example.org").contains { $0.subject.contains("By mail please") }
            }
        }

        /// Frontend: "Ensure notifications.js included", "Should see …initialized", "Create a pending reminder",
        /// "Should see popup", "Test snooze", "Test dismiss". What the page shows of it is tested in a browser.
        private func frontend(_ scene: Scene, _ api: APIClient) async throws {
            let script = try await LoopbackRequest.send(port: api.port, path: "/static/js/notifications.js")
            #expect(script.status == 200, "Ensure static/js/notifications.js included")
            #expect(script.text.contains("✅ Reminder system initialized"))
            let id = try await create(api, #""title": "A popup", "notify_frontend": true"#)
            let popup = try await eventuallySome(within: .seconds(20), "Should see popup toast within 30 seconds") {
                let pending = try await api.send("GET", "/api/v1/reminders/pending/me")
                return pending.items.compactMap { $0 as? [String: Any] }.first { $0["reminder_id"] as? Int == id }
            }
            #expect(popup["title"] as? String == "A popup")
            let snoozed = try await api.send("POST", "/api/v1/sag/reminders/\(id)/snooze", #"{"minutes": 60}"#)
            #expect(snoozed.status == 200, "Test snooze dropdown")
            #expect(
                try await scene.number(
                    "SELECT count(*) FROM popups WHERE reminder_id = \(id) AND settled_how = 'snoozed'") == 1)
            #expect(
                try await api.send("POST", "/api/v1/sag/reminders/\(id)/dismiss").status == 200, "Test dismiss button")
        }

        /// Rate limiting: "Create 6 reminders", "Manually trigger scheduler job" (not needed), "Verify only 5 sent, 1
        /// marked rate_limited", "Check sag_reminder_logs for status".
        private func rateLimiting(_ scene: Scene, _ api: APIClient) async throws {
            try await scene.run("DELETE FROM permits")
            for number in 1...6 {
                _ = try await create(
                    api, #""title": "Six: \#(number)", "notify_email": true, "override_user_preferences": true"#,
                    sag: "125")
            }
            let occurrences = """
                sag_reminder_queue q JOIN sag_reminders r ON r.id = q.reminder_id WHERE r.sag_id = '125' AND q.status
                """
            try await scene.wait(for: "(SELECT count(*) FROM \(occurrences) = 'sent') = 5")
            try await scene.wait(for: "(SELECT count(*) FROM \(occurrences) = 'rate_limited') = 1")
            try await scene.wait(
                for: """
                    (SELECT array_agg(DISTINCT kind || ':' || outcome ORDER BY kind || ':' || outcome)
                    FROM sag_reminder_logs l JOIN sag_reminders r ON r.id = l.reminder_id WHERE r.sag_id = '125')
                    = '{delivery:sent,held:held}'
                    """)
        }

        /// Creates a reminder that is due now, for user 1.
        private func create(_ api: APIClient, _ fields: String, sag: String = "123") async throws -> Int {
            let now = Date.now.formatted(.iso8601)
            let answer = try await api.send(
                "POST", "/api/v1/sag/\(sag)/reminders",
                #"{"scheduled_at": "\#(now)", "recipient_user_ids": [1], \#(fields)}"#)
            return try #require(
                answer.number("id"), "status \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }

        private func frontendSettings() async throws -> [String: String] {
            ["REMINDERS_FRONTEND_PORT": "\(try await Port.free())", "REMINDERS_JWT_SECRET": Scene.jwtSecret]
        }
    }
}
