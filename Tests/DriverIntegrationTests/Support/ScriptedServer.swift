import Foundation
import Glibc
import TestSupport

/// A line that a scripted server wrote about what happened to it.
struct ServerEvent: Decodable {
    let event: String
    let port: Int?
    let sender: String?
    let recipient: String?
    let text: String?
    let mechanism: String?
    let good: Bool?
    let method: String?
    let path: String?
    let size: Int?
    let peer: Int?
    let headers: [String: String]?
}

/// One of the servers of this folder, as a process of its own. It is killed with the last reference.
final class ScriptedServer: Sendable {
    private let process: Process
    private let log: URL
    let port: Int

    /// Starts `script` on a free port of loopback and waits until it listens.
    init(_ script: String, _ arguments: [String] = []) async throws {
        let log = Scratch.path("\(script).log")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        process.arguments = [folder.appendingPathComponent("\(script).py").path] + arguments
        // `scripts/server guard` ends what carries this.
        process.environment = ["PATH": "/usr/bin:/bin", "REMINDERS_SERVER": Scratch.root.path]
        process.standardInput = FileHandle.nullDevice
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process = process
        self.log = log
        do {
            port = try await eventuallySome(within: .seconds(20), "port of \(script)") {
                ScriptedServer.events(in: log).first { $0.event == "listening" }?.port
            }
        } catch {
            let wrote = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            Glibc.kill(process.processIdentifier, SIGKILL)
            throw NotStarted(script: script, output: wrote)
        }
    }

    deinit {
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
    }

    struct NotStarted: Error {
        let script: String
        let output: String
    }

    /// What has happened so far.
    var events: [ServerEvent] { Self.events(in: log) }

    func events(_ name: String) -> [ServerEvent] { events.filter { $0.event == name } }

    /// Everything it wrote, tracebacks included.
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) {
        Glibc.kill(process.processIdentifier, number)
    }

    /// SIGSTOP, and waits until it stands still: connections stay open and nothing answers.
    func freeze() async throws {
        signal(SIGSTOP)
        try await waitUntilStopped(process.processIdentifier)
    }

    /// SIGKILL, and waits until it is gone.
    func kill() async throws {
        signal(SIGKILL)
        try await eventually("the end of the server") { !process.isRunning }
    }

    private static func events(in log: URL) -> [ServerEvent] {
        guard let data = try? Data(contentsOf: log) else { return [] }
        return data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(ServerEvent.self, from: $0)
        }
    }
}
