import Logging
import RemindersDomain
import RemindersGround
import RemindersPostgres

/// The rows of a batch that this version can read, and those it can't.
public struct Readable<Row> {
    /// What could be read, in the order of the rows.
    public internal(set) var rows: [Row] = []
    /// What could not, in the order of the rows.
    public internal(set) var unreadable: [UnreadableRow] = []

    /// Nothing yet.
    public init() {}

    /// Rows that could all be read.
    public init(_ rows: [Row], unreadable: [UnreadableRow] = []) {
        self.rows = rows
        self.unreadable = unreadable
    }
}

extension Readable: Sendable where Row: Sendable {}

/// A row that this version can't read: written by hand, or by a newer version.
public struct UnreadableRow: Error, Hashable, CustomStringConvertible {
    /// Its id, or its occurrence's.
    public let id: Int64
    /// The column, what it holds, and what was expected there.
    public let reason: String

    /// The reason.
    public var description: String { reason }

    /// A row that can't be read for this reason.
    public init(id: Int64, reason: String) {
        self.id = id
        self.reason = reason
    }
}

/// Whether other rows of the same result may be readable.
func isOfOneRow(_ error: any Error) -> Bool {
    switch error {
    case StoreError.unknownValue: true
    case let error as PostgresError: error.code == .decode && error.column != nil
    default: false
    }
}

// MARK: - Lists

extension Rows {
    /// What `decode` makes of each row, for lists that people look at: rows that this version can't read are left out, and
    /// the log says so once of each.
    ///
    /// - Parameter id: the column that tells the rows apart, for the log.
    func readKnown<Value>(
        _ list: StaticString, by id: StaticString = "id", _ decode: (inout RowReader) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        try forEachRow { row in
            values.append(try decode(&row))
        } unreadable: { row, reason in
            LeftOut.shared.note("\(list) \(try row.idText(id))", reason: reason)
        }
        return values
    }
}

extension ReminderStore {
    /// A page of a list: as many as `limit`, unless there are no more. Instead of rows that this version can't read it has
    /// those behind them.
    ///
    /// - Parameters:
    ///   - list: for the log, with the column `id`, which tells its rows apart.
    ///   - first: reads the page, at most `limit` rows.
    ///   - next: reads what is behind a row.
    func page<Value>(
        of list: StaticString, by id: StaticString = "id", limit: Int, _ first: Query,
        next: (inout RowReader) throws -> Query,
        _ decode: (inout RowReader) throws -> Value
    ) async throws -> [Value] {
        var values: [Value] = []
        var query = first
        while true {
            let rows = try await pool.query(query)
            values += try rows.readKnown(list, by: id, decode)
            guard values.count < limit, rows.count >= limit, let behind = try rows.readLast(next) else {
                return Array(values.prefix(limit))
            }
            query = behind
        }
    }
}

/// Rows that were left out of lists, each named in the log once.
final class LeftOut: Sendable {
    static let shared = LeftOut()
    /// So many are remembered; beyond them a row may be named again.
    private static let capacity = 1_000

    private let known = Locked<Set<String>>([])

    func note(_ row: String, reason: String) {
        let isNew = known.withLock { known in
            if known.count >= Self.capacity { known.removeAll() }
            return known.insert(row).inserted
        }
        guard isNew else { return }
        Logger(label: "reminders.store").error(
            "a row that cannot be read is left out", metadata: ["row": "\(row)", "reason": "\(reason)"])
    }
}
