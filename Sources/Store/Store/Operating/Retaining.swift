import RemindersDomain
import RemindersPostgres

/// What is over and older than anybody wants it.
extension SQL {
    static let forgetFinished = Statement<String, Duration, Int>(
        "forgetFinished",
        "SELECT forget_finished($1, clock_timestamp() - $2 * interval '1 millisecond', $3) AS rows")

    static let countFinished = Statement<String, Duration>(
        "countFinished", "SELECT count_finished($1, clock_timestamp() - $2 * interval '1 millisecond') AS rows")

    static let archivedPartitions = PlainStatement(
        "archivedPartitions", "SELECT partition, file, rows, archived_at FROM archives ORDER BY archived_at, partition")

    static let retaining: [any AnyStatement] = [forgetFinished, countFinished, archivedPartitions]
}

extension Retention.Kind {
    /// The tables that are partitioned, of which whole weeks go; none for those that are kept whole, whose rows are deleted.
    fileprivate var partitioned: [String] {
        switch self {
        case .caseEvents, .deadLetters, .answers: []
        case .log: ["sag_reminder_logs"]
        case .deliveries: ["deliveries", "sag_reminder_queue"]
        case .popups: ["popups"]
        }
    }
}

extension Retention {
    /// The partitions of weeks that are over and older than they are kept, the oldest first and the log's last: what is
    /// recorded outlives what it is about.
    public func partitionsToDrop(_ partitions: [TablePartition], now: Instant) -> [TablePartition] {
        let ages = Dictionary(
            uniqueKeysWithValues: Kind.allCases.flatMap { kind in kind.partitioned.map { ($0, self[kind]) } })
        func isLog(_ partition: TablePartition) -> Int { Kind.log.partitioned.contains(partition.table) ? 1 : 0 }
        return partitions.filter { partition in
            guard let end = partition.endsAt, case let age?? = ages[partition.table] else { return false }
            return end <= now - age
        }.sorted {
            (isLog($0), $0.endsAt ?? .distantPast, $0.name) < (isLog($1), $1.endsAt ?? .distantPast, $1.name)
        }
    }
}

/// What went, or would go, of one table.
public struct Forgotten: Hashable, Sendable {
    /// The table, or the partition of it.
    public let table: String
    /// How many rows; of a partition an estimate.
    public var rows: Int64
    /// Why it does not go, although it is old enough; nil for what does.
    public var staysBecause: String?

    /// So many rows of this table.
    public init(table: String, rows: Int64, staysBecause: String? = nil) {
        self.table = table
        self.rows = rows
        self.staysBecause = staysBecause
    }
}

extension [Forgotten] {
    /// Whether anything went, so that there may be more.
    public var mayBeMore: Bool { contains { $0.staysBecause == nil } }
}

/// A partition that was written to a file.
public struct ArchivedPartition: Hashable, Sendable {
    /// The partition, which may have gone since.
    public let partition: String
    /// Where it was written to.
    public let file: String
    /// How many rows.
    public let rows: Int64
    /// When.
    public let archivedAt: Instant
}

extension ReminderStore {
    /// Lets go of a slice of everything that is over and older than it is kept: short transactions that nobody waits for. Of
    /// partitions one goes.
    ///
    /// - Returns: what went; while anything did there may be more. And what stays although it is old enough.
    public func forgetSlice(_ retention: Retention, slice: Int = 5_000) async throws -> [Forgotten] {
        var forgotten: [Forgotten] = []
        for kind in Retention.Kind.allCases where kind.partitioned.isEmpty {
            guard let age = retention[kind] else { continue }
            let rows = try await pool.query(SQL.forgetFinished(kind.rawValue, age, slice)).readOne {
                try $0.int64("rows")
            }
            if rows > 0 { forgotten.append(Forgotten(table: kind.rawValue, rows: rows)) }
        }
        let now = try await now()
        for partition in try await oldPartitions(retention, now: now) {
            let dropped = try await dropIfFree(partition)
            forgotten.append(dropped)
            if dropped.staysBecause == nil { break }
        }
        for kind in Retention.Kind.allCases {
            guard let age = retention[kind] else { continue }
            for table in kind.partitioned {
                let rows = try await forgetKept(of: table, before: now - age, limit: Int32(clamping: slice))
                if rows > 0 { forgotten.append(Forgotten(table: table, rows: rows)) }
            }
        }
        return forgotten
    }

    /// What is over and older than it is kept.
    public func countForgettable(_ retention: Retention) async throws -> [Forgotten] {
        var found: [Forgotten] = []
        for kind in Retention.Kind.allCases where kind.partitioned.isEmpty {
            guard let age = retention[kind] else { continue }
            let rows = try await pool.query(SQL.countFinished(kind.rawValue, age)).readOne { try $0.int64("rows") }
            if rows > 0 { found.append(Forgotten(table: kind.rawValue, rows: rows)) }
        }
        return found + (try await oldPartitions(retention, now: now()).map(\.forgotten))
    }

    /// Partitions that are old enough to go and that no file has yet.
    public func partitionsToArchive(_ retention: Retention) async throws -> [TablePartition] {
        let archived = Set(try await archivedPartitions().map(\.partition))
        return retention.partitionsToDrop(try await partitions(), now: try await now()).filter {
            !archived.contains($0.name)
        }
    }

    /// Every partition that was written to a file, the oldest first.
    public func archivedPartitions() async throws -> [ArchivedPartition] {
        try await pool.query(SQL.archivedPartitions()).read { row in
            ArchivedPartition(
                partition: try row.text("partition"), file: try row.text("file"), rows: try row.int64("rows"),
                archivedAt: try row.instant("archived_at"))
        }
    }

    private func oldPartitions(
        _ retention: Retention, now: Instant
    ) async throws -> [(partition: TablePartition, forgotten: Forgotten)] {
        let old = retention.partitionsToDrop(try await partitions(), now: now)
        guard retention.isArchivedFirst, !old.isEmpty else {
            return old.map { ($0, Forgotten(table: $0.name, rows: $0.rows)) }
        }
        let archived = Set(try await archivedPartitions().map(\.partition))
        return old.map {
            let reason = archived.contains($0.name) ? nil : "it is not archived yet"
            return ($0, Forgotten(table: $0.name, rows: $0.rows, staysBecause: reason))
        }
    }

    private func dropIfFree(_ old: (partition: TablePartition, forgotten: Forgotten)) async throws -> Forgotten {
        var forgotten = old.forgotten
        guard forgotten.staysBecause == nil else { return forgotten }
        do {
            if case .stays(let reason) = try await dropPartition(old.partition.name) { forgotten.staysBecause = reason }
        } catch let error as PostgresError where error.sqlState == "55P03" {
            // Lock not available (PostgreSQL manual, appendix A).
            forgotten.staysBecause = "somebody uses the table for longer than a moment on end"
        }
        return forgotten
    }
}
