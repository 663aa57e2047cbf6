import RemindersDomain
import RemindersPostgres

/// Tables of the user's own that are a source of cases: see `attach_table` in `migrations/functions/attach_table.sql`.
extension SQL {
    // As it is written, and in small letters as PostgreSQL folds it; with quotes in it, as PostgreSQL reads it.
    static let findTable = Statement<String>(
        "findTable",
        """
        SELECT c.oid::regclass::text AS name, c.relkind::text AS kind
        FROM pg_class c
        WHERE c.oid = CASE WHEN $1::text LIKE '%"%' THEN to_regclass($1)
            WHEN $1 NOT LIKE '%.%.%' THEN coalesce(
                to_regclass((SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array($1, '.')) part)),
                to_regclass((SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array(lower($1), '.')) part))
            ) END
        """)

    static let tablesOfOthers = PlainStatement(
        "tablesOfOthers",
        """
        SELECT oid::regclass::text AS name FROM pg_class
        WHERE relkind IN ('r', 'p', 'f') AND NOT relispartition AND relpersistence <> 't' AND relnamespace NOT IN (
            SELECT oid FROM pg_namespace WHERE nspname = 'information_schema' OR nspname LIKE 'pg\\_%')
        ORDER BY 1
        """)

    static let columnsOfTable = Statement<String>(
        "columnsOfTable",
        """
        SELECT attname::text AS name, typname::text AS type FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum
        """)

    /// Whoever waits for the table's lock makes all who write to it wait too.
    static let limitLockWait = PlainStatement("limitLockWait", "SELECT set_config('lock_timeout', '5s', true)")

    private static let columns = """
        jsonb_strip_nulls(jsonb_build_object('entity_type', $2::text, 'id', $3::text, 'status', $4::text,
            'title', $5::text, 'deadline', $6::text, 'url', $7::text, 'deleted', $8::text,
            'closed', CASE WHEN cardinality($9::text[]) > 0 THEN to_jsonb($9) END, 'zone', $10::text))
        """

    static let attachTable = Statement<String, CaseColumns>(
        "attachTable", "SELECT attach_table($1::text::regclass, \(columns))")

    static let copyAttachedTable = Statement<String, CaseColumns>(
        "copyAttachedTable", "SELECT copy_attached_table($1::text::regclass, \(columns)) AS count")

    static let detachTable = Statement<String>("detachTable", "SELECT detach_table($1::text::regclass) AS was_attached")

    static let attachedTables = PlainStatement(
        "attachedTables",
        """
        SELECT attached AS name, c ->> 'entity_type' AS entity_type, c ->> 'id' AS id, c ->> 'status' AS status,
            c ->> 'title' AS title, c ->> 'deadline' AS deadline, c ->> 'url' AS url, c ->> 'deleted' AS deleted,
            ARRAY(SELECT jsonb_array_elements_text(c -> 'closed')) AS closed, c ->> 'zone' AS zone, is_on
        FROM (
            SELECT tgrelid::regclass::text, tgenabled <> 'D',
                convert_from(rtrim(tgargs, '\\x00'::bytea), getdatabaseencoding())::jsonb
            FROM pg_trigger
            WHERE tgname = 'sag_status_change_reminder_attached' AND NOT tgisinternal AND tgparentid = 0
                AND tgnargs = 1) trigger (attached, is_on, c)
        ORDER BY 1
        """)

    static let attaching: [any AnyStatement] = [
        findTable, tablesOfOthers, columnsOfTable, limitLockWait, attachTable, copyAttachedTable, detachTable,
        attachedTables,
    ]
}

/// Which columns of a table of the user's own tell about cases, and how.
public struct CaseColumns: Hashable, Sendable {
    /// `case`, `task`, `bug` or `project`.
    public var entityType = "case"
    /// The column with the id; any type.
    public var id: String
    /// The column with the status; any type.
    public var status: String
    /// The column with the title; any type.
    public var title: String
    /// The column with the deadline: a time, a date (its end is meant), or ISO 8601 text. nil: deadlines come from
    /// elsewhere, if at all.
    public var deadline: String?
    /// The column with the address to look at it, `http…`. nil: comes from elsewhere.
    public var url: String?
    /// The column that is true, a number but 0, or set (a time for instance), when the row stands for a deleted case.
    public var deleted: String?
    /// The statuses in which a case is closed. Empty: whether it is comes from elsewhere.
    public var closedStatuses: [String] = []
    /// The IANA zone in which deadlines without an offset are meant; nil: UTC.
    public var zone: String?

    /// These three columns, of cases.
    public init(id: String, status: String, title: String) {
        self.id = id
        self.status = status
        self.title = title
    }
}

/// A table as the database knows it.
public struct FoundTable: Sendable {
    /// Its name, with schema and quotes where SQL needs them.
    public let name: String
    /// A table, whole or partitioned, or a foreign one: something that can have triggers for each row.
    public let canBeAttached: Bool
    /// Its columns in order, each with the name of its type.
    public let columns: [(name: String, type: String)]
}

/// A table that is attached.
public struct AttachedTable: Sendable {
    /// Its name, with schema and quotes where SQL needs them.
    public let name: String
    /// What it tells.
    public let columns: CaseColumns
    /// Its trigger was not disabled.
    public let isOn: Bool
}

extension ReminderStore {
    /// Finds a table by its name, with or without schema and quotes; nil when there is none.
    public func table(named name: String) async throws -> FoundTable? {
        let found = try await pool.query(SQL.findTable(name))
            .readFirst { (name: try $0.text("name"), kind: try $0.text("kind")) }
        guard let found else { return nil }
        let columns = try await pool.query(SQL.columnsOfTable(found.name))
            .read { (try $0.text("name"), try $0.text("type")) }
        return FoundTable(
            name: found.name, canBeAttached: ["r", "p", "f"].contains(found.kind),
            columns: columns.map { (name: $0.0, type: $0.1) })
    }

    /// The names of all tables that are not PostgreSQL's own.
    public func tableNames() async throws -> [String] {
        try await pool.query(SQL.tablesOfOthers()).read { try $0.text("name") }
    }

    /// Attaches a table: its rows are cases from now on. Then takes in the rows it has, which is no news: nobody is
    /// reminded of their statuses. Both may be done again.
    ///
    /// - Parameter table: a name from `table(named:)`.
    /// - Returns: how many cases are new or changed by the rows there were.
    public func attach(table: String, columns: CaseColumns) async throws -> Int64 {
        _ = try await pool.transaction { transaction in
            _ = try await transaction.query(SQL.limitLockWait())
            return try await transaction.finish([SQL.attachTable(table, columns)])
        }
        return try await pool.query(SQL.copyAttachedTable(table, columns)).readOne { try $0.int64("count") }
    }

    /// Detaches a table; the cases it told about stay as they are.
    ///
    /// - Parameter table: a name from `table(named:)`.
    /// - Returns: whether it was attached.
    public func detach(table: String) async throws -> Bool {
        try await pool.transaction { transaction in
            _ = try await transaction.query(SQL.limitLockWait())
            return try await transaction.finish([SQL.detachTable(table)])[0]
                .readOne { try $0.bool("was_attached") }
        }
    }

    /// All attached tables, by name.
    public func attachedTables() async throws -> [AttachedTable] {
        try await pool.query(SQL.attachedTables()).read { row in
            var columns = CaseColumns(
                id: try row.text("id"), status: try row.text("status"), title: try row.text("title"))
            columns.entityType = try row.text("entity_type")
            columns.deadline = try row.textOrNil("deadline")
            columns.url = try row.textOrNil("url")
            columns.deleted = try row.textOrNil("deleted")
            columns.closedStatuses = try row.textArray("closed")
            columns.zone = try row.textOrNil("zone")
            return AttachedTable(name: try row.text("name"), columns: columns, isOn: try row.bool("is_on"))
        }
    }
}

extension CaseColumns: GroupParameter {
    static let parameterFields: [ParameterField<CaseColumns>] = [
        .init(\.entityType), .init(\.id), .init(\.status), .init(\.title), .init(\.deadline), .init(\.url),
        .init(\.deleted), .init(\.closedStatuses), .init(\.zone),
    ]
}
