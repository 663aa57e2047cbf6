import TestSupport
import Testing

extension EndToEnd {
    /// A mail server that lets some mails wait for its answer without end.
    @Suite struct Hanging {
        private let count = 240
        /// One of so many hangs.
        private let share = 16

        @Test func mailsThatHangDoNotHoldUpTheOthersOfTheirDomain() async throws {
            try await play(domain: "example.org")
        }

        @Test func aDomainThatHangsDoesNotHoldUpTheOthers() async throws {
            try await play(domain: "slow.example")
        }

        private func play(domain: String) async throws {
            try await Scene.play { scene in
                try await scene.addUsers(count)
                try await scene.run(
                    "UPDATE users SET email = 'stuck' || id || '@\(domain)' WHERE id::int % \(share) = 0")
                for user in stride(from: share, through: count, by: share) {
                    try await scene.catcher.script(mailTo: "stuck\(user)@\(domain)", replies: ["hang"])
                }
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                try await scene.addReminders(count, users: count)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = \(count)")
                let start = ContinuousClock.now
                try scene.start("email-sender")
                try await scene.waitForEnded(count - count / share)
                #expect(ContinuousClock.now - start < .seconds(20), "a time-out is a minute")
                #expect(
                    try await scene.number(
                        "SELECT count(*) FROM deliveries WHERE state <> 'sent' AND recipient::int % \(share) <> 0") == 0
                )
                #expect(try await scene.number("SELECT max(attempts) FROM deliveries") == 1)
            }
        }
    }
}
