import TestSupport
import Testing

extension EndToEnd {
    /// What `reminders audit` and the schedulers' auditor tell of.
    @Suite struct Auditing {
        /// Runs the auditor, and returns its exit code and what it wrote.
        private func audit(
            _ scene: Scene, _ arguments: String..., changing changes: [String: String] = [:]
        ) async throws -> (code: Int32, output: String) {
            do {
                return (0, try await scene.reminders(["audit"] + arguments, changes))
            } catch let failure as CommandFailed {
                guard case .exited(let code) = failure.ending else { throw failure }
                return (code, failure.output)
            }
        }

        @Test func whatNobodyGetsOnWithIsToldOfUntilSomebodyDoes() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                #expect(try await audit(scene, "--after", "1s").code == 0)
                let port = try await Port.free()
                let scheduler = try scene.start(
                    "scheduler", ["REMINDERS_AUDIT_AFTER": "1s", "REMINDERS_ADMIN_PORT": "\(port)"])
                try await scene.addReminders(3, users: 1)

                func gauge(_ kind: String, is count: Int) async throws {
                    try await eventually("\(count) \(kind)") {
                        let metrics = try? await LoopbackRequest.send(port: port, path: "/metrics").text
                        return metrics?.contains("reminders_audit_findings{kind=\"\(kind)\"} \(count)\n") == true
                    }
                }
                try await gauge("not_decided", is: 3)
                _ = try await scheduler.waitForLine(containing: #""audit.kind":"not_decided""#)
                let found = try await audit(scene, "--after", "1s")
                #expect(found.code == 1)
                #expect(found.output.contains("not_decided  3  since "), "\(found.output)")
                #expect(try await audit(scene).code == 0, "nothing for ten minutes")

                try scene.start("rate-limiter")
                try await gauge("not_sent", is: 3)
                let json = try await audit(scene, "--after", "1s", "--json")
                #expect(json.code == 1)
                #expect(json.output.contains(#""kind" : "not_sent""#) && json.output.contains(#""channel" : "email""#))

                try scene.start("email-sender")
                try await gauge("not_sent", is: 0)
                _ = try await scheduler.waitForLine(containing: "audit: it goes on again")
                #expect(try await audit(scene, "--after", "1s").code == 0)
            }
        }

        @Test func anAuditThatCannotBeMadeIsNotTakenForAGoodOne() async throws {
            try await Scene.play { scene in
                let port = try await Port.free()
                let away = try await audit(
                    scene, changing: ["REMINDERS_DATABASE_URL": "postgresql://nobody@127.0.0.1:\(port)/nothing"])
                #expect(away.code == 2 && away.output.contains("the audit could not be made"), "\(away)")
                let noBroker = try await audit(
                    scene, "--since-restore",
                    changing: ["REMINDERS_AMQP_URL": "amqp://nobody:nothing@127.0.0.1:\(port)"])
                #expect(noBroker.code == 2, "\(noBroker)")
                let noFile = try await audit(scene, "--since-restore", "--sent-ids", "/nowhere")
                #expect(noFile.code == 2 && noFile.output.contains("--sent-ids /nowhere"), "\(noFile)")
            }
        }

        @Test func whatTheLedgerLacksSinceItWasRestoredIsToldOf() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                try await scene.addReminders(3, users: 1)
                try scene.startAll()
                try await scene.waitUntilAllHaveEnded()
                for name in ["rate-limiter", "email-sender"] {
                    _ = try await #require(scene.services(name).last).terminate()
                }
                let sent = try await scene.catcher.mail().map { try #require($0.headers["Message-ID"]) }
                #expect(sent.count == 3)
                try await scene.withInput(["", "Message-ID: \(sent[0])", sent[1], sent[2], "<someone@else>"]) { file in
                    #expect(try await audit(scene, "--since-restore", "--sent-ids", file).code == 0)
                    // A backup of before the second was recorded, and before there was the third.
                    try await scene.run(
                        """
                        UPDATE deliveries SET state = 'requested', finished_at = NULL
                        WHERE id::text = '\(id(sent[1]))';
                        DELETE FROM deliveries WHERE id::text = '\(id(sent[2]))'
                        """)
                    let found = try await audit(scene, "--since-restore", "--sent-ids", file)
                    #expect(found.code == 1)
                    #expect(found.output.contains("sent  email  \(id(sent[1]))  the ledger has it as requested"))
                    #expect(found.output.contains("sent  email  \(id(sent[2]))  the ledger does not have it"))
                    #expect(!found.output.contains(id(sent[0])))
                    #expect(found.output.contains("not ours: 1 lines"))
                }
            }
        }

        @Test func whatWaitsInTheBrokerOfAnEarlierTimeLineIsToldOfAndStaysThere() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                try await scene.addReminders(2, users: 1)
                let scheduler = try scene.start("scheduler")
                let rateLimiter = try scene.start("rate-limiter")
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = 2")
                _ = try await rateLimiter.terminate()
                try await scene.addReminders(1, users: 1)
                try await scene.wait(for: "(SELECT count(published_at) FROM sag_reminder_queue) = 3")
                _ = try await scheduler.terminate()
                #expect(try await audit(scene, "--since-restore").code == 0)
                // The numbers are given anew, to others.
                try await scene.run(
                    """
                    UPDATE deliveries SET id = gen_random_uuid() WHERE reminder_id = 1;
                    UPDATE sag_reminder_queue SET reminder_id = 1 WHERE reminder_id = 3
                    """)
                for _ in 1...2 {
                    let found = try await audit(scene, "--since-restore", "--json")
                    #expect(found.code == 1)
                    #expect(found.output.contains("the ledger does not have this delivery"), "\(found.output)")
                    #expect(found.output.contains("the occurrence is another reminder's"), "\(found.output)")
                }
                try scene.start("rate-limiter")
                try scene.start("email-sender")
                try await scene.wait(for: "(SELECT count(*) FROM dead_letters) = 2")
                let found = try await audit(scene, "--since-restore")
                #expect(found.code == 1)
                #expect(found.output.contains("dead_letter  email-sender.deliveries  "), "\(found.output)")
                #expect(found.output.contains("dead_letter  rate-limiter.due  "), "\(found.output)")
            }
        }

        private func id(_ messageID: String) -> String {
            String(messageID.drop { $0 == "<" }.prefix { $0 != "@" })
        }
    }
}
