import TestSupport
import Testing

extension EndToEnd {
    /// Case events of other services.
    @Suite struct CaseEvents {
        private let key = "dk.example.case.changed.v1"

        private func event(
            _ id: String, type: String = "dk.example.case.changed.v1", time: String = "2026-02-10T14:00:00Z",
            _ data: String
        ) -> String {
            """
            {"specversion":"1.0","id":"\(id)","source":"/hub/sag","type":"\(type)","time":"\(time)","data":{\(data)}}
            """
        }

        @Test func anEventIsTakenInOnceHoweverOftenItComes() async throws {
            try await Scene.play { scene in
                try scene.start("scheduler")
                let created = event("1", #""id":123,"title":"Printer jams","status":"ny""#)
                try await scene.publish(Array(repeating: created, count: 5), to: "case.events", key: key)
                // And once more by a second client.
                try await Command.run(
                    "amqp-publish",
                    [
                        "--url", scene.broker(for: "case-events"), "--exchange", "case.events", "--routing-key", key,
                        "--persistent",
                        "--content-type", "application/cloudevents+json; charset=utf-8", "--body", created,
                    ])
                let later = event("3", time: "2026-02-10T14:02:00Z", #""id":"123","title":"Printer burns""#)
                let late = event("2", time: "2026-02-10T14:01:00Z", #""id":"123","title":"Printer smokes""#)
                try await scene.publish([later, late], to: "case.events", key: key)
                try await scene.wait(for: "(SELECT count(*) FROM case_events) = 3")
                #expect(
                    try await scene.texts("SELECT entity_type || ' ' || id || ' ' || title || ' ' || status FROM cases")
                        == ["case 123 Printer burns ny"])
                #expect(
                    try await scene.texts("SELECT event_id || ' ' || outcome FROM case_events ORDER BY event_id")
                        == ["1 applied", "2 stale", "3 applied"])
                #expect(try await scene.drain("scheduler.case-events.dead").isEmpty)
            }
        }

        @Test func aMalformedEventGoesToTheDeadLettersAndDisturbsNothing() async throws {
            try await Scene.play { scene in
                let scheduler = try scene.start("scheduler")
                let malformed = event("1", #""title":"No id""#)
                let good = event("2", #""id":"124","title":"Good""#)
                try await scene.publish([malformed, "no JSON", good], to: "case.events", key: key)
                try await scene.wait(for: "(SELECT count(*) FROM cases) = 1")
                try await scene.wait(for: "(SELECT count(*) FROM dead_letters) = 2")
                #expect(try await scene.texts("SELECT DISTINCT queue FROM dead_letters") == ["scheduler.case-events"])
                #expect(
                    try await scene.number(
                        "SELECT count(*) FROM dead_letters WHERE reason LIKE '%/data/id%' AND convert_from(body, 'UTF8') LIKE '%No id%'"
                    ) == 1)
                try await scheduler.waitForLine(containing: "/data/id")

                var dead: [FoundMessage] = []
                try await eventually("both in the dead-letter queue") {
                    dead += try await scene.drain("scheduler.case-events.dead")
                    return dead.count == 2
                }
                #expect(Set(dead.map(\.body)) == [malformed, "no JSON"])
                #expect(dead.contains { $0.properties.headers["x-reason"]?.contains("/data/id") == true })
                #expect(dead.allSatisfy { $0.properties.headers["x-reason"]?.isEmpty == false })
            }
        }

        @Test func aChangeOfStatusFiresTheRemindersThatWaitForIt() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                for name in ["scheduler", "rate-limiter", "email-sender"] { try scene.start(name) }
                try await scene.run(
                    """
                    INSERT INTO cases (entity_type, id, title, status) VALUES ('case', '5', 'Invoice', 'ny');
                    INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email, notify_frontend,
                        override_user_preferences, trigger_type, trigger_config)
                    VALUES ('5', 'By SQL', '{1}', true, false, true, 'status_change', '{"target_status": "i_gang"}'),
                        ('5', 'By event', '{1}', true, false, true, 'status_change', '{"target_status": "lukket"}');
                    """)
                try await scene.run("UPDATE cases SET status = 'i_gang' WHERE id = '5'")
                try await scene.wait(for: "(SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery') = 1")
                let changed = event(
                    "1", type: "dk.example.case.status_changed.v1", #""id":"5","status":"lukket""#)
                try await scene.publish(
                    [changed, changed], to: "case.events", key: "dk.example.case.status_changed.v1")
                try await scene.wait(for: "(SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery') = 2")
                #expect(
                    try await scene.texts(
                        "SELECT trigger_type || ' ' || old_status || ' ' || new_status FROM sag_reminder_queue ORDER BY id"
                    )
                        == ["status_change ny i_gang", "status_change i_gang lukket"])
                let mails = try await scene.catcher.mail()
                #expect(mails.count == 2)
                #expect(mails.first?.subject.contains("By SQL") == true)
                #expect(mails.last?.subject.contains("By event") == true)
                #expect(try await scene.texts("SELECT DISTINCT outcome FROM sag_reminder_logs") == ["sent"])
            }
        }
    }
}
