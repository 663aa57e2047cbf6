import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What services publish, as `contracts/` describes it.
    @Suite struct Publishing {
        @Test func everythingPublishedIsValid() async throws {
            try await Scene.play { scene in
                try await scene.bind("due", to: "reminders.due")
                try await scene.bind("deliveries", to: "reminders.deliveries")
                try await scene.bind("log", to: "reminders.log")
                try await scene.addUsers(3)
                try await scene.run(variety)
                try scene.startAll()
                try await scene.run("UPDATE cases SET status = 'closed' WHERE id = '2'")
                try await scene.waitUntilAllHaveEnded()
                try await scene.wait(for: "NOT EXISTS (SELECT FROM deliveries WHERE finished_at IS NULL)")

                let due = try await scene.drain("due")
                let requested = try await scene.drain("deliveries")
                let logged = try await scene.drain("log")
                try await expectValid(due, "reminder.due.v1", scene)
                try await expectValid(requested, "delivery.requested.v1", scene)
                try await expectValid(logged, "delivery.logged.v1", scene)
                #expect(due.count == 4)
                #expect(logged.count == 7)
                #expect(Set(due.map(\.key)) == ["time_based", "status_change"])
                #expect(requested.count == 7)
                #expect(Set(requested.map(\.key)) == ["email", "mattermost"])
                #expect(Set(logged.map(\.key)) == ["email.sent", "mattermost.sent", "email.rejected"])
            }
        }

        private let variety = """
            UPDATE users SET locale = 'da', display_name = 'Anna "Æ" Sørensen 😀' WHERE id = '1';
            UPDATE users SET email = 'reject550@example.org' WHERE id = '3';
            INSERT INTO cases (entity_type, id, title, status, url)
            VALUES ('case', '1', E'Line\\nbreak', 'open', 'https://hub.example.org/1?a=1&b=2'),
                ('task', '2', NULL, 'open', NULL);
            INSERT INTO sag_reminders (entity_type, sag_id, title, message, priority, recipient_user_ids, recipient_emails,
                notify_email, notify_mattermost, notify_frontend, override_user_preferences, trigger_type, scheduled_at)
            VALUES ('case', '1', 'Ærø \\ "quoted" <b> 😀', E'Tab\\t', 'urgent', '{1,2}', '{}', true, true, false, true, 'time_based', now()),
                ('bug', 'X/7', 'To an address', NULL, 'low', '{}', '{Someone@Example.org}', true, false, false, true, 'time_based', now()),
                ('project', '4', 'Refused', NULL, 'normal', '{3}', '{}', true, false, false, true, 'time_based', now()),
                ('task', '2', 'Closed', NULL, 'high', '{2}', '{}', false, true, false, true, 'status_change', NULL);
            """

        private func expectValid(_ messages: [FoundMessage], _ type: String, _ scene: Scene) async throws {
            let checker = Repository.root.appendingPathComponent("contracts/check.py").path
            try await scene.withInput(messages.map(\.body)) { input in
                try await Command.run("/bin/bash", ["-c", #"exec "$0" "$1" < "$2""#, checker, type, input])
            }
            #expect(!messages.isEmpty)
            let traceparent = /00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/
            for message in messages {
                let properties = message.properties
                #expect(properties.contentType == "application/json")
                #expect(properties.type == type)
                #expect(properties.appId == "reminders")
                #expect(properties.deliveryMode == 2)
                #expect(properties.messageId?.isEmpty == false)
                #expect(properties.timestamp != nil)
                #expect(properties.headers["traceparent"]?.wholeMatch(of: traceparent) != nil)
            }
            #expect(Set(messages.map(\.properties.messageId)).count == messages.count)
        }
    }
}
