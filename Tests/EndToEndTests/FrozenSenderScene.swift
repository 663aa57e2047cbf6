import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// A sender that stands still in the middle of its work and wakes when another has done it.
    @Suite struct Freezing {
        @Test func aSenderThatWakesAfterItWasReplacedRecordsNothing() async throws {
            try await Scene.play { scene in
                let count = 20
                try await scene.addUsers(count)
                let (line, behindIt) = try scene.proxiedBroker()
                let sleeper = try scene.start(
                    "email-sender", ["REMINDERS_AMQP_URL": behindIt, "EMAIL_SMTP_CONNECTIONS": "\(count)"])
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                try await scene.catcher.freeze()
                try await scene.addReminders(count, users: count)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'sending') = \(count)")
                try await sleeper.freeze()
                try await scene.catcher.resume()

                // The broker gives its messages to somebody else, and its leases have run out.
                line.refuse()
                try await scene.run("UPDATE deliveries SET lease_until = now() - interval '1 second'")
                try scene.start("email-sender")
                try await scene.waitUntilAllHaveEnded()
                let owners = "SELECT count(DISTINCT owner) FROM deliveries"
                let log =
                    "SELECT string_agg(concat_ws(' ', id, kind, outcome, attempt), ', ' ORDER BY id) FROM sag_reminder_logs"
                #expect(try await scene.number(owners) == 1)
                let before = try await scene.text(log)

                line.pass()
                sleeper.signal(SIGCONT)
                #expect(try await sleeper.terminate() == .exited(0))
                #expect(try await scene.text(log) == before)
                #expect(try await scene.number(owners) == 1)
                try await scene.expectEachSentOnce(count, copies: 0...count)
            }
        }

        @Test func aSenderThatStandsStillOverABacklogIsReplacedInHalfAMinuteAndSendsNothingWhenItWakes() async throws {
            try await Scene.play { scene in
                let (count, connections) = (300, 8)
                try await scene.addUsers(count)
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                try await scene.addReminders(count, users: count)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = \(count)")
                let sleeper = try scene.start("email-sender")
                try await scene.waitForEnded(20)
                try await sleeper.freeze()
                let stopped = ContinuousClock.now
                try scene.start("email-sender")
                try await scene.waitUntilAllHaveEnded()
                #expect(ContinuousClock.now - stopped < .seconds(30))
                #expect(try await scene.number("SELECT count(DISTINCT owner) FROM deliveries") == 2)

                let before = try await scene.catcher.counts().mail
                sleeper.signal(SIGCONT)
                // It is back, and knows that it was away.
                let shown = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1380273484"
                let here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                try await scene.wait(for: "(\(shown) AND \(here)) = 3")
                #expect(try await sleeper.terminate() == .exited(0))
                #expect(try await scene.catcher.counts().mail == before)
                // What it was handing over when it was stopped, and had not recorded.
                try await scene.expectEachSentOnce(count, copies: 0...(2 * connections))
            }
        }
    }
}
