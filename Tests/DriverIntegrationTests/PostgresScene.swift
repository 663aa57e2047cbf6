import Logging
import RemindersPostgres
import TestSupport

/// A pool on a new database of the server that the tests share.
struct PostgresScene: Sendable {
    let pool: PostgresPool
    let url: String

    /// - Parameter configure: changes the configuration, whose time-outs are short.
    static func make(
        _ configure: (inout PostgresConfiguration) -> Void = { _ in }
    ) async throws -> PostgresScene {
        try make(url: await newDatabase(), configure)
    }

    /// A new empty database of the shared server.
    static func newDatabase() async throws -> String {
        let name = "test \(UUIDBytes.random())"
        // Not by a query: CREATE DATABASE can't be part of a pipeline.
        try await administrator.value.execute(script: "CREATE DATABASE \"\(name)\"")
        return try await PostgresServer.shared().url(database: name.replacing(" ", with: "%20"))
    }

    private static let administrator = Task {
        let url = try await PostgresServer.shared().url(database: "postgres")
        // All tests begin at once, and a new database takes the server a tenth of a second and more.
        let patient = try configuration(url) { $0.acquireTimeout = .seconds(60) }
        return PostgresPool(configuration: patient, logger: quiet)
    }

    static func make(
        url: String, logger: Logger = quiet, _ configure: (inout PostgresConfiguration) -> Void = { _ in }
    ) throws -> PostgresScene {
        PostgresScene(pool: PostgresPool(configuration: try configuration(url, configure), logger: logger), url: url)
    }

    static func configuration(
        _ url: String, _ configure: (inout PostgresConfiguration) -> Void = { _ in }
    ) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url)
        configuration.statementTimeout = .seconds(20)
        configuration.reconnectDelay = .milliseconds(20) ... .milliseconds(200)
        configure(&configuration)
        return configuration
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// The one number a statement returns.
    func number(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int64 {
        try await pool.query(Query(sql, parameters))[0].int64(0)
    }

    /// Ends every connection to the database, as an administrator would, and waits until they have ended.
    func terminateAll() async throws {
        let name = try await pool.query(Query("SELECT current_database()"))[0].text(0)
        let terminate = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1"
        try await Self.administrator.value.query(Query(terminate, [.text(name)]))
    }
}

/// The `PostgresError` that `body` throws.
func postgresError<Value>(_ body: () async throws -> Value) async throws -> PostgresError {
    do {
        _ = try await body()
    } catch let error as PostgresError {
        return error
    }
    throw NothingThrown()
}

struct NothingThrown: Error {}
