import Foundation
import RemindersGround

/// A real PostgreSQL for tests, on loopback. It is removed when the test process ends, however it ends.
public final class PostgresServer: Sendable {
    private let server: LocalServer
    private let templates = Locked<[String: Task<String, any Error>]>([:])
    /// `postgresql://owner:password@127.0.0.1:port/reminders`: an empty database, and a superuser's rights.
    public let url: String

    private let hasDisk: Bool

    private init(_ server: LocalServer, hasDisk: Bool = false) throws {
        self.server = server
        self.hasDisk = hasDisk
        url = try server.line("url")
    }

    /// All tests begin at once, each with connections of its own.
    private static let one = Task { try await PostgresServer.start(configuration: "max_connections = 1000") }

    /// The one that all tests of this process share: not to be killed, stopped or frozen.
    ///
    /// - Throws: `CommandFailed` with the end of the server's log.
    public static func shared() async throws -> PostgresServer { try await one.value }

    /// One of the caller's own; it takes about a second.
    ///
    /// - Parameters:
    ///   - configuration: Lines for `postgresql.conf`; DIRECTORY in them stands for the server's directory.
    ///   - files: Files to be copied into that directory (certificates and keys).
    /// - Throws: `CommandFailed` with the end of the server's log.
    public static func start(configuration: String? = nil, files: [URL] = []) async throws -> PostgresServer {
        try PostgresServer(await .start("postgres", configuration: configuration, files: files))
    }

    /// One of the caller's own, on a disk that `fillDisk()` fills: only root can mount one.
    ///
    /// - Parameter megabytes: The size of the disk, for data and write-ahead log; 300 at least.
    /// - Throws: `CommandFailed` with the end of the server's log.
    public static func start(onDiskOfMegabytes megabytes: Int) async throws -> PostgresServer {
        try PostgresServer(
            await .start("postgres", configuration: "max_wal_size = 64MB\nmin_wal_size = 32MB", onDiskOf: megabytes),
            hasDisk: true)
    }

    /// The port on 127.0.0.1.
    public var port: UInt16 {
        get throws { try Port.number(server.line("port")) }
    }

    /// The URL of a database of this server.
    public func url(database: String) -> String {
        url.dropLast("reminders".count) + database
    }

    /// A new empty database.
    ///
    /// - Returns: Its URL.
    /// - Throws: `CommandFailed`.
    public func createDatabase() async throws -> String {
        try await createDatabase(copyOf: "template1")
    }

    /// A new database, the copy of a template that `prepare` fills once for each name in this process.
    ///
    /// - Parameters:
    ///   - template: What the template is called, such as "migrated".
    ///   - prepare: Gets the URL of the empty template; it must close its connections before it returns.
    /// - Returns: The URL of the copy.
    /// - Throws: `CommandFailed`, or what `prepare` throws.
    public func createDatabase(
        template: String, prepare: @escaping @Sendable (_ url: String) async throws -> Void
    ) async throws -> String {
        let prepared = templates.withLock { known in
            if let task = known[template] { return task }
            let task = Task {
                let name = Scratch.path("template").lastPathComponent
                try await self.sql("CREATE DATABASE \"\(name)\"")
                try await prepare(self.url(database: name))
                return name
            }
            known[template] = task
            return task
        }
        return try await createDatabase(copyOf: prepared.value)
    }

    private func createDatabase(copyOf template: String) async throws -> String {
        let name = Scratch.path("test").lastPathComponent
        // A connection that `prepare` closed may take a moment to be gone from the server.
        try await eventually(within: .seconds(10), "a copy of \(template)") {
            try await self.sql("CREATE DATABASE \"\(name)\" TEMPLATE \"\(template)\"")
            return true
        }
        return url(database: name)
    }

    /// Runs one statement as the owner, and returns its rows with `|` between the columns.
    ///
    /// - Parameters:
    ///   - statement: SQL.
    ///   - database: A database's URL; without it, the database `postgres`.
    /// - Throws: `CommandFailed`.
    @discardableResult
    public func sql(_ statement: String, database: String? = nil) async throws -> String {
        let target = database.map { ["-d", $0] } ?? []
        let written = try await server.run("sql", target + ["-c", statement])
        return written.trimmingCharacters(in: .newlines)
    }

    /// SIGKILL for all its processes.
    public func kill() async throws { try await server.signal("KILL") }

    /// SIGSTOP for all its processes: connections stay open and nothing answers.
    public func freeze() async throws { try await server.signal("STOP") }

    /// SIGCONT, after `freeze()`.
    public func resume() async throws { try await server.signal("CONT") }

    /// A fast shutdown: sessions are ended.
    public func stop() async throws { try await server.run("stop") }

    /// Starts it again after `stop()` or `kill()`, on the same port and with its data.
    public func restart() async throws { try await server.startAgain() }

    /// Keeps a copy of its data, in place of the one before; it is stopped for that, and started again.
    public func backUp() async throws { try await server.run("backup") }

    /// Kills it, and starts it with the data of `backUp()`: all that was committed since is forgotten.
    public func restore() async throws { try await server.run("restore") }

    /// Leaves no room on its own disk.
    public func fillDisk() async throws {
        // Until it fails: what is free changes while it is asked for.
        try await Command.run("bash", ["-c", #"! cat /dev/zero >"$0/filler""#, server.directory.path])
    }

    /// Gives the room back, and starts it again where it has ended over that.
    public func emptyDisk() async throws {
        try FileManager.default.removeItem(at: server.directory.appendingPathComponent("filler"))
        try await server.run("start")
    }

    /// Ends it and forgets its data.
    public func remove() async throws {
        if hasDisk {
            try await server.signal("KILL")
            try await Command.run("umount", ["--lazy", server.directory.path])
        }
        try await server.run("remove")
    }
}
