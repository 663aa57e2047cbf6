import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The hourly limit.
    @Suite struct Limiting {
        @Test func theSixthReminderOfAnHourIsHeldAndSentWhenASlotIsFree() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                for name in ["scheduler", "rate-limiter", "email-sender"] { try scene.start(name) }
                try await scene.addReminders(6, users: 1)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'sent') = 5")
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'held') = 1")
                #expect(try await scene.text("SELECT reason FROM deliveries WHERE state = 'held'") == "rate_limited")
                #expect(
                    try await scene.texts("SELECT status FROM sag_reminder_queue ORDER BY status")
                        == ["rate_limited"] + Array(repeating: "sent", count: 5))
                #expect(
                    try await scene.texts("SELECT reason FROM sag_reminder_logs WHERE kind = 'held'") == [
                        "rate_limited"
                    ])
                let minutes = try await scene.number(
                    "SELECT round(extract(epoch FROM release_at - now()) / 60)::bigint FROM deliveries WHERE state = 'held'"
                )
                #expect(minutes == 60)
                #expect(try await scene.number("SELECT check_reminder_rate_limit('1')::int") == 0)

                try await scene.run(
                    """
                    UPDATE permits SET granted_at = granted_at - interval '59 minutes 58 seconds';
                    UPDATE deliveries SET release_at = release_at - interval '59 minutes 58 seconds'
                    WHERE state = 'held';
                    """)
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(6)
            }
        }

        /// TEST_MASSES=100000 to measure with more.
        @Test(arguments: ["by their time", "by a change of status"])
        func whatOnePersonHasDueInMassesDelaysNobodyElse(how: String) async throws {
            let many = ProcessInfo.processInfo.environment["TEST_MASSES"].flatMap(Int.init) ?? 20_000
            try await Scene.play { scene in
                try await scene.addUsers(2)
                for name in ["scheduler", "rate-limiter", "email-sender"] {
                    try await scene.start(name).waitForLine(containing: "Service is ready")
                }
                if how == "by their time" {
                    try await scene.addReminders(many, users: 1)
                } else {
                    try await scene.run(
                        """
                        INSERT INTO cases (entity_type, id, status) VALUES ('case', '123', 'open');
                        INSERT INTO sag_reminders (sag_id, title, trigger_type, recipient_user_ids, notify_email,
                            override_user_preferences)
                        SELECT '123', n, 'status_change', '{1}', true, true FROM generate_series(1, \(many)) n;
                        UPDATE cases SET status = 'in progress'
                        """)
                }
                let begin = ContinuousClock.now
                let undecided = "SELECT \(many) - count(*) FROM deliveries WHERE recipient = '1'"
                for round in 1...3 {
                    try await scene.run(
                        """
                        INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email,
                            override_user_preferences, scheduled_at)
                        VALUES ('1', 'of another', '{2}', true, true, clock_timestamp())
                        """)
                    try await scene.wait(
                        for: "(SELECT count(*) FROM deliveries WHERE recipient = '2' AND state = 'sent') = \(round)")
                    if round == 1 { #expect(try await scene.number(undecided) > 0, "all was over before") }
                }
                let late = try await scene.texts(
                    """
                    SELECT round(extract(epoch FROM finished_at - due_at) * 1000)::text FROM deliveries
                    WHERE recipient = '2' ORDER BY due_at
                    """)
                #expect(late.allSatisfy { Int($0) ?? .max < 2_000 }, "\(late) ms")
                try await eventually(within: .seconds(600), "decisions about all") {
                    try await scene.number(undecided) == 0
                }
                print(
                    "masses \(how): another's was sent after \(late) ms; \(many) of one person decided in \(begin.duration(to: .now))"
                )
                #expect(
                    try await scene.number("SELECT count(*) FROM deliveries WHERE recipient = '1' AND state = 'sent'")
                        == 5)
            }
        }

        @Test func threeRateLimitersAdmitExactlyFiveForEachPerson() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(3)
                for name in ["rate-limiter", "rate-limiter", "rate-limiter", "email-sender", "scheduler"] {
                    try await scene.start(name).waitForLine(containing: "Service is ready")
                }
                // All at once: the broker deals them out in turn, and all three decide about the same person.
                try await scene.addReminders(90, users: 3, inARow: 30)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state IN ('sent', 'held')) = 90")
                let admitted = try await scene.texts(
                    """
                    SELECT recipient || ': ' || count(*) FROM deliveries WHERE state = 'sent'
                    GROUP BY recipient ORDER BY 1
                    """)
                #expect(admitted == ["1: 5", "2: 5", "3: 5"])
                #expect(try await scene.number("SELECT count(*) FROM permits") == 15)
                #expect(try await scene.catcher.counts().mail == 15)
            }
        }
    }
}
