import Foundation
import Glibc

/// One of this project's programs, running. It is killed when the test process ends, however that ends.
public final class ServiceProcess: Sendable {
    /// How it ended.
    public typealias Ending = ProcessEnding

    private let child: ChildProcess
    private let log: URL
    /// The program's name.
    public let name: String

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - name: The product's name, such as `scheduler`.
    ///   - arguments: Its arguments.
    ///   - environment: All of its environment, but for `PATH`.
    ///   - descriptors: How many files it may have open; nil for as many as this process.
    /// - Throws: What kept it from being started.
    public init(
        _ name: String, _ arguments: [String] = [], environment: [String: String], descriptors: Int? = nil
    ) throws {
        self.name = name
        log = try Scratch.file("\(name).log")
        child = try ChildProcess(
            Repository.programs.appendingPathComponent(name).path, arguments,
            environment: environment.merging(["PATH": "/usr/bin:/bin", "REMINDERS_SERVER": Scratch.root.path]) {
                given, _ in given
            }, output: log, errors: log, descriptors: descriptors)
    }

    /// The process id.
    public var processIdentifier: Int32 { child.processIdentifier }

    /// Whether it has not ended yet.
    public var isRunning: Bool { child.ending == nil }

    /// Everything it wrote so far, on standard output and standard error.
    public var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Waits for a line that contains `text`, and returns it.
    ///
    /// - Throws: `NotInTime` with the end of what it wrote.
    @discardableResult
    public func waitForLine(containing text: String, within limit: Duration = .seconds(20)) async throws -> String {
        do {
            return try await eventuallySome(within: limit, "a line of \(name) with \"\(text)\"") {
                output.split(separator: "\n").first { $0.contains(text) }.map(String.init)
            }
        } catch let error as NotInTime {
            throw NotInTime(description: "\(error.description); it wrote: \(output.suffix(2000))")
        }
    }

    /// Sends a signal: SIGTERM, SIGKILL, SIGCONT.
    public func signal(_ number: Int32) {
        child.signal(number)
    }

    /// SIGSTOP, and waits until it stands still; SIGCONT wakes it.
    ///
    /// - Throws: `NotInTime`.
    public func freeze() async throws {
        signal(SIGSTOP)
        try await waitUntilStopped(processIdentifier)
    }

    /// SIGKILL, and waits until it is gone.
    ///
    /// - Throws: `NotInTime`.
    public func kill() async throws {
        signal(SIGKILL)
        try await waitForExit()
    }

    /// SIGTERM, and waits for the end.
    ///
    /// - Throws: `NotInTime`.
    @discardableResult
    public func terminate(within limit: Duration = .seconds(30)) async throws -> Ending {
        signal(SIGTERM)
        return try await waitForExit(within: limit)
    }

    /// Waits for the end.
    ///
    /// - Throws: `NotInTime`.
    @discardableResult
    public func waitForExit(within limit: Duration = .seconds(30)) async throws -> Ending {
        try await eventuallySome(within: limit, "the end of \(name)") { child.ending }
    }
}
