import RemindersDomain
import RemindersPostgres
import Testing

/// What scheduler, rate-limiter and senders leave behind, written straight into their tables.
extension APIScene {
    /// An occurrence that was published and decided about.
    ///
    /// - Parameter due: SQL.
    /// - Returns: its id.
    func occur(_ reminder: Int64, due: String = "now() - interval '1 minute'", decided: Bool = true) async throws
        -> Int64
    {
        try await number(
            """
            INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, status, published_at, processed_at)
            SELECT $1, 'time_based', \(due), 'sent', now(), CASE WHEN $2 THEN now() END RETURNING id
            """, [.int8(reminder), .bool(decided)])
    }

    /// A delivery of an occurrence, with its final record if it has ended.
    ///
    /// - Parameters:
    ///   - release, recorded: SQL.
    ///   - decision: JSON.
    ///   - age: how long ago it was asked for, which its id tells.
    ///   - generation: how often it was asked for again before.
    /// - Returns: its id.
    @discardableResult
    func deliver(
        _ occurrence: Int64, to user: String, _ channel: String = "email", _ state: String = "sent",
        reason: String? = nil, reply: String? = nil, attempts: Int64 = 1, release: String = "NULL",
        recorded: String = "clock_timestamp()", decision: String? = nil, age: Duration = .zero, generation: Int64 = 0
    ) async throws -> String {
        let id = DeliveryID(at: try await now() - age, random: (.random(in: 0 ... .max), .random(in: 0 ... .max)))
        let isFinal = try #require(DeliveryState(rawValue: state)).isFinal
        try await run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, reply, due_at,
                attempts, release_at, finished_at, decision, generation)
            SELECT id, $2, $3, $4::text::uuid, reminder_id, $5, $6, $7, due_at, $8, \(release),
                CASE WHEN $9 THEN \(recorded) END, $10::text::jsonb, $11::int8
            FROM sag_reminder_queue WHERE id = $1
            """,
            [
                .int8(occurrence), .text(user), .text(channel), .text(id.text), .text(state), .textOrNil(reason),
                .textOrNil(reply), .int8(attempts), .bool(isFinal), .textOrNil(decision), .int8(generation),
            ])
        if isFinal {
            try await log(
                occurrence, user, channel, "delivery", state, attempt: attempts, recorded: recorded,
                generation: generation)
        }
        return id.text
    }

    /// A line of the log about a delivery.
    ///
    /// - Parameter recorded: SQL.
    func log(
        _ occurrence: Int64, _ user: String, _ channel: String, _ kind: String, _ outcome: String, attempt: Int64,
        reply: String? = nil, recorded: String = "clock_timestamp()", details: String? = nil, generation: Int64 = 0
    ) async throws {
        try await run(
            """
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel, attempt,
                reason, reply, due_at, created_at, details, generation, week)
            SELECT $4, $5, occurrence_id, id, reminder_id, recipient, channel, nullif($6::int8, 0)::smallint, reason,
                coalesce($7, reply), due_at, \(recorded), $8::text::jsonb, generation, week_of_id(occurrence_id)
            FROM deliveries WHERE occurrence_id = $1 AND recipient = $2 AND channel = $3 AND generation = $9::int8
            """,
            [
                .int8(occurrence), .text(user), .text(channel), .text(kind), .text(outcome), .int8(attempt),
                .textOrNil(reply), .textOrNil(details), .int8(generation),
            ])
    }
}
