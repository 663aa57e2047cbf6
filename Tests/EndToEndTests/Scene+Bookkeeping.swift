import TestSupport
import Testing

/// What became of all reminders of a scene, counted on both sides: in the ledger and its log, and on the wire.
struct Bookkeeping {
    /// Reminders without a final record.
    var missing = 0
    /// Final records by outcome.
    var outcomes: [String: Int] = [:]
    /// Mails caught, copies included.
    var mails = 0
    /// Mails beyond the first with the same Message-ID.
    var copies = 0
    /// Deliveries recorded as sent of which no mail was caught.
    var lost = 0
    /// Mails with a Message-ID, or for a reminder, that the ledger does not have like that.
    var unexpected = 0
    /// Deliveries with more mails than attempts in the log.
    var unaccounted = 0
}

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

    /// Counts. Titles and cases of the reminders must be their ids, as `addReminders` makes them.
    func bookkeeping() async throws -> Bookkeeping {
        var books = Bookkeeping()
        books.missing = try await number(
            """
            SELECT count(*) FROM sag_reminders r WHERE NOT EXISTS (
                SELECT FROM sag_reminder_logs l WHERE l.kind = 'delivery' AND l.reminder_id = r.id)
            """)
        books.outcomes = try await counts(
            "SELECT outcome, count(*) FROM sag_reminder_logs WHERE kind = 'delivery' GROUP BY outcome")
        let attempts = try await counts(
            """
            SELECT delivery_id::text || ' ' || title, count(*) FROM sag_reminder_logs l
            JOIN sag_reminders r ON r.id = l.reminder_id
            WHERE kind = 'attempt' OR kind = 'delivery' AND outcome = 'sent' GROUP BY 1
            """)
        var caught: [String: Int] = [:]
        for mail in try await catcher.mail() { caught[mail.deliveryAndTitle, default: 0] += 1 }
        books.mails = caught.values.reduce(0, +)
        books.copies = books.mails - caught.count
        books.lost = attempts.keys.count { caught[$0] == nil }
        books.unexpected = caught.keys.count { attempts[$0] == nil }
        books.unaccounted = caught.count { $0.value > attempts[$0.key, default: 0] }
        return books
    }

    /// Everything was sent and recorded once.
    ///
    /// - Parameter copies: How many mails may have gone out once more, under the same Message-ID.
    func expectEachSentOnce(
        _ count: Int, copies: ClosedRange<Int> = 0...0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let books = try await bookkeeping()
        #expect(books.missing == 0, sourceLocation: sourceLocation)
        #expect(books.outcomes == ["sent": count], sourceLocation: sourceLocation)
        #expect(books.lost == 0, sourceLocation: sourceLocation)
        #expect(books.unexpected == 0, sourceLocation: sourceLocation)
        #expect(books.unaccounted == 0, sourceLocation: sourceLocation)
        #expect(copies.contains(books.copies), "copies on the wire", sourceLocation: sourceLocation)
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

extension CaughtMail {
    /// The delivery's id from Message-ID, and the title from the subject's end.
    fileprivate var deliveryAndTitle: String {
        let id = headers["Message-ID"].map { $0.dropFirst().prefix { $0 != "@" } } ?? ""
        let title = subject.split(separator: " ").last ?? ""
        return "\(id) \(title)"
    }
}
