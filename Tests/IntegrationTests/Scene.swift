import Foundation
import Logging
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// A migrated database of the test's own, on the PostgreSQL that the tests share.
struct Scene: Sendable {
    /// Where it is, with the owner's rights.
    let url: String
    /// The owner's connections, with the planner as it is.
    let pool: PostgresPool
    /// The owner's store.
    let store: ReminderStore

    private init(url: String) throws {
        self.url = url
        pool = PostgresPool(configuration: try Scene.configuration(url), logger: Scene.quiet)
        store = ReminderStore(pool: pool)
    }

    /// A scene of its own, migrated.
    static func make() async throws -> Scene {
        try Scene(url: await newDatabase(copyOf: "migrated"))
    }

    /// A scene of its own without a schema.
    static func empty() async throws -> Scene {
        try Scene(url: await newDatabase(copyOf: "template1"))
    }

    /// A store on connections as a service has them, with the rights of its role.
    func store(as role: Role) throws -> ReminderStore {
        try ReminderStore(pool: pool(as: role))
    }

    /// The server's port on 127.0.0.1.
    var port: UInt16 {
        get throws { try #require(url.firstMatch(of: /:([0-9]+)\//).flatMap { UInt16($0.1) }) }
    }

    /// Connections as a service has them, with the rights of its role.
    ///
    /// - Parameters:
    ///   - role: nil for the owner.
    ///   - port: of a proxy in front of the server.
    ///   - change: what else is different.
    func pool(
        as role: Role?, size: Int = 4, through port: UInt16? = nil,
        changing change: (inout PostgresConfiguration) -> Void = { _ in }
    ) throws -> PostgresPool {
        var configuration = try Scene.configuration(
            port.map { url.replacing(":\(try self.port)/", with: ":\($0)/") } ?? url)
        change(&configuration)
        configuration.poolSize = size
        for scan in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"] { configuration.parameters[scan] = "off" }
        configuration.parameters["plan_cache_mode"] = "force_generic_plan"
        if let role { configuration.parameters["role"] = role.rawValue }
        return PostgresPool(configuration: configuration, logger: Scene.quiet)
    }

    /// A role of `migrations/0001_baseline.sql`.
    enum Role: String, CaseIterable {
        case scheduler = "reminders_scheduler"
        case rateLimiter = "reminders_rate_limiter"
        case sender = "reminders_sender"
        case frontendPush = "reminders_frontend_push"
        case api = "reminders_api"
        case reporting = "reminders_reporting"
    }

    // MARK: -

    /// All files of the schema.
    static func schemaFiles() throws -> SchemaFiles {
        try .read(from: Repository.root.appendingPathComponent("migrations").path)
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func configuration(_ url: String) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url)
        configuration.statementTimeout = .seconds(20)
        configuration.reconnectDelay = .milliseconds(20) ... .milliseconds(200)
        return configuration
    }

    private static let administrator = Task {
        let url = try await PostgresServer.shared().url(database: "postgres")
        var configuration = try Scene.configuration(url)
        // All tests begin at once, and each wants its database.
        configuration.poolSize = 8
        configuration.acquireTimeout = .seconds(60)
        return PostgresPool(configuration: configuration, logger: quiet)
    }

    /// Migrated once; nobody is connected to it when it is copied.
    private static let template = Task {
        let scene = try Scene(url: await newDatabase(named: "migrated", copyOf: "template1"))
        _ = try await scene.store.migrate(schemaFiles())
        await scene.pool.close()
    }

    private static func newDatabase(copyOf template: String) async throws -> String {
        if template == "migrated" { try await self.template.value }
        return try await newDatabase(named: "test \(UUID())", copyOf: template)
    }

    private static func newDatabase(named name: String, copyOf template: String) async throws -> String {
        // A session that was closed may take a moment to be gone from the template.
        try await eventually(within: .seconds(60), "a copy of \(template)") {
            // Not by a query: CREATE DATABASE can't be part of a pipeline.
            try await administrator.value.execute(
                script: "CREATE DATABASE \"\(name)\" TEMPLATE \"\(template)\"")
            return true
        }
        return try await PostgresServer.shared().url(database: name.replacing(" ", with: "%20"))
    }
}

extension Scene {
    /// The one text a query returns; nil for NULL.
    func text(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> String? {
        guard let row = try await pool.query(Query(sql, parameters)).first else { throw StoreError.noRow }
        return try row.textOrNil(0)
    }

    /// The one number a query returns.
    func number(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int64 {
        guard let row = try await pool.query(Query(sql, parameters)).first else { throw StoreError.noRow }
        return try row.int64(0)
    }

    /// The numbers of a query's first column.
    func numbers(_ sql: String) async throws -> [Int64] {
        try await pool.query(Query(sql)).map { try $0.int64(0) }
    }

    /// The texts of a query's first column.
    func texts(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> [String] {
        try await pool.query(Query(sql, parameters)).map { try $0.textOrNil(0) ?? "NULL" }
    }

    /// Runs statements without parameters.
    func run(_ script: String) async throws {
        try await pool.execute(script: script)
    }
}

/// The `PostgresError` that `body` throws; nil when it throws none.
func postgresError(_ body: () async throws -> Void) async throws -> PostgresError? {
    do {
        try await body()
        return nil
    } catch let error as PostgresError {
        return error
    }
}
