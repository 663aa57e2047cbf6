import Logging
import Postgres
import TestSupport

/// A pool on a new database of the server that the tests share.
struct PostgresScene: Sendable {
    let pool: PostgresPool
    let url: String

    /// - Parameter configure: changes the configuration, whose time-outs are short.
    static func make(
        _ configure: (inout PostgresConfiguration) -> Void = { _ in }
    ) async throws -> PostgresScene {
        try make(url: await PostgresServer.shared().createDatabase(), configure)
    }

    static func make(
        url: String, _ configure: (inout PostgresConfiguration) -> Void = { _ in }
    ) throws -> PostgresScene {
        PostgresScene(pool: PostgresPool(configuration: try configuration(url, configure), logger: quiet), url: url)
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

    /// Ends every other connection to the database, as an administrator would, and waits until they have ended.
    func terminateOthers() async throws {
        let statement = """
            SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        try await PostgresServer.shared().sql(statement, database: url)
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
