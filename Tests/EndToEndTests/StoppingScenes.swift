import TestSupport
import Testing

extension EndToEnd {
    /// More than one of a service, and services that are asked to stop.
    @Suite struct Replacing {
        private let count = 300

        @Test func twoSchedulersPublishEachOccurrenceOnce() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(60)
                try await scene.bind("observer", to: "reminders.due")
                for _ in 1...2 { try scene.start("scheduler", ["REMINDERS_QUEUE_BATCH_SIZE": "10"]) }
                for name in ["rate-limiter", "email-sender"] { try scene.start(name) }
                try await scene.addReminders(count, users: 60, in: .milliseconds(800), spacing: .milliseconds(3))
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(count)
                let published = try await scene.drain("observer")
                #expect(published.count == count)
                #expect(Set(published.map(\.properties.messageId)).count == count)
                let owners = try await scene.number("SELECT count(DISTINCT owner) FROM sag_reminder_queue")
                #expect(owners == 2, "otherwise one has done it all")
            }
        }

        @Test func aSenderStoppedOverABacklogGivesItBackAndRepeatsNothing() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(count)
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                try await scene.addReminders(count, users: count)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = \(count)")
                for part in 1...3 {
                    let sender = try scene.start("email-sender")
                    try await scene.waitForEnded(50 * part)
                    #expect(try await sender.terminate(within: .seconds(10)) == .exited(0))
                    #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'sending'") == 0)
                }
                #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE finished_at IS NULL") > 0)
                try scene.start("email-sender")
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(count)
            }
        }

        @Test func attemptsThatHangWhenTheirSenderIsStoppedAreCutOffAndRecorded() async throws {
            try await Scene.play { scene in
                let (count, hanging) = (60, 4)
                try await scene.addUsers(count)
                try await scene.run(
                    "UPDATE users SET email = 'stuck' || id || '@example.org' WHERE id::int <= \(hanging)")
                for user in 1...hanging {
                    try await scene.catcher.script(mailTo: "stuck\(user)@example.org", replies: ["hang"])
                }
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                let sender = try scene.start("email-sender", ["REMINDERS_SHUTDOWN_DEADLINE": "5s"])
                try await scene.addReminders(count, users: count)
                try await scene.waitForEnded(count - hanging)
                #expect(try await sender.terminate(within: .seconds(10)) == .exited(0), "within its deadline")
                #expect(
                    try await scene.counts("SELECT state, count(*) FROM deliveries GROUP BY 1")
                        == ["sent": count - hanging, "requested": hanging])
                #expect(
                    try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE outcome = 'unknown'")
                        == hanging)
                try scene.start("email-sender")
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(count, copies: hanging...hanging)
            }
        }

        @Test func servicesThatAreStoppedFinishWhatTheyHaveInHand() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(60)
                var running: [String: ServiceProcess] = [:]
                for name in ["scheduler", "rate-limiter", "email-sender"] { running[name] = try scene.start(name) }
                try await scene.addReminders(count, users: 60, spacing: .milliseconds(15))
                for (number, name) in ["scheduler", "rate-limiter", "email-sender"].enumerated() {
                    try await scene.waitForEnded(50 * (number + 1))
                    let stopped = try await running[name]?.terminate(within: .seconds(10))
                    #expect(stopped == .exited(0), "\(name)")
                    try scene.start(name)
                }
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(count)
                #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs") == count)
            }
        }
    }
}
