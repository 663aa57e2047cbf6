import ArgumentParser
import RemindersDomain
import RemindersServiceKit
import RemindersStore

/// `reminders attach`
struct Attach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the rows of a table of your own cases that reminders can be about.",
        discussion: """
            Puts a trigger on the table: whatever changes its rows changes the cases in the same transaction, so that
            reminders of a status or a deadline follow by themselves. Rows that are there already are taken in once,
            without reminding anybody of their status. A bad value never breaks your transaction: it is cut or left out
            with a warning. Run again, it takes the columns you name then, and what it may have missed.

            Examples:
              reminders attach sager --id id --status status --title titel --deadline frist --closed-status lukket
              reminders attach crm.tickets --entity-type task --id number --status state --title subject --url link
              reminders attach --list
            """)

    @Argument(help: "The table, with its schema where needed.") var table: String?
    @Option(help: "The column with the id.") var id: String?
    @Option(help: "The column with the status.") var status: String?
    @Option(help: "The column with the title.") var title: String?
    @Option(help: "The column with the deadline: a time, or a date, which is over at its end.") var deadline: String?
    @Option(help: "The column with the address to look at it, http…") var url: String?
    @Option(help: "A status in which it is closed. May be repeated.") var closedStatus: [String] = []
    @Option(help: "The column that is true, or set, when it is deleted.") var deleted: String?
    @Option(help: "case, task, bug or project.") var entityType = EntityType.case
    @Option(help: "The IANA time zone of deadlines that have none, such as Europe/Copenhagen.") var zone: String?
    @Flag(help: "Print what is attached.") var list = false
    @Flag(help: "With --list: print JSON.") var json = false

    func validate() throws {
        if list {
            if table != nil { throw ValidationError("--list is of all tables: leave \(table ?? "") out") }
            return
        }
        guard let table, !table.isEmpty else {
            throw ValidationError("which table? Give its name, or --list for those that are attached")
        }
        let missing = [("--id", id), ("--status", status), ("--title", title)].filter { $0.1 == nil }.map(\.0)
        if !missing.isEmpty {
            throw ValidationError("give the columns with \(missing.joined(separator: " and ")) of \(table)")
        }
    }

    func run() async throws {
        if list { return try await printAll() }
        guard let table, let columns = try columns() else { return }
        // Thousands of rows a second are taken in.
        try await Connecting.withStore(statementTimeout: .seconds(3_600)) { store in
            let found = try await FoundTable.find(table, store)
            try found.check(columns)
            let taken = try await store.attach(table: found.name, columns: columns)
            note("\(found.name) is attached: \(taken) \(taken == 1 ? "case is" : "cases are") new or changed")
        }
    }

    private func columns() throws -> CaseColumns? {
        guard let id, let status, let title else { return nil }
        var columns = CaseColumns(id: id, status: status, title: title)
        columns.entityType = entityType.rawValue
        columns.deadline = deadline
        columns.url = url
        columns.deleted = deleted
        columns.closedStatuses = closedStatus
        columns.zone = try zone.map { try IANAZone(validating: $0).identifier }
        return columns
    }

    private func printAll() async throws {
        let attached = try await Connecting.withStore { try await $0.attachedTables() }
        if json {
            print(try JSONText.of(attached.map(Listed.init)))
        } else {
            if attached.isEmpty { note("no table is attached") }
            for table in attached { print(Listed(table).line) }
        }
    }
}

/// `reminders detach`
struct Detach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ends what `reminders attach` began. The cases stay as they are.")

    @Argument(help: "The table, with its schema where needed.") var table: String

    func run() async throws {
        try await Connecting.withStore { store in
            let found = try await FoundTable.find(table, store)
            note(
                try await store.detach(table: found.name)
                    ? "\(found.name) is detached" : "\(found.name) was not attached")
        }
    }
}

/// An attached table as `--list` prints it.
private struct Listed: Encodable {
    let table: String
    let entityType: String
    let id: String
    let status: String
    let title: String
    let deadline: String?
    let url: String?
    let deleted: String?
    let closedStatuses: [String]
    let zone: String?
    let isOn: Bool

    init(_ table: AttachedTable) {
        self.table = table.name
        entityType = table.columns.entityType
        id = table.columns.id
        status = table.columns.status
        title = table.columns.title
        deadline = table.columns.deadline
        url = table.columns.url
        deleted = table.columns.deleted
        closedStatuses = table.columns.closedStatuses
        zone = table.columns.zone
        isOn = table.isOn
    }

    var line: String {
        let columns = [
            ("id", id), ("status", status), ("title", title), ("deadline", deadline), ("url", url),
            ("deleted", deleted), ("zone", zone),
        ].compactMap { name, column in column.map { "\(name)=\($0)" } }
        let closed = closedStatuses.isEmpty ? [] : ["closed=\(closedStatuses.joined(separator: ","))"]
        return ([table, entityType] + columns + closed + (isOn ? [] : ["(its trigger is disabled)"]))
            .joined(separator: "  ")
    }
}

extension FoundTable {
    /// The table somebody named.
    ///
    /// - Throws: what is wrong with the name, and which one was probably meant.
    fileprivate static func find(_ name: String, _ store: ReminderStore) async throws -> FoundTable {
        guard let found = try await store.table(named: name) else {
            let names = try await store.tableNames()
            let short = Dictionary(names.map { (String($0.split(separator: ".").last ?? ""), $0) }) { first, _ in first
            }
            let nearest =
                NearestName.suggestion(for: name, among: names)
                ?? NearestName.suggestion(for: name, among: short.keys).flatMap { short[$0] }
            throw ValidationError(
                "there is no table \(name)" + (nearest.map { ": did you mean \($0)?" } ?? "; write schema.table"))
        }
        guard found.canBeAttached else {
            throw ValidationError("\(found.name) is no table: attach the table that it shows")
        }
        return found
    }

    /// Makes sure that all columns are there and that the deadline can be one.
    ///
    /// - Throws: what is missing, all of it, each with the column that was probably meant.
    fileprivate func check(_ wanted: CaseColumns) throws {
        let names = self.columns.map(\.name)
        let named: [(option: String, column: String?)] = [
            ("--id", wanted.id), ("--status", wanted.status), ("--title", wanted.title),
            ("--deadline", wanted.deadline), ("--url", wanted.url), ("--deleted", wanted.deleted),
        ]
        var problems = named.compactMap { option, column -> String? in
            guard let column, !names.contains(column) else { return nil }
            let nearest = NearestName.suggestion(for: column, among: names).map { "did you mean \($0)?" }
            return "\(option) \(column): \(name) has no such column: "
                + (nearest ?? "it has \(names.joined(separator: ", "))")
        }
        let times = ["date", "timestamp", "timestamptz", "text", "varchar", "bpchar"]
        if let deadline = columns.first(where: { $0.name == wanted.deadline }), !times.contains(deadline.type) {
            problems.append(
                "--deadline \(deadline.name): it is of type \(deadline.type): give a column with a time or a date")
        }
        if !problems.isEmpty { throw ValidationError(problems.joined(separator: "\n")) }
    }
}

extension EntityType: ExpressibleByArgument {}
