import Foundation
import RemindersPostgres
import TestSupport
import Testing

/// Waiting for the ends.
extension Scene {
    /// Waits until every reminder has at least one final record.
    func waitUntilAllHaveEnded(within limit: Duration = .seconds(60)) async throws {
        try await waitForRecords("NOT EXISTS (SELECT FROM \(Self.withoutRecord))", within: limit)
    }

    /// Waits until so many deliveries have ended.
    func waitForEnded(_ count: Int, within limit: Duration = .seconds(30)) async throws {
        try await waitForRecords(
            "(SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery') >= \(count)", within: limit)
    }

    private static let withoutRecord = """
        sag_reminders r WHERE NOT EXISTS (
            SELECT FROM sag_reminder_logs l WHERE l.kind = 'delivery' AND l.reminder_id = r.id)
        """

    /// Waits, and says in the error where some are that have no final record.
    private func waitForRecords(_ condition: String, within limit: Duration) async throws {
        do {
            try await wait(for: condition, within: limit)
        } catch let error as NotInTime {
            let left = try await texts(
                """
                SELECT jsonb_build_object('now', now(), 'occurrence', to_jsonb(q), 'delivery', to_jsonb(d))::text
                FROM (SELECT r.id FROM \(Self.withoutRecord) ORDER BY r.scheduled_at LIMIT 5) r
                LEFT JOIN sag_reminder_queue q ON q.reminder_id = r.id
                LEFT JOIN deliveries d ON d.occurrence_id = q.id
                """)
            throw NotInTime(description: "\(error.description); without a record:\n\(left.joined(separator: "\n"))")
        }
    }
}

/// The two sides of a scene: in the database, and on the wire.
extension Scene {
    /// Reads both sides. Titles of the reminders must be one word each, as `addReminders` makes them, and what is in the
    /// database counts as asked for.
    func books() async throws -> DeliveryBooks {
        var books = DeliveryBooks()
        books.stored = Set(try await storedItems())
        books.attempted = books.stored
        books.arrivals = try await arrivals()
        books.ledger = try await ledger()
        books.log = try await logLines(of: "kind IN ('attempt', 'delivery')")
        return books
    }

    /// Each recipient and channel of the reminders that there are.
    func storedItems() async throws -> [DeliveryBooks.Item] {
        let rows = try await pool.query(
            Query(
                """
                SELECT title, recipient, channel FROM sag_reminders, unnest(recipient_user_ids) recipient,
                    LATERAL (VALUES ('email', notify_email), ('mattermost', notify_mattermost),
                        ('frontend', notify_frontend)) choice (channel, is_wanted)
                WHERE is_wanted
                """))
        return try rows.map {
            DeliveryBooks.Item(title: try $0.text(0), recipient: try $0.text(1), channel: try $0.text(2))
        }
    }

    /// Mails and posts that the catcher took; of a post it refused nobody was told.
    private func arrivals() async throws -> [DeliveryBooks.Arrival] {
        let mails = try await catcher.mail().map { mail in
            DeliveryBooks.Arrival(
                title: mail.subject.split(separator: " ").last.map(String.init) ?? "", channel: "email",
                delivery: mail.headers["Message-ID"].map { String($0.dropFirst().prefix { $0 != "@" }) } ?? "",
                at: try Self.date(mail.receivedAt))
        }
        let posts = try await catcher.posts().filter { $0.status == 200 || $0.status == 0 }.map { post in
            DeliveryBooks.Arrival(
                title: Self.title(ofPost: post.body), channel: "mattermost", delivery: nil,
                at: try Self.date(post.receivedAt))
        }
        return mails + posts
    }

    private static func date(_ text: String) throws -> Date {
        try Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The last word of what a post says first.
    private static func title(ofPost body: String) -> String {
        let post = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        return (post?["text"] as? String)?.split(separator: " ").last.map(String.init) ?? ""
    }

    /// The ledger.
    func ledger() async throws -> [DeliveryBooks.LedgerRow] {
        let rows = try await pool.query(
            Query(
                """
                SELECT r.title, d.recipient, d.channel, d.occurrence_id, d.generation, d.id::text, d.state,
                    (extract(epoch FROM d.due_at) * 1000000)::bigint
                FROM deliveries d JOIN sag_reminders r ON r.id = d.reminder_id
                """))
        return try rows.map { row in
            DeliveryBooks.LedgerRow(
                item: .init(title: try row.text(0), recipient: try row.text(1), channel: try row.text(2)),
                occurrence: try row.int64(3), generation: Int(try row.int64(4)), delivery: try row.text(5),
                state: try row.text(6), due: Self.date(microseconds: try row.int64(7)))
        }
    }

    /// Lines of the log.
    ///
    /// - Parameter condition: Which, in SQL.
    func logLines(of condition: String) async throws -> [DeliveryBooks.LogLine] {
        let rows = try await pool.query(
            Query(
                """
                SELECT occurrence_id, user_id, channel, generation, delivery_id::text, (kind = 'delivery')::int,
                    outcome, (extract(epoch FROM created_at) * 1000000)::bigint
                FROM sag_reminder_logs WHERE \(condition)
                """))
        return try rows.map { row in
            DeliveryBooks.LogLine(
                occurrence: try row.int64(0), recipient: try row.text(1), channel: try row.text(2),
                generation: Int(try row.int64(3)), delivery: try row.text(4), isFinal: try row.int64(5) == 1,
                outcome: try row.text(6), at: Self.date(microseconds: try row.int64(7)))
        }
    }

    private static func date(microseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }

    /// Everything was sent and recorded once.
    ///
    /// - Parameter copies: How many mails may have gone out once more, under the same Message-ID.
    func expectEachSentOnce(
        _ count: Int, copies: ClosedRange<Int> = 0...0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let verdict = try await books().verdict()
        #expect(verdict.faults(copies: copies) == [], sourceLocation: sourceLocation)
        #expect(verdict.outcomes == ["sent": count], sourceLocation: sourceLocation)
        #expect(
            try await number("SELECT count(*) FROM deliveries WHERE state <> 'sent' OR finished_at IS NULL") == 0,
            sourceLocation: sourceLocation)
        #expect(
            try await number("SELECT count(*) FROM sag_reminder_queue") == count, "occurrences",
            sourceLocation: sourceLocation)
        #expect(try await number("SELECT count(*) FROM permits") == count, "permits", sourceLocation: sourceLocation)
        #expect(
            try await texts("SELECT DISTINCT status FROM sag_reminder_queue") == ["sent"],
            sourceLocation: sourceLocation)
    }
}
