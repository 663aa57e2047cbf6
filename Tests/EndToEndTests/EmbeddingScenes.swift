import TestSupport
import Testing

extension EndToEnd {
    /// Examples/EmbeddedServer: somebody else's process with the scheduler in it.
    @Suite struct Embedding {
        @Test func anEmbeddedSchedulerDeliversWhatIsDueAndWhatItsApplicationTells() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                let port = try await Port.free()
                let server = try scene.start("EmbeddedServer", ["PORT": "\(port)"])
                for name in ["rate-limiter", "email-sender"] { try scene.start(name) }
                try await eventually(within: .seconds(30), "the embedded scheduler is ready") {
                    (try? await LoopbackRequest.send(port: port, path: "/health"))?.status == 200
                }
                try await scene.run(
                    """
                    INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email, notify_frontend,
                        override_user_preferences, trigger_type, trigger_config, scheduled_at)
                    VALUES ('5', 'At its time', '{1}', true, false, true, 'time_based', '{}', now()),
                        ('5', 'When it is solved', '{1}', true, false, true, 'status_change',
                         '{"target_status": "solved"}', NULL);
                    """)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'sent') = 1")
                let answer = try await LoopbackRequest.send("POST", port: port, path: "/cases/5/status/solved")
                #expect(answer.status == 202)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'sent') = 2")
                #expect(try await scene.catcher.mail().count == 2)

                // It stops as it would without us in it: in order, and with nothing left.
                #expect(try await server.terminate() == .exited(0))
                #expect(
                    try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE published_at IS NULL") == 0)
            }
        }
    }
}
