import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import RemindersDomain
import RemindersExplaining
import RemindersHTTPService
import RemindersPostgres
import RemindersRoutes
import RemindersStore
import RemindersTokens
import TestSupport

/// The whole API on a migrated database of the test's own, with the rights and the planner settings of the service.
///
/// ```swift
/// try await APIScene.play { scene in
///     let made = try await scene.user("1").post("/api/v1/sag/123/reminders", #"{"title":"Call back", …}"#)
///     #expect(made.status == 201)
///     #expect(made["/occurrences/items/0/at"] == "2030-02-10T13:30:00Z")
/// }
/// ```
struct APIScene: Sendable {
    /// What the routes work with: connections of the role `reminders_api`.
    let store: ReminderStore
    /// The owner's connections, for what a test arranges and looks at.
    let owner: PostgresPool
    let client: any TestClientProtocol

    /// How requests get there.
    enum Way {
        /// Straight to the routes, many at a time.
        case directly
        /// Over one TCP connection to a server on a free port, one after the other.
        case overHTTP
    }

    /// Plays a scene of its own.
    static func play<Value>(
        _ way: Way = .directly, quota: CreationQuota = .unlimited, policy: NotifyingPolicy = NotifyingPolicy(),
        _ scene: @Sendable (APIScene) async throws -> Value
    ) async throws -> Value {
        let url = try await newDatabase(copyOf: "migrated")
        let owner = PostgresPool(configuration: try configuration(url), logger: quiet)
        let service = PostgresPool(configuration: try serviceConfiguration(url), logger: quiet)
        let store = ReminderStore(pool: service)

        var settings = HTTPServerConfiguration()
        settings.port = 0
        let server = HTTPServer(
            configuration: settings, verifier: TokenVerifier(secret: APIClient.secret), logger: quiet
        ) { router in
            routes(on: store, quota: quota, policy: policy).add(to: router)
        }
        let application = server.application()
        let value = try await application.test(way == .directly ? .router : .live) { client in
            try await scene(APIScene(store: store, owner: owner, client: client))
        }
        await service.close()
        await owner.close()
        return value
    }

    /// The routes with everything switched on, five notifications an hour, and no broker behind them: a dead letter that
    /// is retried is only marked as such.
    static func routes(
        on store: ReminderStore, quota: CreationQuota = .unlimited, policy: NotifyingPolicy = NotifyingPolicy()
    ) -> ReminderRoutes {
        let switches = DecisionFacts.Switches(channels: .all, limit: PermitWindow(limit: 5))
        return ReminderRoutes(
            store: store, explaining: Explainer.Settings(switches: switches, isDryRun: false), quota: quota,
            policy: policy, logger: quiet,
            retryDeadLetter: { try await store.retryDeadLetter($0) { _ in } })
    }

    /// Sends requests as a user.
    func user(_ id: String, _ scopes: Scope...) -> APIClient {
        APIClient(client: client, identity: Identity(userID: OpaqueID(id), scopes: Set(scopes)))
    }

    /// Sends requests without a token.
    var nobody: APIClient { APIClient(client: client, identity: nil) }

    /// Makes a user known.
    func know(_ id: String, zone: String = "Europe/Copenhagen") async throws {
        try await run("INSERT INTO users (id, time_zone) VALUES ($1, $2)", [.text(id), .text(zone)])
    }
}

extension APIScene {
    /// Runs a statement as the owner.
    @discardableResult
    func run(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Rows {
        try await owner.query(Query(sql, parameters))
    }

    /// The one text a query returns; nil for NULL and for no row.
    func text(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> String? {
        try await run(sql, parameters).first?.textOrNil(0)
    }

    /// The one number a query returns.
    func number(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int64 {
        guard let row = try await run(sql, parameters).first else { throw NoRow(sql: sql) }
        return try row.int64(0)
    }

    /// The texts of a query's first column.
    func texts(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> [String] {
        try await run(sql, parameters).map { try $0.textOrNil(0) ?? "NULL" }
    }

    struct NoRow: Error {
        let sql: String
    }
}

// MARK: - The database

extension APIScene {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func configuration(_ url: String) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url)
        configuration.statementTimeout = .seconds(20)
        configuration.reconnectDelay = .milliseconds(20) ... .milliseconds(200)
        return configuration
    }

    /// As `ServiceProcess.addPool` has it, and with the rights of the role.
    private static func serviceConfiguration(_ url: String) throws -> PostgresConfiguration {
        var configuration = try APIScene.configuration(url)
        for scan in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"] { configuration.parameters[scan] = "off" }
        configuration.parameters["plan_cache_mode"] = "force_generic_plan"
        configuration.parameters["role"] = "reminders_api"
        return configuration
    }

    private static func schemaFiles() throws -> SchemaFiles {
        try .read(from: Repository.root.appendingPathComponent("migrations").path)
    }

    private static let administrator = Task {
        var configuration = try APIScene.configuration(await PostgresServer.shared().url(database: "postgres"))
        // All tests begin at once, and each wants its database.
        configuration.poolSize = 8
        configuration.acquireTimeout = .seconds(60)
        return PostgresPool(configuration: configuration, logger: quiet)
    }

    /// Migrated once; nobody is connected to it when it is copied.
    private static let template = Task {
        let url = try await newDatabase(named: "migrated api", copyOf: "template1")
        let pool = PostgresPool(configuration: try configuration(url), logger: quiet)
        _ = try await ReminderStore(pool: pool).migrate(schemaFiles())
        await pool.close()
    }

    private static func newDatabase(copyOf template: String) async throws -> String {
        try await self.template.value
        return try await newDatabase(named: "api \(UUID())", copyOf: "\(template) api")
    }

    private static func newDatabase(named name: String, copyOf template: String) async throws -> String {
        // A session that was closed may take a moment to be gone from the template.
        try await eventually(within: .seconds(60), "a copy of \(template)") {
            // Not by a query: CREATE DATABASE can't be part of a pipeline.
            try await administrator.value.execute(script: "CREATE DATABASE \"\(name)\" TEMPLATE \"\(template)\"")
            return true
        }
        return try await PostgresServer.shared().url(database: name.replacing(" ", with: "%20"))
    }
}
