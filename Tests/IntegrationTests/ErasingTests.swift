import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersSending
@testable import RemindersStore

/// How somebody is erased while everything goes on.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ErasingTests: SenderSuite {
    let sender: SendingScene

    init() async throws {
        sender = try await .ofTest(in: Self.self)
    }

    private func begin(_ person: String) async throws -> String {
        try await scene.store(as: .api).beginErasure(of: Erasable(person), by: "gdpr")
    }

    private func finish(_ id: String) async throws -> Erasure {
        try await scene.store(as: .scheduler).goOnErasing(id, for: .seconds(30))
    }

    private func erase(_ person: String) async throws -> Erasure {
        let erasure = try await finish(begin(person))
        #expect(erasure.finishedAt != nil, "\(erasure)")
        return erasure
    }

    @Test func `a message on its way finds its delivery ended, and nothing of it is kept`() async throws {
        let messages = try await sender.request(2)
        let erasure = try await erase("1")
        try await broker.publish(messages)
        try await sender.sending { try await broker.waitUntilEmpty(SendingScene.queue) }
        #expect(channel.attempts.isEmpty)
        #expect(try await scene.number("SELECT count(*) FROM dead_letters") == 0)
        #expect(
            try await scene.texts("SELECT concat_ws(' ', user_id, outcome, reason) FROM sag_reminder_logs")
                == Array(repeating: "\(erasure.pseudonym) withdrawn person_erased", count: 2))
        #expect(try await scene.ledger() == Array(repeating: "\(erasure.pseudonym) withdrawn person_erased", count: 2))
    }

    @Test func `nothing is sent to somebody who is being erased, whoever looks first`() async throws {
        try await scene.addUsers("1", "2")
        try await scene.addDueReminders(2, for: ["1", "2"])
        let occurrences = try await scene.fire()
        try await scene.decide([occurrences[0]])
        let id = try await begin("1")
        // By the senders' last look, and by the decision.
        let unwanted = try await scene.pool(as: .sender, size: 1).query(
            SQL.withdrawals(["1", "2"].map { OccurrenceRecipient(occurrenceID: occurrences[0], recipient: .user($0)) }))
        #expect(
            try unwanted.read { "\(try $0.text("recipient")) \(try $0.text("reason"))" } == ["1 person_erased"])
        try await scene.decide([occurrences[1]])
        let ledger = try await scene.ledger()
        #expect(
            ledger == [
                "1 requested", "2 requested", "1 withdrawn person_erased", "1 withdrawn person_erased", "2 requested",
            ])
        let erasure = try await finish(id)
        #expect(
            try await scene.texts(
                "SELECT concat_ws(' ', recipient, state, count(*)) FROM deliveries GROUP BY recipient, state ORDER BY 1"
            )
                == ["2 requested 2", "\(erasure.pseudonym) withdrawn 3"])
        #expect(
            try await scene.number(
                "SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery' AND reason = 'person_erased'")
                == 3)
    }

    @Test func `what is held is withdrawn by a rate-limiter, or by the erasure where there is none`() async throws {
        try await scene.addUsers("1")
        try await scene.addDueReminders(2, for: ["1"])
        let occurrences = try await scene.fire()
        try await scene.decide(occurrences)
        try await scene.run(
            """
            UPDATE deliveries SET state = 'held', reason = 'quiet_hours', release_at = now() + interval '9 hours';
            UPDATE sag_reminder_queue SET status = 'processing', reason = 'quiet_hours'
            """)
        let id = try await begin("1")
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE release_at <= now()") == 2)
        try await scene.decide([occurrences[0]], isRelease: true)
        _ = try await finish(id)
        #expect(
            try await scene.texts("SELECT concat_ws(' ', state, reason) FROM deliveries")
                == Array(repeating: "withdrawn person_erased", count: 2))
        #expect(
            try await scene.texts("SELECT concat_ws(' ', status, reason) FROM sag_reminder_queue")
                == Array(repeating: "failed person_erased", count: 2))
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'") == 2)
    }

    @Test func `what a living sender has in hand ends first, what a dead one had is in doubt`() async throws {
        let messages = try await sender.request(2)
        try await scene.run(
            "UPDATE deliveries SET state = 'sending', owner = 99, lease_until = now() WHERE occurrence_id = 2")
        channel.close()
        let id = try await begin("1")
        try await sender.sending {
            try await broker.publish([messages[0]])
            try await eventually("an attempt") { !channel.attempts.isEmpty }
            let waiting = try await finish(id)
            #expect(waiting.step == "deliveries" && waiting.finishedAt == nil)
            #expect(try await finish(id).slices == waiting.slices)
            channel.open()
            try await sender.waitForEnds(1)
        }
        let erasure = try await finish(id)
        #expect(erasure.finishedAt != nil)
        #expect(
            try await scene.texts(
                "SELECT concat_ws(' ', recipient, state, reason) FROM deliveries ORDER BY occurrence_id")
                == ["\(erasure.pseudonym) sent", "\(erasure.pseudonym) unknown person_erased"])
        #expect(try await sender.ends() == ["1 sent 1", "2 unknown person_erased"])
    }

    @Test func `it goes on where it was cut off, a slice at a time, whoever is at it`() async throws {
        try await scene.run(
            """
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, week)
            SELECT 'delivery', 'sent', number, 1, CASE number % 2 WHEN 0 THEN '1' ELSE '2' END, 'email', week_of_id(number)
            FROM generate_series(1, 24000) number
            """)
        let id = try await begin("1")
        var changed: [Int64] = []
        for _ in 0..<2 {
            // Another who asks for it gets the same one.
            #expect(try await begin("1") == id)
            let before = try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE user_id = '1'")
            repeat {
                _ = try await scene.store(as: .scheduler).goOnErasing(id, for: .zero)
            } while try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE user_id = '1'") == before
            changed.append(
                before - (try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE user_id = '1'")))
        }
        #expect(changed == [2_500, 2_500])
        // One that is undone in the middle, as by a crash, has changed nothing.
        let half = try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE user_id = '1'")
        try await scene.run("BEGIN; SELECT erase_slice('\(id)'); ROLLBACK")
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE user_id = '1'") == half)
        let store = try scene.store(as: .scheduler)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { while try await store.goOnErasing(id, for: .seconds(1)).finishedAt == nil {} }
            }
            try await group.waitForAll()
        }
        #expect(
            try await scene.texts(
                "SELECT starts_with(user_id, 'erased:') || ' ' || count(*) FROM sag_reminder_logs GROUP BY starts_with(user_id, 'erased:') ORDER BY 1"
            )
                == ["false 12000", "true 12000"])
        #expect(try await store.erasure(id).counts["sag_reminder_logs"] == 12_000)
        #expect(try await store.unfinishedErasures().isEmpty)
    }

    private func add(_ ids: String...) async throws {
        try await scene.store.putUsers(
            ids.map { Person(id: $0, name: $0, email: nil, mattermostName: nil, locale: "en", timeZone: "UTC") })
    }

    @Test func `ids are compared byte by byte, and who comes later with the same one is somebody else`() async throws {
        let composed = "j\u{E5}n"
        let decomposed = "ja\u{30A}n"
        try await add(composed, decomposed)
        try await scene.addDueReminders(1, for: [composed, decomposed])
        try await scene.decide(try await scene.fire())
        let erasure = try await erase(composed)
        #expect(try await scene.texts("SELECT id FROM users") == [decomposed])
        #expect(
            Set(try await scene.texts("SELECT recipient FROM deliveries")) == [decomposed, erasure.pseudonym])

        try await add(composed)
        try await scene.addDueReminders(1, for: [composed])
        try await scene.decide(try await scene.fire())
        #expect(
            try await scene.number(
                "SELECT count(*) FROM deliveries WHERE recipient = $1 AND state = 'requested'", [.text(composed)]) == 1)
        let again = try await erase(composed)
        #expect(again.pseudonym != erasure.pseudonym)
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE recipient = $1", [.text(composed)]) == 0)
    }

    @Test func `an address that is nobody's can be erased, and one that two have stays`() async throws {
        try await scene.addUsers("1")
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_emails, recipient_user_ids, scheduled_at) VALUES
                ('9', 'Alone', '{Guest@example.org}', '{}', now() - interval '1 s'),
                ('9', 'Not alone', '{guest@example.org,other@example.org}', '{}', now() - interval '1 s'),
                ('9', 'Shared', '{team@example.org}', '{}', now() + interval '1 day');
            INSERT INTO users (id, email) VALUES ('8', 'team@example.org'), ('9', 'Team@example.org')
            """)
        try await scene.decide(try await scene.fireByRule())
        let erasure = try await erase("mailto:GUEST@example.org")
        #expect(
            try await scene.texts(
                "SELECT title || ' ' || array_to_string(recipients, ' ') FROM sag_reminders ORDER BY id")
                == [
                    "(erased) \(erasure.pseudonym)", "Not alone mailto:other@example.org",
                    "Shared mailto:team@example.org",
                ])
        #expect(
            try await scene.texts("SELECT recipient FROM deliveries ORDER BY occurrence_id, recipient")
                == [erasure.pseudonym, erasure.pseudonym, "mailto:other@example.org"])
        _ = try await erase("8")
        #expect(
            try await scene.texts("SELECT array_to_string(recipients, ' ') FROM sag_reminders WHERE title = 'Shared'")
                == ["mailto:team@example.org"])
    }

    @Test(arguments: ["", "mailto:", "mailto:nobody", "erased:1"])
    func `nobody is erased by what nobody is called`(id: String) {
        #expect(throws: Erasable.Refusal.self) { try Erasable(id) }
    }
}
