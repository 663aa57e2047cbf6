import Foundation
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Somebody who has used everything there is, so that every table tells of them.
struct ErasurePerson {
    let id = "rosi-ærø|7f3c"
    let name = "Rosalind Ærøskøbing"
    let mail = "Rosalind.B@Example.org"
    let privateMail = "rosi@privat.example.net"
    let mattermost = "rosalind.b91"
    let hook = "https://hooks.example.org/rosalind-x91"
    /// What was written to nobody else.
    let words = "zebra-for-rosalind"

    /// As the ledger names them, and where mail to their private address went, which somebody typed.
    var keys: [String] { [id, "mailto:rosalind.b@example.org", "mailto:rosi@privat.example.net"] }
    /// What nobody is to find any more.
    var strings: [String] { [id, name, mail, privateMail, mattermost, hook, words] }
    /// The same as messages carry it.
    var encoded: [String] {
        strings.map { hex(Array($0.utf8)) } + [hex(Array(base64.utf8)), hex(Array(quotedPrintable.utf8))]
    }

    private var base64: String { Data("Hej \(name), svar til \(mail)".utf8).base64EncodedString() }
    private var quotedPrintable: String { "Hej Rosalind =C3=86r=C3=B8sk=C3=B8=\r\nbing" }
    private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

    /// Lives a while in a system of their own, beside user 2.
    static func live(in scene: Scene) async throws -> ErasurePerson {
        let rosi = ErasurePerson()
        try await rosi.arrive(in: scene)
        try await rosi.areReminded(in: scene)
        try await rosi.leaveTraces(in: scene)
        return rosi
    }

    private func arrive(in scene: Scene) async throws {
        try await scene.addUsers("2")
        let webhook = try #require(ChannelKind(rawValue: "webhook"))
        try await scene.store.putUsers([
            Person(
                id: id, name: name, email: mail, mattermostName: mattermost, locale: "da",
                timeZone: "Europe/Copenhagen",
                otherAddresses: [webhook: hook])
        ])
        _ = try await scene.pool.query(
            Query(
                """
                INSERT INTO user_notification_preferences (user_id, notify_mattermost, email_override) VALUES ($1, true, $2)
                """, [.text(id), .text(privateMail)]))
        _ = try await scene.pool.query(
            Query(
                """
                INSERT INTO sag_reminders (sag_id, title, message, created_by, recipient_user_ids, recipient_emails, scheduled_at)
                VALUES ('9', $2, $2, $1, ARRAY[$1], '{}', now() - interval '1 s'),
                    ('9', 'For both', NULL, '2', ARRAY[$1, '2'], ARRAY[$3], now() - interval '1 s'),
                    ('9', 'Made for 2', NULL, $1, '{2}', '{}', now() + interval '1 day'),
                    ('9', $2, NULL, '2', '{}', ARRAY[$3], now() - interval '1 s'),
                    ('9', $2, $2, $1, ARRAY[$1], '{}', now() + interval '1 day')
                """, [.text(id), .text(words), .text("Rosi@privat.example.net")]))
    }

    /// Some has been sent, some is requested, some is held, some ended in each other way.
    private func areReminded(in scene: Scene) async throws {
        let due = try await scene.fireByRule()
        // One limit for all, so that something waits for it.
        var switches = DecisionFacts.Switches(channels: .all, limit: PermitWindow(limit: 1))
        switches.countsOwnApart = false
        let policy = RateLimiter.Policy(switches: switches)
        try await scene.store(as: .rateLimiter).decide(occurrences: due, switches: policy.switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: false)
            decision.decide()
            return (decision.writes, ())
        }
        // The first by mail was sent; the others wait: in Mattermost's queue, for the browser, and for the limit.
        _ = try await scene.pool.query(
            Query(
                """
                WITH ended AS (
                    UPDATE deliveries SET state = 'sent', reply = '250 OK for ' || $2, finished_at = now(), attempts = 1
                    WHERE recipient = ANY ($1) AND state = 'requested' AND channel IN ('email', 'frontend') RETURNING *)
                INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel,
                    reply, due_at, week)
                SELECT 'delivery', state, occurrence_id, id, reminder_id, recipient, channel, reply, due_at,
                    week_of_id(occurrence_id) FROM ended
                """, [.textArray(keys), .text(mail)]))
        // And what was long ago.
        _ = try await scene.pool.query(
            Query(
                """
                WITH outcomes AS (
                    SELECT number, outcome FROM unnest('{sent,rejected,withdrawn,dropped,dry_run,dead,unknown}'::text[])
                        WITH ORDINALITY ended (outcome, number)
                ), ledger AS (
                    INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, reply,
                        decision, finished_at)
                    SELECT 900000 + number, $1, 'email', gen_random_uuid(), 1, outcome, 'because of ' || $2, now(),
                        '550 ' || $2, jsonb_build_object('to', $2), now() FROM outcomes RETURNING *)
                INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel,
                    reason, reply, details, due_at, week)
                SELECT 'delivery', state, occurrence_id, id, reminder_id, recipient, channel, reason, reply,
                    jsonb_build_object('content', 'To: ' || $2), due_at, week_of_id(occurrence_id) FROM ledger
                UNION ALL
                SELECT 'attempt', 'deferred', occurrence_id, id, reminder_id, recipient, channel, NULL, '450 ' || $2, NULL,
                    due_at, week_of_id(occurrence_id) FROM ledger
                """, [.text(id), .text(mail)]))
        let dead = try await scene.texts(
            "SELECT id::text FROM deliveries WHERE recipient = $1 AND state = 'unknown'", [.text(id)])
        #expect(dead.count == 1)
    }

    private func leaveTraces(in scene: Scene) async throws {
        _ = try await scene.pool.query(
            Query(
                """
                WITH popup AS (
                    INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, message, entity_type,
                        case_id, case_title, url, trigger_type, due_at)
                    SELECT $1, number, gen_random_uuid(), 1, $2, $2, 'case', '9', $2, 'https://x.example/' || $2,
                        'time_based', now() FROM generate_series(1, 3) number
                ), response AS (
                    INSERT INTO sag_reminder_responses (reminder_id, user_id, snoozed_until)
                    VALUES (2, $1, now() + interval '1 hour')
                ), woken AS (
                    INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, only_recipient, status, published_at,
                        processed_at)
                    VALUES (2, 'time_based', now() - interval '1 day', $1, 'sent', now(), now())
                ), line AS (
                    INSERT INTO sag_reminder_logs (kind, reminder_id, user_id, details, outcome)
                    VALUES ('snooze', 2, $1, '{"until": "2030-01-01T00:00:00Z"}', NULL),
                        ('retry', 3, '2', jsonb_build_object('by', $1), 'dead')
                ), again AS (
                    INSERT INTO held_again (recipient, reason, due_at, occurrence_id) VALUES ($1, 'quiet_hours', now(), 1)
                ), readable AS (
                    INSERT INTO cases (entity_type, id, readers) VALUES ('case', '77', ARRAY[$1, '2'])
                ), quota AS (
                    INSERT INTO creation_quotas (creator, minute, in_minute, day, in_day) VALUES ($1, now(), 1, now(), 1)
                ), erasure AS (
                    INSERT INTO erasures (requested_by, step, finished_at) VALUES ($1, 'done', now())
                ), pause AS (
                    INSERT INTO channel_pauses (channel, instance, reason) VALUES ('email', 7, '553 no mail from ' || $3)
                )
                UPDATE sag_reminder_times SET next_check_at = NULL, set_aside_at = now(), set_aside_due_at = now(),
                    set_aside_reason = 'cannot read ' || $2 || $3 WHERE reminder_id = 5
                """, [.text(id), .text(words), .text(mail)]))
        let request = """
            {"delivery_id":"x","recipient":\(json(id)),"address":\(json(mail)),"title":"\(words)"}
            """
        try await scene.store.rememberDeadLetters(
            [
                letter(request), letter(base64), letter(quotedPrintable), letter("{\"name\":\(escaped(name))}"),
                letter("plain", headers: "{\"headers\":{\"x-who\":\(json(name.lowercased()))}}"),
                DeadLetter(
                    reason: "/recipient is \(id)", messageID: "for \(mail)", type: "to \(privateMail)",
                    body: [0xFF, 0x00]),
                letter("{\"recipient\":\"2\",\"title\":\"for 2\"}"),
            ], queue: "email-sender.deliveries")
        for (user, key) in [(id, "a"), ("2", "b")] {
            let idempotency = IdempotencyKey(
                userID: user, route: "/api/v1/sag/9/reminders", key: key, bodyHash: Array(repeating: 1, count: 32))
            _ = try await scene.store.claim(idempotency)
            try await scene.store.keep(
                KeptAnswer(status: 201, body: Array("{\"id\":2,\"recipient_user_ids\":[\(json(id)),\"2\"]}".utf8)),
                of: idempotency)
        }
    }

    private func letter(_ body: String, headers: String? = nil) -> DeadLetter {
        DeadLetter(reason: "it could not be read", messageID: body, type: nil, body: Array(body.utf8), details: headers)
    }

    private func json(_ text: String) -> String { "\"\(text)\"" }
    private func escaped(_ text: String) -> String {
        json(text.utf16.map { $0 < 128 ? String(UnicodeScalar(UInt8($0))) : String(format: "\\u%04x", $0) }.joined())
    }

    // MARK: - Looking

    /// Whether a column has anything of them.
    func isNamed(in column: String, _ scene: Scene) async throws -> Bool {
        let parts = column.split(separator: ".")
        return try await scene.number(
            """
            SELECT count(*) FROM \(parts[0]), unnest($1::text[]) said
            WHERE strpos(lower(\(parts[1])::text), lower(said)) > 0
                OR strpos(\(parts[1])::text, encode(convert_to(said, 'UTF8'), 'hex')) > 0
            """, [.textArray(strings)]) > 0
    }

    /// Everything the database holds, in lower case.
    func dump(of scene: Scene) async throws -> String {
        try await Command.run(
            "pg_dump", ["--data-only", "--inserts", "--dbname", scene.url]
        ).lowercased()
    }

    /// What is counted: each line of the log without its words.
    func trail(of scene: Scene) async throws -> [String] {
        try await scene.texts(
            """
            SELECT concat_ws(' ', id, created_at, kind, outcome, channel, occurrence_id, delivery_id, reminder_id,
                CASE WHEN reason = 'person_erased' THEN reason END)
            FROM sag_reminder_logs ORDER BY id
            """)
    }
}
