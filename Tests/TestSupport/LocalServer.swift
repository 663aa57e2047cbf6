import Foundation

/// A server that `scripts/server` runs in a directory of its own, on a free port of loopback.
struct LocalServer: Sendable {
    let kind: String
    let directory: URL

    /// Starts a new one.
    ///
    /// - Parameters:
    ///   - kind: `postgres`, `rabbitmq` or `catcher`.
    ///   - configuration: Lines for its configuration file; the text DIRECTORY in it stands for the server's own.
    ///   - files: Files to be copied into its directory first, under their own names (certificates).
    ///   - options: For the catcher: arguments of `demo/catcher.py`.
    ///   - megabytes: The size of a disk of its own; nil for the one that all share. Only root can mount one.
    static func start(
        _ kind: String, configuration: String? = nil, files: [URL] = [], options: [String] = [],
        onDiskOf megabytes: Int? = nil
    ) async throws -> LocalServer {
        let server = LocalServer(kind: kind, directory: Scratch.path(kind))
        let folder = server.directory
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let megabytes {
            try await Command.run(
                "mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0700", "tmpfs", folder.path])
        }
        for file in files {
            let copy = folder.appendingPathComponent(file.lastPathComponent)
            try FileManager.default.copyItem(at: file, to: copy)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: copy.path)
        }
        if let configuration {
            try configuration.replacingOccurrences(of: "DIRECTORY", with: folder.path)
                .write(to: folder.appendingPathComponent("extra.conf"), atomically: true, encoding: .utf8)
        }
        try await server.run("start", ["0"], environment: ["CATCHER_OPTIONS": options.joined(separator: " ")])
        return server
    }

    /// The first line of a file that the script wrote.
    func line(_ name: String) throws -> String {
        let text = try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
        return String(text.prefix { $0 != "\n" })
    }

    @discardableResult
    func run(_ verb: String, _ arguments: [String] = [], environment: [String: String] = [:]) async throws -> String {
        try await Command.run(
            Repository.script("server"), [kind, verb, directory.path] + arguments, environment: environment)
    }

    func signal(_ name: String) async throws {
        try await Command.run(Repository.script("server"), [kind, "signal", name, directory.path])
    }

    /// Starts it again after a stop or a kill, where it was before.
    func startAgain() async throws {
        let before = try line("url")
        try await run("start")
        guard try line("url") == before else { throw PortTaken(kind: kind) }
    }
}

/// A server came back on another port, because somebody took the old one meanwhile.
struct PortTaken: Error {
    let kind: String
}
