import Foundation
import Logging
import RemindersPostgres
import Synchronization
import TestSupport
import Testing

/// What one scene plays on: a migrated database, a virtual host with the topology, a catcher, and services as processes.
final class Scene: Sendable {
    /// The database's URL, with a superuser's rights.
    let database: String
    /// The broker's URL.
    let broker: String
    /// Mail server and Mattermost.
    let catcher: Catcher
    /// For questions to the database.
    let pool: PostgresPool
    /// Whether each service has a user of its own on the broker, which may do no more than it needs.
    let hasBrokerUsers: Bool
    private let started = Mutex<[ServiceProcess]>([])
    /// A line that nobody holds ends: services may need it until they end.
    private let lines = Mutex<[TCPProxy]>([])

    private init(database: String, broker: String, hasBrokerUsers: Bool, catcher: Catcher) throws {
        self.hasBrokerUsers = hasBrokerUsers
        self.database = database
        self.broker = broker
        self.catcher = catcher
        var configuration = try PostgresConfiguration(url: database)
        configuration.reconnectDelay = .milliseconds(20) ... .milliseconds(200)
        pool = PostgresPool(
            configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Plays a scene on a new stage, and ends every service it started. When it throws, what they wrote is shown.
    ///
    /// - Parameters:
    ///   - postgres: A server of the scene's own, for scenes that kill it; without it, the shared one.
    ///   - rabbitMQ: Likewise.
    static func play(
        postgres: PostgresServer? = nil, rabbitMQ: RabbitMQServer? = nil, _ body: (Scene) async throws -> Void
    ) async throws {
        async let database = newDatabase(on: postgres)
        async let broker = newVirtualHost(on: rabbitMQ)
        async let catcher = Catcher.start()
        let scene = try await Scene(
            database: database, broker: broker, hasBrokerUsers: rabbitMQ == nil, catcher: catcher)
        try await scene.reminders("topology", "apply")
        do {
            try await body(scene)
        } catch {
            scene.showOutput()
            await scene.end()
            throw error
        }
        await scene.end()
    }

    private static func newDatabase(on server: PostgresServer?) async throws -> String {
        let place = if let server { server } else { try await PostgresServer.shared() }
        return try await place.createDatabase(template: "end to end") { url in
            try await Command.run(
                program("reminders"), ["migrate"],
                environment: [
                    "REMINDERS_DATABASE_URL": url,
                    "REMINDERS_MIGRATIONS": Repository.root.appendingPathComponent("migrations").path,
                ])
            let logins = roles.values.map { "ALTER ROLE \($0) LOGIN PASSWORD '\(password)'" }
            try await place.sql(logins.joined(separator: ";"))
        }
    }

    private static func newVirtualHost(on server: RabbitMQServer?) async throws -> String {
        if let server { return server.url }
        return try await VirtualHosts.shared.next()
    }

    /// The services of this name that were started, in order.
    func services(_ name: String) -> [ServiceProcess] {
        started.withLock { $0.filter { $0.name == name } }
    }

    /// How many lines the services have written.
    var linesLogged: Int {
        started.withLock { $0 }.reduce(0) { $0 + $1.output.utf8.count { $0 == UInt8(ascii: "\n") } }
    }

    /// Shows the end of what the services wrote.
    func showOutput() {
        for service in started.withLock({ $0 }) {
            print("--- \(service.name) [\(service.processIdentifier)]: \(service.output.suffix(3000))")
        }
    }

    private func end() async {
        for service in started.withLock({ $0 }) { service.signal(SIGKILL) }
        await pool.close()
        try? await catcher.remove()
    }
}

/// Programs.
extension Scene {
    /// Each service logs in as its own role, which may do no more than it needs.
    private static let roles = [
        "scheduler": "reminders_scheduler", "rate-limiter": "reminders_rate_limiter",
        "email-sender": "reminders_sender", "mattermost-sender": "reminders_sender",
        "frontend-push": "reminders_frontend_push", "api": "reminders_api", "dashboard": "reminders_reporting",
        "EmbeddedServer": "reminders_scheduler",
    ]
    private static let password = "of-the-tests"
    /// It runs two services over one connection each to database and broker.
    private static let withoutBrokerUser = ["EmbeddedServer"]

    /// The database's URL for a service.
    ///
    /// - Parameter port: That of a proxy.
    func database(for service: String, port: UInt16? = nil) throws -> String {
        let role = try #require(Self.roles[service])
        let place = try #require(database.split(separator: "@", maxSplits: 1).last)
        let url = "postgresql://\(role):\(Self.password)@\(place)"
        guard let port else { return url }
        return url.replacing(":\(try Self.port(of: url))/", with: ":\(port)/")
    }

    /// The broker's URL for a service, with all rights where the broker is the scene's own.
    func broker(for service: String) -> String {
        guard hasBrokerUsers, let place = broker.split(separator: "@", maxSplits: 1).last else { return broker }
        return "amqp://\(VirtualHosts.user(service)):\(VirtualHosts.password)@\(place)"
    }

    /// A line to the database that can be cut, and its port.
    func proxiedDatabase() throws -> (line: TCPProxy, port: UInt16) {
        let line = try proxy(to: Self.port(of: database))
        return (line, line.port)
    }

    /// A line to the broker that can be cut, and the broker's URL behind it.
    func proxiedBroker() throws -> (line: TCPProxy, url: String) {
        let port = try Self.port(of: broker)
        let line = try proxy(to: port)
        return (line, broker.replacing(":\(port)/", with: ":\(line.port)/"))
    }

    private func proxy(to port: UInt16) throws -> TCPProxy {
        let line = try TCPProxy(to: port)
        lines.withLock { $0.append(line) }
        return line
    }

    private static func port(of url: String) throws -> UInt16 {
        let port = try #require(url.firstMatch(of: /:([0-9]+)\//))
        return try #require(UInt16(port.1))
    }

    /// Everything is switched on, and goes to the catcher.
    private var settings: [String: String] {
        [
            "REMINDERS_DATABASE_URL": database,
            "REMINDERS_AMQP_URL": broker,
            "REMINDERS_ENABLED": "true",
            "REMINDERS_EMAIL_ENABLED": "true",
            "REMINDERS_MATTERMOST_ENABLED": "true",
            "REMINDERS_DRY_RUN": "false",
            "REMINDERS_LOG_FORMAT": "json",
            "EMAIL_SMTP_HOST": "127.0.0.1",
            "EMAIL_SMTP_PORT": "\(catcher.smtpPort)",
            "EMAIL_SMTP_USE_TLS": "false",
            "REMINDERS_MATTERMOST_WEBHOOK_URL": catcher.webhook(),
            "REMINDERS_MATTERMOST_ALLOW_PRIVATE": "true",
        ]
    }

    private static func program(_ name: String) -> String {
        Repository.programs.appendingPathComponent(name).path
    }

    /// Starts a service.
    ///
    /// - Parameters:
    ///   - changes: Settings other than those of a scene.
    ///   - descriptors: How many files it may have open; nil for as many as this process.
    @discardableResult
    func start(
        _ name: String, _ changes: [String: String] = [:], descriptors: Int? = nil
    ) throws -> ServiceProcess {
        var own = ["REMINDERS_DATABASE_URL": try database(for: name)]
        if hasBrokerUsers, !Self.withoutBrokerUser.contains(name) {
            own["REMINDERS_AMQP_URL"] = broker(for: name)
            own["REMINDERS_TOPOLOGY"] = "passive"
        }
        let service = try ServiceProcess(
            name, environment: settings.merging(own) { $1 }.merging(changes) { $1 }, descriptors: descriptors)
        started.withLock { $0.append(service) }
        return service
    }

    /// Starts scheduler, rate-limiter and the senders.
    func startAll(_ changes: [String: String] = [:]) throws {
        for name in ["scheduler", "rate-limiter", "email-sender", "mattermost-sender"] { try start(name, changes) }
    }

    /// Runs the operator's command line and returns what it printed.
    @discardableResult
    func reminders(_ arguments: String...) async throws -> String { try await reminders(arguments) }

    /// The same, with `changes` of the settings.
    @discardableResult
    func reminders(_ arguments: [String], _ changes: [String: String] = [:]) async throws -> String {
        let own = ["REMINDERS_AMQP_URL": broker(for: arguments.first == "topology" ? "deploy" : "operator")]
        return try await Command.run(
            Self.program("reminders"), arguments, environment: settings.merging(own) { $1 }.merging(changes) { $1 })
    }
}

/// The database.
extension Scene {
    /// Runs statements without an answer.
    func run(_ sql: String) async throws { try await pool.execute(script: sql) }

    /// The one number a statement returns.
    func number(_ sql: String) async throws -> Int {
        let rows = try await pool.query(Query(sql))
        let row = try #require(rows.first, "no row of: \(sql)")
        return Int(try row.int64(0))
    }

    /// The first column of each row, which must be text.
    func texts(_ sql: String) async throws -> [String] {
        try await pool.query(Query(sql)).map { try $0.text(0) }
    }

    /// The one text a statement returns.
    func text(_ sql: String) async throws -> String {
        try #require(await texts(sql).first, "no row of: \(sql)")
    }

    /// Rows of a text and a number.
    func counts(_ sql: String) async throws -> [String: Int] {
        let rows = try await pool.query(Query(sql))
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.text(0), Int(try $0.int64(1))) })
    }

    /// Waits until a condition in SQL holds.
    func wait(for condition: String, within limit: Duration = .seconds(20)) async throws {
        try await eventually(within: limit, condition) {
            try await number("SELECT CASE WHEN \(condition) THEN 1 ELSE 0 END") == 1
        }
    }
}
