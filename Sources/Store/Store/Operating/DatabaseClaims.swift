import RemindersDomain
import RemindersPostgres

/// `deployment`: whose database it is.
extension SQL {
    static let databaseClaim = PlainStatement(
        "databaseClaim",
        "SELECT name, place = database_place() AS is_in_place, claimed_at, epoch::text FROM deployment")

    static let adoptDatabase = Statement<String>(
        "adoptDatabase",
        "UPDATE deployment SET name = $1, claimed_at = now() WHERE name IS NULL AND place = database_place()")

    static let claimDatabase = Statement<String?>(
        "claimDatabase",
        """
        INSERT INTO deployment (name, place) VALUES ($1, database_place())
        ON CONFLICT (only_one) DO UPDATE SET name = excluded.name, place = excluded.place, epoch = gen_random_uuid(),
            claimed_at = now()
        """)

    // What an hour brings, and what has to be gone through for that is little beside a claim.
    static let openWork = PlainStatement(
        "openWork",
        """
        SELECT 'reminder' AS kind, NULL::text AS channel, NULL::text AS state, count(*) AS count, min(t.next_check_at) AS first
        FROM sag_reminder_times t WHERE t.next_check_at < now() + interval '1 hour'
        HAVING count(*) > 0
        UNION ALL
        SELECT 'occurrence', NULL, NULL, count(*), min(q.due_at)
        FROM sag_reminder_queue q
        WHERE q.published_at IS NULL OR q.published_at IS NOT NULL AND q.processed_at IS NULL
        HAVING count(*) > 0
        UNION ALL
        SELECT 'delivery', d.channel, d.state, count(*), min(CASE WHEN isfinite(d.release_at) THEN d.release_at END)
        FROM deliveries d
        WHERE d.finished_at IS NULL AND d.release_at IS NULL OR d.release_at IS NOT NULL AND d.finished_at IS NULL
        GROUP BY d.channel, d.state
        ORDER BY 1 DESC, 2, 3
        """)

    static let firstOpenDeliveries = Statement<Int>(
        "firstOpenDeliveries",
        """
        SELECT d.channel, d.state, d.recipient, d.due_at, r.title
        FROM deliveries d JOIN sag_reminders r ON r.id = d.reminder_id
        WHERE d.finished_at IS NULL AND d.release_at IS NULL OR d.release_at IS NOT NULL AND d.finished_at IS NULL
        ORDER BY coalesce(d.release_at, d.requested_at), d.occurrence_id
        LIMIT $1
        """)

    static let databaseClaims: [any AnyStatement] = [
        databaseClaim, adoptDatabase, claimDatabase, openWork, firstOpenDeliveries,
    ]
}

/// What a database would send.
public struct OpenWork: Sendable {
    /// So many of one kind.
    public struct Count: Sendable {
        /// `reminder` (due within the hour), `occurrence` (not decided about) or `delivery`.
        public let kind: String
        /// Of deliveries: through which channel.
        public let channel: ChannelKind?
        /// Of deliveries: where they stand.
        public let state: DeliveryState?
        /// How many.
        public let count: Int64
        /// When the first is due or released; nil: at once, or when a switch is turned on.
        public let first: Instant?
    }

    /// A delivery that has not ended.
    public struct Delivery: Sendable {
        /// Through which channel.
        public let channel: ChannelKind
        /// Where it stands.
        public let state: DeliveryState
        /// For whom.
        public let recipient: Recipient
        /// When it was due.
        public let dueAt: Instant
        /// The reminder's title.
        public let title: String
    }

    /// How much of each kind.
    public let counts: [Count]
    /// The first few deliveries.
    public let first: [Delivery]
}

extension ReminderStore {
    /// Whose the database says that it is.
    public func databaseClaim() async throws -> DatabaseClaim {
        try await pool.query(SQL.databaseClaim()).readOne { row in
            DatabaseClaim(
                name: try row.textOrNil("name").flatMap { DeploymentName($0) }, isInPlace: try row.bool("is_in_place"),
                claimedAt: try row.instant("claimed_at"), epoch: try row.text("epoch"))
        }
    }

    /// Whether this deployment may work on the database.
    ///
    /// - Parameter isAdopting: whether one that has no name yet is given this deployment's: who may not do that goes on without.
    public func deploymentVerdict(of here: DeploymentName?, isAdopting: Bool = false) async throws -> DeploymentVerdict
    {
        let verdict = DeploymentVerdict(of: here, on: try await databaseClaim())
        guard isAdopting, verdict == .adopts, let here else { return verdict }
        _ = try await pool.query(SQL.adoptDatabase(here.text))
        // Somebody else may have been first.
        return DeploymentVerdict(of: here, on: try await databaseClaim())
    }

    /// Makes the database, where it is, that of a deployment; of whoever has no name, with nil.
    public func claimDatabase(as name: DeploymentName?) async throws {
        _ = try await pool.query(SQL.claimDatabase(name?.text))
    }

    /// What would be sent, with at most `limit` deliveries.
    public func openWork(limit: Int) async throws -> OpenWork {
        let counts = try await pool.query(SQL.openWork()).read { row in
            OpenWork.Count(
                kind: try row.text("kind"), channel: try row.valueOrNil("channel"), state: try row.valueOrNil("state"),
                count: try row.int64("count"), first: try row.instantOrNil("first"))
        }
        let first = try await pool.query(SQL.firstOpenDeliveries(limit)).read { row in
            OpenWork.Delivery(
                channel: try row.value("channel"), state: try row.value("state"),
                recipient: try row.recipient("recipient"),
                dueAt: try row.instant("due_at"), title: try row.text("title"))
        }
        return OpenWork(counts: counts, first: first)
    }
}
