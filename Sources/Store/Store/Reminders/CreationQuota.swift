import RemindersDomain
import RemindersPostgres

/// `creation_quotas`, as reminders are created.
extension SQL {
    static let takeCreations = Statement<[String], [Int32], Int32, Int32, Int32>(
        "takeCreations", "SELECT take_creations($1, $2, $3, $4, $5)")

    static let purgeCreationQuotas = PlainStatement(
        "purgeCreationQuotas", "DELETE FROM creation_quotas WHERE day < now() - interval '2 days'")

    /// Counts those of a batch that count; nothing where none does.
    static func takeCreations(_ batch: [ReminderCreation], _ quota: CreationQuota) -> [Query] {
        let creators = batch.filter(\.countsAgainstQuota).map(\.createdBy)
        guard !creators.isEmpty, quota != .unlimited else { return [] }
        return [
            takeCreations(
                creators, Array(repeating: 1, count: creators.count), Int32(clamping: quota.perMinute),
                Int32(clamping: quota.perDay), Int32(clamping: quota.active))
        ]
    }

    static let creationQuotas: [any AnyStatement] = [takeCreations, purgeCreationQuotas]
}

/// How many reminders one person may create. 0 is no limit.
public struct CreationQuota: Hashable, Sendable {
    /// In a minute of the clock.
    public var perMinute = 120
    /// In a day, UTC.
    public var perDay = 5_000
    /// That may still fire, at a time.
    public var active = 10_000

    /// The defaults.
    public init() {}

    /// No limits.
    public static let unlimited: CreationQuota = {
        var quota = CreationQuota()
        (quota.perMinute, quota.perDay, quota.active) = (0, 0, 0)
        return quota
    }()
}

/// A person has created as many reminders as they may.
public struct CreationQuotaExceeded: Error, Hashable, Sendable {
    /// Which of the limits it is.
    public enum Limit: String, Sendable {
        /// `CreationQuota.perMinute`.
        case perMinute = "creations_per_minute"
        /// `CreationQuota.perDay`.
        case perDay = "creations_per_day"
        /// `CreationQuota.active`.
        case active = "active_reminders"
    }

    /// Which limit.
    public let limit: Limit
    /// When there is room again; nil where waiting alone makes none.
    public let freeAt: Instant?
    /// Whose.
    let creator: OpaqueID
    /// How many more they may create all the same.
    let room: Int

    /// What `take_creations` says; nil for another error.
    init?(_ error: any Error) {
        guard let error = error as? PostgresError, error.sqlState == "RQ001",
            let limit = error.constraint.flatMap(Limit.init),
            let parts = error.detail?.split(separator: " ", maxSplits: 2),
            parts.count == 3, let room = Int(parts[0]), let seconds = Int64(parts[1])
        else { return nil }
        self.limit = limit
        self.room = room
        freeAt = seconds == 0 ? nil : Instant(microseconds: seconds * 1_000_000)
        creator = OpaqueID(String(parts[2]))
    }
}

extension ReminderStore {
    /// Deletes what was counted on past days.
    public func purgeCreationQuotas() async throws {
        _ = try await pool.query(SQL.purgeCreationQuotas())
    }
}
