import TestSupport
import Testing

extension EndToEnd {
    /// Services that are killed while they work.
    @Suite struct Crashing {
        private let count = 300
        /// Five an hour for each person: a permit taken twice would hold somebody's fifth reminder.
        private let users = 60

        @Test func killedSchedulersLoseAndRepeatNothing() async throws {
            try await killRepeatedly(
                "scheduler", ["REMINDERS_QUEUE_BATCH_SIZE": "20"], progress: "SELECT count(*) FROM sag_reminder_queue")
        }

        @Test func killedRateLimitersLoseAndRepeatNothing() async throws {
            try await killRepeatedly("rate-limiter", progress: "SELECT count(*) FROM deliveries")
        }

        @Test func killedSendersLoseNothingAndRepeatNoMoreThanTheyHadInHand() async throws {
            let prefetch = 16
            try await killRepeatedly(
                "email-sender", ["REMINDERS_PREFETCH": "\(prefetch)"],
                progress: "SELECT count(*) FROM deliveries WHERE state = 'sent'", copiesAKill: prefetch)
        }

        @Test func aDeliveryThatItsSendersDieOfTakesNoOtherWithIt() async throws {
            try await Scene.play { scene in
                let count = 20
                try await scene.addUsers(count)
                try await scene.run("UPDATE users SET email = 'hang@example.org' WHERE id = '1'")
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                try await scene.addReminders(count, users: count)

                // Two senders die with everything in hand, six more with the first delivery alone.
                try await scene.catcher.freeze()
                for attempt in 1...8 {
                    if attempt == 3 { try await scene.catcher.resume() }
                    let sender = try scene.start("email-sender", ["EMAIL_SMTP_CONNECTIONS": "\(count)"])
                    let victims = attempt < 3 ? count : 1
                    try await scene.wait(
                        for: """
                            (SELECT count(*) FROM deliveries WHERE attempts = \(attempt) AND state = 'sending'
                                AND (recipient = '1' OR \(attempt) < 3)) = \(victims)
                            """)
                    try await sender.kill()
                }
                try scene.start("email-sender")
                try await scene.waitUntilAllHaveEnded()
                #expect(
                    try await scene.counts(
                        "SELECT state || CASE recipient WHEN '1' THEN ' hanging' ELSE '' END, count(*) FROM deliveries GROUP BY 1"
                    )
                        == ["unknown hanging": 1, "sent": count - 1])
                #expect(try await scene.number("SELECT max(attempts) FROM deliveries WHERE state = 'sent'") <= 4)
                #expect(try await scene.catcher.mail().count { $0.to != ["hang@example.org"] } == count - 1)
            }
        }

        @Test func aKilledSenderLeavesInDoubtWhatItWasAttemptingAndNothingElse() async throws {
            try await Scene.play { scene in
                let connections = 4
                let settings = ["REMINDERS_IN_DOUBT": "record", "EMAIL_SMTP_CONNECTIONS": "\(connections)"]
                try await scene.addUsers(count)
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                try await scene.addReminders(count, users: count)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = \(count)")

                // It has the whole backlog in hand, and stands at its first attempts.
                try await scene.catcher.freeze()
                let sender = try scene.start("email-sender", settings)
                let begun = "(SELECT count(*) FROM deliveries WHERE state = 'sending') = \(connections)"
                try await scene.wait(for: begun)
                try await scene.waitUntilHandedOut("email-sender.deliveries")
                try await scene.wait(for: begun)
                try await sender.kill()
                try await scene.catcher.resume()

                let killed = ContinuousClock.now
                try scene.start("email-sender", settings)
                try await scene.waitUntilAllHaveEnded()
                #expect(ContinuousClock.now - killed < .seconds(10))
                #expect(
                    try await scene.counts("SELECT state, count(*) FROM deliveries GROUP BY 1")
                        == ["unknown": connections, "sent": count - connections])
                #expect(try await scene.catcher.mail().count == count - connections)
            }
        }

        /// Kills a service, again and again, as soon as it has got on, and starts it again.
        private func killRepeatedly(
            _ victim: String, _ settings: [String: String] = [:], progress: String, copiesAKill: Int = 0
        ) async throws {
            try await Scene.play { scene in
                try await scene.addUsers(users)
                for name in ["scheduler", "rate-limiter", "email-sender"] where name != victim { try scene.start(name) }
                try await scene.addReminders(count, users: users, spacing: .milliseconds(10))
                var kills = 0
                var done = 0
                // A delivery is given up after eight attempts, and all of these might be in the hand of each of them.
                while kills < 6 {
                    let service = try scene.start(victim, settings)
                    let before = done
                    try await eventually(within: .seconds(20), "\(victim) gets on") {
                        done = try await scene.number(progress)
                        return done > before
                    }
                    guard done < count else { break }
                    try await service.kill()
                    kills += 1
                }
                #expect(kills >= 3, "otherwise the scene shows little")
                try scene.start(victim, settings)
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(count, copies: 0...(kills * copiesAKill))
            }
        }
    }
}
