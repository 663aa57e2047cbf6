import RemindersPostgres

/// One SQL statement, named by what it does, with what it takes: `Statement<Int64, Recipient>` has `$1` and `$2`, and is
/// called with an id and a recipient; a call with anything else does not compile. `PlainStatement` takes nothing.
///
/// Each parameter stands for one `$n`, or for several that follow one another: see `StatementParameter`. A test prepares
/// every statement on the migrated schema, and compares these types with those that the server infers.
struct Statement<each Parameter: StatementParameter>: AnyStatement {
    let name: String
    let sql: String

    /// - Parameters:
    ///   - name: the operation, as in the method that runs it.
    ///   - sql: the text, with `$1`, `$2`, … for its parameters.
    init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }

    /// The statement with values for its parameters.
    func callAsFunction(_ parameter: repeat each Parameter) -> Query {
        var values: [PostgresValue] = []
        for one in repeat each parameter { one.append(to: &values) }
        return Query(sql, values)
    }

    var parameterTypes: [UInt32] {
        var types: [UInt32] = []
        for one in repeat (each Parameter).self { types += one.postgresTypes }
        return types
    }
}

/// A statement that takes nothing.
typealias PlainStatement = Statement<>

/// A statement, whatever it takes: for lists of them.
protocol AnyStatement: Sendable {
    /// The operation, as in the method that runs it.
    var name: String { get }
    /// The text, with `$1`, `$2`, … for its parameters.
    var sql: String { get }
    /// The type of `$1`, `$2`, …, as the statement is declared: of `PostgresType`.
    var parameterTypes: [UInt32] { get }
}

/// What a statement can be called with: a value for one `$n`, or a group of values for several that follow one another.
///
/// - A scalar (`ScalarParameter`): a number, a text, a time, an id, a word of a vocabulary.
/// - An array of scalars, for `= ANY ($1)`.
/// - A row (`RowParameter`): its columns, one `$n` each. An array of rows: the same `$n`, each an array that has one column
///   of all rows, for `unnest($1, $2, …)`.
/// - Any of these or nil, which is NULL for all that it stands for.
protocol StatementParameter: Sendable {
    /// What it stands for, of `PostgresType`: one for each `$n`.
    static var postgresTypes: [UInt32] { get }
    /// Adds the value of each `$n`.
    func append(to values: inout [PostgresValue])
}

/// What there can be arrays of.
protocol ElementParameter: StatementParameter {
    /// The types of the arrays of `postgresTypes`.
    static var postgresArrayTypes: [UInt32] { get }
    /// Adds an array for each `$n`.
    static func append(_ elements: [Self], to values: inout [PostgresValue])
}

extension Array: StatementParameter where Element: ElementParameter {
    static var postgresTypes: [UInt32] { Element.postgresArrayTypes }
    func append(to values: inout [PostgresValue]) { Element.append(self, to: &values) }
}

extension Optional: StatementParameter where Wrapped: StatementParameter {
    static var postgresTypes: [UInt32] { Wrapped.postgresTypes }
    func append(to values: inout [PostgresValue]) {
        if let self {
            self.append(to: &values)
        } else {
            values += Wrapped.postgresTypes.map { .nullOf($0) }
        }
    }
}

// MARK: - Rows

/// Several values that are passed together: the columns of a row.
protocol RowParameter: ElementParameter {
    /// Its columns, in the order of their `$n`.
    static var parameterColumns: [ParameterColumn<Self>] { get }
}

/// One column of a `RowParameter`, or several that are a row themselves.
struct ParameterColumn<Row>: Sendable {
    fileprivate let types: [UInt32]
    fileprivate let arrayTypes: [UInt32]
    fileprivate let append: @Sendable (Row, inout [PostgresValue]) -> Void
    fileprivate let appendArray: @Sendable ([Row], inout [PostgresValue]) -> Void

    /// - Parameter value: what a row has there.
    init<Value: ElementParameter>(_ value: @escaping @Sendable (Row) -> Value) {
        types = Value.postgresTypes
        arrayTypes = Value.postgresArrayTypes
        append = { value($0).append(to: &$1) }
        appendArray = { Value.append($0.map(value), to: &$1) }
    }
}

extension RowParameter {
    static var postgresTypes: [UInt32] { parameterColumns.flatMap(\.types) }
    static var postgresArrayTypes: [UInt32] { parameterColumns.flatMap(\.arrayTypes) }
    func append(to values: inout [PostgresValue]) {
        for column in Self.parameterColumns { column.append(self, &values) }
    }
    static func append(_ rows: [Self], to values: inout [PostgresValue]) {
        for column in parameterColumns { column.appendArray(rows, &values) }
    }
}

/// Several values that are passed together, of which some are arrays themselves, so that there are no arrays of them.
protocol GroupParameter: StatementParameter {
    /// Its values, in the order of their `$n`.
    static var parameterFields: [ParameterField<Self>] { get }
}

/// One value of a `GroupParameter`, or several that are a group themselves.
struct ParameterField<Group>: Sendable {
    fileprivate let types: [UInt32]
    fileprivate let append: @Sendable (Group, inout [PostgresValue]) -> Void

    /// - Parameter value: what a group has there.
    init<Value: StatementParameter>(_ value: @escaping @Sendable (Group) -> Value) {
        types = Value.postgresTypes
        append = { value($0).append(to: &$1) }
    }
}

extension GroupParameter {
    static var postgresTypes: [UInt32] { parameterFields.flatMap(\.types) }
    func append(to values: inout [PostgresValue]) {
        for field in Self.parameterFields { field.append(self, &values) }
    }
}
