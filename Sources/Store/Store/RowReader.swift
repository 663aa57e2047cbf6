import RemindersDomain
import RemindersPostgres

/// Reads the rows of one result by the names of its columns.
///
/// A name is looked up once for the result. Every row is read in the same order, so that the column wanted next is the
/// one that was read here in the row before: comparing an address tells.
struct RowReader {
    private let rows: Rows
    private var row: Row
    private var known: [(name: UnsafePointer<UInt8>, column: Column)] = []
    private var place = 0

    /// `rows` must not be empty.
    fileprivate init(_ rows: Rows) {
        self.rows = rows
        row = rows[0]
        known.reserveCapacity(16)
    }

    fileprivate mutating func move(to row: Row) {
        self.row = row
        place = 0
    }

    private mutating func column(_ name: StaticString) throws(PostgresError) -> Column {
        if place < known.count, known[place].name == name.utf8Start {
            defer { place += 1 }
            return known[place].column
        }
        if let found = known.firstIndex(where: { $0.name == name.utf8Start }) {
            place = found + 1
            return known[found].column
        }
        let column = try rows.column(name.description)
        known.append((name.utf8Start, column))
        place = known.count
        return column
    }
}

// MARK: - PostgreSQL's types

extension RowReader {
    mutating func int64(_ name: StaticString) throws(PostgresError) -> Int64 { try row.int64(column(name)) }
    mutating func int64OrNil(_ name: StaticString) throws(PostgresError) -> Int64? { try row.int64OrNil(column(name)) }
    mutating func int32(_ name: StaticString) throws(PostgresError) -> Int32 { try row.int32(column(name)) }
    mutating func int32OrNil(_ name: StaticString) throws(PostgresError) -> Int32? { try row.int32OrNil(column(name)) }
    mutating func int(_ name: StaticString) throws(PostgresError) -> Int { Int(try row.int64(column(name))) }
    mutating func intOrNil(_ name: StaticString) throws(PostgresError) -> Int? {
        try row.int64OrNil(column(name)).map(Int.init)
    }
    mutating func bool(_ name: StaticString) throws(PostgresError) -> Bool { try row.bool(column(name)) }
    mutating func boolOrNil(_ name: StaticString) throws(PostgresError) -> Bool? { try row.boolOrNil(column(name)) }
    mutating func double(_ name: StaticString) throws(PostgresError) -> Double { try row.double(column(name)) }
    mutating func text(_ name: StaticString) throws(PostgresError) -> String { try row.text(column(name)) }
    mutating func textOrNil(_ name: StaticString) throws(PostgresError) -> String? { try row.textOrNil(column(name)) }
    mutating func bytes(_ name: StaticString) throws(PostgresError) -> [UInt8] { try row.bytes(column(name)) }
    mutating func bytesOrNil(_ name: StaticString) throws(PostgresError) -> [UInt8]? {
        try row.bytesOrNil(column(name))
    }
    mutating func timestampOrNil(_ name: StaticString) throws(PostgresError) -> Int64? {
        try row.timestampOrNil(column(name))
    }
    mutating func int64Array(_ name: StaticString) throws(PostgresError) -> [Int64] { try row.int64Array(column(name)) }
    mutating func textArray(_ name: StaticString) throws(PostgresError) -> [String] { try row.textArray(column(name)) }
    mutating func timestampArray(_ name: StaticString) throws(PostgresError) -> [Int64] {
        try row.timestampArray(column(name))
    }
}

// MARK: - Types of the domain

extension RowReader {
    mutating func instant(_ name: StaticString) throws(PostgresError) -> Instant {
        Instant(microseconds: try row.timestamp(column(name)))
    }

    mutating func instantOrNil(_ name: StaticString) throws(PostgresError) -> Instant? {
        try row.timestampOrNil(column(name)).map(Instant.init(microseconds:))
    }

    mutating func deliveryID(_ name: StaticString) throws(PostgresError) -> DeliveryID {
        DeliveryID(try row.uuid(column(name)))
    }

    /// A number or a UUID, for the log.
    mutating func idText(_ name: StaticString) throws(PostgresError) -> String {
        if let number = try? row.int64(column(name)) { return "\(number)" }
        return try row.uuid(column(name)).description
    }

    mutating func recipient(_ name: StaticString) throws(PostgresError) -> Recipient {
        Recipient(key: try row.text(column(name)))
    }

    mutating func recipientOrNil(_ name: StaticString) throws(PostgresError) -> Recipient? {
        try row.textOrNil(column(name)).map(Recipient.init(key:))
    }

    mutating func recipients(_ name: StaticString) throws(PostgresError) -> [Recipient] {
        try row.textArray(column(name)).map(Recipient.init(key:))
    }

    /// A length of time that the statement gives as whole microseconds.
    mutating func microsecondsOrNil(_ name: StaticString) throws(PostgresError) -> Duration? {
        try row.int64OrNil(column(name)).map { .microseconds($0) }
    }

    /// The value of a column with a closed vocabulary.
    ///
    /// - Throws: `StoreError.unknownValue` for one that this version does not know.
    mutating func value<Value: RawRepresentable<String>>(_ name: StaticString) throws -> Value {
        guard let value: Value = try valueOrNil(name) else {
            throw StoreError.unknownValue(column: name.description, value: "NULL")
        }
        return value
    }

    /// The value of a column with a closed vocabulary; nil for NULL.
    ///
    /// - Throws: `StoreError.unknownValue` for one that this version does not know.
    mutating func valueOrNil<Value: RawRepresentable<String>>(_ name: StaticString) throws -> Value? {
        guard let text = try row.textOrNil(column(name)) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw StoreError.unknownValue(column: name.description, value: text)
        }
        return value
    }

    /// What it is about, from the columns of its kind and its id.
    mutating func caseReference(_ entityType: StaticString, _ id: StaticString) throws(PostgresError) -> CaseReference {
        CaseReference(entityType: try text(entityType), id: try text(id))
    }

    /// What it is about; nil where the kind is NULL.
    mutating func caseReferenceOrNil(
        _ entityType: StaticString, _ id: StaticString
    ) throws(PostgresError) -> CaseReference? {
        guard let kind = try textOrNil(entityType) else { return nil }
        return CaseReference(entityType: kind, id: try text(id))
    }
}

// MARK: - Results

extension Rows {
    /// What `decode` makes of each row.
    func read<Value>(_ decode: (inout RowReader) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        try forEachRow { row in values.append(try decode(&row)) }
        return values
    }

    /// Lets `body` read each row.
    func forEachRow(_ body: (inout RowReader) throws -> Void) throws {
        guard !isEmpty else { return }
        var reader = RowReader(self)
        for row in self {
            reader.move(to: row)
            try body(&reader)
        }
    }

    /// What `decode` makes of the first row; nil when there is none.
    func readFirst<Value>(_ decode: (inout RowReader) throws -> Value) throws -> Value? {
        guard !isEmpty else { return nil }
        var reader = RowReader(self)
        return try decode(&reader)
    }

    /// What `decode` makes of the last row; nil when there is none.
    func readLast<Value>(_ decode: (inout RowReader) throws -> Value) throws -> Value? {
        guard let last else { return nil }
        var reader = RowReader(self)
        reader.move(to: last)
        return try decode(&reader)
    }

    /// What `decode` makes of the row of a query that always has one.
    ///
    /// - Throws: `StoreError.noRow` when it has none.
    func readOne<Value>(_ decode: (inout RowReader) throws -> Value) throws -> Value {
        guard !isEmpty else { throw StoreError.noRow }
        var reader = RowReader(self)
        return try decode(&reader)
    }

    /// Lets `body` read each row. Of one that this version can't read, because a newer one or somebody's hand wrote it,
    /// `unreadable` gets the reason, and the others are read all the same.
    ///
    /// - Throws: what `body` throws beside that, and what `unreadable` throws.
    func forEachRow(
        _ body: (inout RowReader) throws -> Void, unreadable: (inout RowReader, String) throws -> Void
    ) throws {
        try forEachRow { row in
            do {
                try body(&row)
            } catch let error where isOfOneRow(error) {
                try unreadable(&row, "\(error)")
            }
        }
    }

    /// What `decode` makes of each row that this version can read, and the others by what their column `id` holds.
    func readable<Value>(by id: StaticString, _ decode: (inout RowReader) throws -> Value) throws -> Readable<Value> {
        var readable = Readable<Value>()
        readable.rows.reserveCapacity(count)
        try forEachRow { row in
            readable.rows.append(try decode(&row))
        } unreadable: { row, reason in
            readable.unreadable.append(UnreadableRow(id: try row.int64(id), reason: reason))
        }
        return readable
    }
}
