import CLibPQ

/// What a statement returned: rows, or only the number of rows it changed.
///
/// Values are decoded when asked for, straight from libpq's memory, which is freed with the last of `Rows` and `Row`.
public struct Rows: Sendable, RandomAccessCollection {
    let result: QueryResult

    /// 0
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { Int(result.rowCount) }

    /// A row, from 0.
    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "row \(position) of \(endIndex)")
        return Row(result: result, row: Int32(truncatingIfNeeded: position))
    }

    /// Rows inserted, updated, deleted or selected, from the command tag.
    public var affectedRows: Int { result.affectedRows }

    /// The command tag, for example "INSERT 0 5".
    public var commandTag: String { result.commandTag }

    /// Names of the columns in their order.
    public var columnNames: [String] { (0..<result.columnCount).map(result.columnName) }

    /// Looks a name up once, to use the column for each row; of two columns with one name the first is meant.
    ///
    /// - Throws: `.decode` when there is no such column.
    public func column(_ name: String) throws(PostgresError) -> Column {
        guard let index = result.index(of: name) else {
            throw PostgresError(.decode, "there is no column \"\(name)\" among \(columnNames)")
        }
        return Column(index: index)
    }
}

/// A column of one result, found by its name: see `Rows.column(_:)`.
///
/// There is no way to say which one by counting: what is inserted into a statement in front would shift what is read.
public struct Column: Sendable, Hashable {
    /// From 0.
    let index: Int32

    init(index: Int32) {
        self.index = index
    }
}
