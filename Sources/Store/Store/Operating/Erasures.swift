import RemindersDomain
import RemindersPostgres

/// `erasures`: people of whom nothing is to be left but what they count for.
extension SQL {
    static let beginErasure = Statement<String, String>("beginErasure", "SELECT begin_erasure($1, $2)::text AS id")

    private static let ofErased = LineInSQL(
        kind: LogKind.delivery.literal, outcome: "state", attempt: "nullif(attempts, 0)",
        reason: "'\(WithdrawReason.personErased.rawValue)'")

    // What the slice has ended gets its final record in the same statement.
    static let eraseSlice = Statement<String>(
        "eraseSlice", insertLines(ofErased, from: "erase_slice($1::text::uuid) ended"))

    static let erasure = Statement<String>(
        "erasure", "SELECT \(Erasure.columns) FROM erasures WHERE id = $1::text::uuid")

    static let unfinishedErasures = PlainStatement(
        "unfinishedErasures",
        "SELECT \(Erasure.columns) FROM erasures WHERE finished_at IS NULL ORDER BY started_at LIMIT 100")

    static let personalRows = Statement<String>(
        "personalRows", "SELECT place, rows FROM personal_rows($1) WHERE rows > 0 ORDER BY place")

    static let usersWithAddress = Statement<String>(
        "usersWithAddress",
        """
        SELECT id FROM users WHERE lower(email) = lower($1)
        UNION SELECT user_id FROM user_notification_preferences WHERE lower(email_override) = lower($1)
        ORDER BY 1 LIMIT 10
        """)

    // Who was erased has another name in the ledger than a message that is still on its way.
    static let deliveriesOfErased = Statement<[DeliveryID]>(
        "deliveriesOfErased",
        """
        SELECT id FROM deliveries
        WHERE id = ANY ($1) AND starts_with(recipient, '\(Recipient.erasedPrefix)') AND finished_at IS NOT NULL
        """)

    static let erasures: [any AnyStatement] = [
        beginErasure, eraseSlice, erasure, unfinishedErasures, personalRows, usersWithAddress, deliveriesOfErased,
    ]
}

/// The erasure of a person: how far it has come, and not whose it is.
public struct Erasure: Hashable, Sendable {
    /// Its id, a UUID at random.
    public let id: String
    /// What it is at; `done` in the end.
    public let step: String
    /// How many slices have done something: it grows as long as the erasure goes on.
    public let slices: Int64
    /// How many rows were changed, by table.
    public let counts: [String: Int64]
    /// When it was asked for.
    public let startedAt: Instant
    /// When nothing was left; nil before.
    public let finishedAt: Instant?

    /// What the person is called from then on, wherever something still counts for them.
    public var pseudonym: String { Recipient.erasedPrefix + id }

    static let columns = """
        id::text AS id, step, slices, ARRAY(SELECT key FROM jsonb_each(counts) ORDER BY key) AS tables,
            ARRAY(SELECT value::bigint FROM jsonb_each(counts) ORDER BY key) AS rows, started_at, finished_at
        """
}

extension ReminderStore {
    /// Begins to erase a person: from now on nothing is sent to them, and what says who they are is gone. `goOnErasing`
    /// does the rest. Before that has finished, again is the same erasure.
    ///
    /// - Parameters:
    ///   - person: who.
    ///   - requester: who asks for it.
    public func beginErasure(of person: Erasable, by requester: String) async throws -> String {
        try await pool.query(SQL.beginErasure(person.recipient.key, requester)).readOne { try $0.text("id") }
    }

    /// Goes on with an erasure until it has finished or `limit` has passed. Any number may, at the same time.
    ///
    /// - Returns: how far it has come. What a sender has in hand is waited for by whoever calls again.
    public func goOnErasing(_ id: String, for limit: Duration) async throws -> Erasure {
        let end = ContinuousClock.now + limit
        var before = try await erasure(id)
        while before.finishedAt == nil {
            _ = try await pool.query(SQL.eraseSlice(id))
            let now = try await erasure(id)
            // Somebody else is at it, or a sender has something in hand.
            if now.slices == before.slices { return now }
            before = now
            if ContinuousClock.now >= end { break }
        }
        return before
    }

    /// How far an erasure has come.
    public func erasure(_ id: String) async throws -> Erasure {
        try await pool.query(SQL.erasure(id)).readOne(Erasure.init(row:))
    }

    /// How far an erasure has come; nil where there is none with this id, or it is no id.
    public func erasureIfKnown(_ id: String) async throws -> Erasure? {
        guard UUIDBytes(id) != nil else { return nil }
        return try await pool.query(SQL.erasure(id)).readFirst(Erasure.init(row:))
    }

    /// Erasures that have not finished, the oldest first.
    public func unfinishedErasures() async throws -> [Erasure] {
        try await pool.query(SQL.unfinishedErasures()).read(Erasure.init(row:))
    }

    /// How many rows of each table would change if a person were erased.
    public func personalRows(of person: Erasable) async throws -> [(table: String, rows: Int64)] {
        try await pool.query(SQL.personalRows(person.recipient.key)).read {
            (try $0.text("place"), try $0.int64("rows"))
        }
    }

    /// Users whose mail goes to this address.
    public func users(withAddress address: String) async throws -> [String] {
        try await pool.query(SQL.usersWithAddress(address)).read { try $0.text("id") }
    }

    /// Which of these deliveries have ended, and are those of people who were erased since.
    public func deliveriesOfErased(_ ids: [DeliveryID]) async throws -> Set<DeliveryID> {
        Set(try await pool.query(SQL.deliveriesOfErased(ids)).read { try $0.deliveryID("id") })
    }
}

extension Erasure {
    fileprivate init(row: inout RowReader) throws {
        id = try row.text("id")
        step = try row.text("step")
        slices = try row.int64("slices")
        counts = Dictionary(uniqueKeysWithValues: zip(try row.textArray("tables"), try row.int64Array("rows")))
        startedAt = try row.instant("started_at")
        finishedAt = try row.instantOrNil("finished_at")
    }
}
