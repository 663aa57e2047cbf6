import Foundation

/// A program that ended with another status than 0.
public struct CommandFailed: Error, CustomStringConvertible {
    /// The program's file name, and its arguments.
    public let call: String
    /// How it ended.
    public let ending: ProcessEnding
    /// What it wrote on standard output and standard error.
    public let output: String

    /// All three in one line.
    public var description: String { "`\(call)` \(ending): \(output)" }
}

/// Runs a program to its end.
public enum Command {
    /// Runs `program` and returns what it wrote on standard output.
    ///
    /// - Parameters:
    ///   - program: Absolute path, or a name looked up in `/usr/bin`.
    ///   - arguments: Its arguments.
    ///   - environment: Variables beside, or instead of, those of this process.
    /// - Throws: `CommandFailed`, or what kept it from being started.
    @discardableResult
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> String {
        // Files rather than pipes: a server left running may hold a pipe open, and its reader would wait for ever.
        let output = try Scratch.file("stdout")
        let errors = try Scratch.file("stderr")
        defer {
            Scratch.remove(output)
            Scratch.remove(errors)
        }
        let child = try ChildProcess(
            program.hasPrefix("/") ? program : "/usr/bin/\(program)", arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }, output: output,
            errors: errors)
        let ending = await child.end()
        let written = try String(decoding: Data(contentsOf: output), as: UTF8.self)
        guard ending == .exited(0) else {
            let complaints = try String(decoding: Data(contentsOf: errors), as: UTF8.self)
            let call = [URL(fileURLWithPath: program).lastPathComponent] + arguments
            throw CommandFailed(
                call: call.joined(separator: " "), ending: ending, output: written + complaints)
        }
        return written
    }
}
