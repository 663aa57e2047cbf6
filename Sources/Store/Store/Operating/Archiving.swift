import RemindersDomain
import RemindersPostgres

/// Partitions as CSV, for files.
extension SQL {
    static let columnsOfPartition = Statement<String>(
        "columnsOfPartition",
        """
        SELECT attname AS name, format_type(atttypid, atttypmod) AS type
        FROM partitions JOIN pg_attribute ON attrelid = partition::regclass AND attnum > 0 AND NOT attisdropped
        WHERE partition = $1 ORDER BY attnum
        """)

    static let rememberArchive = Statement<String, String, Int64>(
        "rememberArchive",
        """
        INSERT INTO archives (partition, file, rows) VALUES ($1, $2, $3)
        ON CONFLICT (partition) DO UPDATE SET file = excluded.file, rows = excluded.rows, archived_at = clock_timestamp()
        RETURNING archived_at
        """)

    static let erasuresSince = Statement<Instant>(
        "erasuresSince", "SELECT id::text AS id, started_at FROM erasures WHERE started_at > $1 ORDER BY started_at")

    static let archiving: [any AnyStatement] = [columnsOfPartition, rememberArchive, erasuresSince]

    /// Each row of a partition as a line of CSV (RFC 4180): NULL is empty, everything else stands in quotation marks.
    fileprivate static func linesOf(_ partition: String, _ columns: [PartitionColumn]) -> String {
        let fields = columns.map { column in
            let name = quoted(column.name)
            return "CASE WHEN \(name) IS NULL THEN '' ELSE '\"' || replace(\(name)::text, '\"', '\"\"') || '\"' END"
        }
        return "SELECT \(fields.joined(separator: " || ',' || ")) AS line FROM \(quoted(partition))"
    }

    private static func quoted(_ identifier: String) -> String {
        "\"\(identifier.replacing("\"", with: "\"\""))\""
    }
}

/// A column of a partition.
public struct PartitionColumn: Hashable, Sendable, Codable {
    /// Its name.
    public let name: String
    /// Its type, as PostgreSQL writes it.
    public let type: String
}

extension ReminderStore {
    /// The columns of a partition, in their order; none when there is no such partition.
    public func columns(ofPartition name: String) async throws -> [PartitionColumn] {
        try await pool.query(SQL.columnsOfPartition(name)).read {
            PartitionColumn(name: try $0.text("name"), type: try $0.text("type"))
        }
    }

    /// Reads a partition as it is at one moment, as lines of CSV without their ends.
    ///
    /// - Parameters:
    ///   - columns: of `columns(ofPartition:)`.
    ///   - write: gets some thousand lines at a time; what it throws ends the reading.
    /// - Returns: how many rows.
    public func readPartition(
        _ name: String, _ columns: [PartitionColumn], _ write: @Sendable ([String]) throws -> Void
    ) async throws -> Int64 {
        try await pool.transaction { transaction in
            // Times as they can be read anywhere.
            try await transaction.execute(
                script: """
                    SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'iso_8601';
                    DECLARE archived NO SCROLL CURSOR FOR \(SQL.linesOf(name, columns))
                    """)
            var count: Int64 = 0
            while true {
                let lines = try await transaction.query(Query("FETCH 5000 FROM archived", [])).read {
                    try $0.text("line")
                }
                if lines.isEmpty { return count }
                try write(lines)
                count += Int64(lines.count)
            }
        }
    }

    /// Remembers that a partition was written to a file.
    ///
    /// - Returns: when.
    public func rememberArchive(of partition: String, file: String, rows: Int64) async throws -> Instant {
        try await pool.query(SQL.rememberArchive(partition, file, rows)).readOne { try $0.instant("archived_at") }
    }

    /// Erasures that were asked for after a time, the oldest first.
    public func erasures(since time: Instant) async throws -> [(id: String, startedAt: Instant)] {
        try await pool.query(SQL.erasuresSince(time)).read { (try $0.text("id"), try $0.instant("started_at")) }
    }
}
