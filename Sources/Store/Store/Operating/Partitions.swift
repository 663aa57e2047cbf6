import RemindersDomain
import RemindersPostgres

/// The partitions of the queue, the ledger, the log and the pop-ups: a week each.
extension SQL {
    static let makePartitionsAhead = Statement<Int32?>(
        "makePartitionsAhead", "SELECT made, missing, moved, made_until FROM make_partitions_ahead(at_most => $1)")

    static let listPartitions = PlainStatement(
        "listPartitions",
        "SELECT parent, partition, begins_at, ends_at, rows, bytes FROM partitions ORDER BY parent, ends_at, partition")

    static let dropPartition = Statement<String>(
        "dropPartition", "SELECT is_dropped, kept, reason FROM drop_partition($1)")

    static let forgetKept = Statement<String, Instant, Int32>(
        "forgetKept", "SELECT forget_kept($1, $2, $3) AS deleted")

    static let partitions: [any AnyStatement] = [makePartitionsAhead, listPartitions, dropPartition, forgetKept]
}

/// A part of a table that is partitioned by week.
public struct TablePartition: Hashable, Sendable {
    /// The table: `deliveries`.
    public let table: String
    /// Its own name: `deliveries_2026w48`.
    public let name: String
    /// It holds what belongs to occurrences made at this time or later; nil where nothing came before.
    public let beginsAt: Instant?
    /// And before this time; nil for what is kept of weeks that were dropped.
    public let endsAt: Instant?
    /// As the database estimates.
    public let rows: Int64
    /// With its indexes.
    public let bytes: Int64
}

/// What became of the partitions of the weeks ahead.
public struct PartitionsAhead: Hashable, Sendable {
    /// How many were made.
    public internal(set) var made = 0
    /// How many could not be made: a table is in use for longer than a moment.
    public internal(set) var missing = 0
    /// How many rows had come before there was a partition for them, and have been taken there.
    public internal(set) var moved: Int64 = 0
    /// Until when all tables have partitions.
    public internal(set) var madeUntil = Instant.distantPast
}

/// What came of dropping a partition.
public enum DroppedPartition: Hashable, Sendable {
    /// It is gone. So many rows of occurrences that are not finished were kept.
    case dropped(kept: Int64)
    /// It stays, and why.
    case stays(reason: String)
}

extension ReminderStore {
    /// Makes the partitions that are missing of this week and the next two, one a transaction, so that nobody waits for
    /// longer than one takes.
    public func makePartitionsAhead() async throws -> PartitionsAhead {
        var sum = PartitionsAhead()
        while true {
            let once = try await pool.query(SQL.makePartitionsAhead(1)).readOne(PartitionsAhead.init(row:))
            sum.made += once.made
            sum.moved += once.moved
            sum.missing = once.missing
            sum.madeUntil = once.madeUntil
            if once.made == 0 || once.missing == 0 { return sum }
        }
    }

    /// All partitions, by table and time.
    public func partitions() async throws -> [TablePartition] {
        try await pool.query(SQL.listPartitions()).read { row in
            TablePartition(
                table: try row.text("parent"), name: try row.text("partition"),
                beginsAt: try row.instantOrNil("begins_at"), endsAt: try row.instantOrNil("ends_at"),
                rows: try row.int64("rows"), bytes: try row.int64("bytes"))
        }
    }

    /// Drops the partition of a week that is over. What is not finished of it is kept with all that belongs to it.
    ///
    /// - Throws: `55P03` (lock not available) where the table was in use for a tenth of a second on end: try again.
    public func dropPartition(_ name: String) async throws -> DroppedPartition {
        try await pool.query(SQL.dropPartition(name)).readOne { row in
            try row.bool("is_dropped")
                ? .dropped(kept: try row.int64("kept")) : .stays(reason: try row.text("reason"))
        }
    }

    /// Deletes what was kept of occurrences made before a time that have come to an end since.
    ///
    /// - Parameter limit: at most so many rows.
    /// - Returns: how many.
    public func forgetKept(of table: String, before: Instant, limit: Int32) async throws -> Int64 {
        try await pool.query(SQL.forgetKept(table, before, limit)).readOne { try $0.int64("deleted") }
    }
}

extension PartitionsAhead {
    fileprivate init(row: inout RowReader) throws {
        made = try row.int("made")
        missing = try row.int("missing")
        moved = try row.int64("moved")
        madeUntil = try row.instant("made_until")
    }
}
