import Foundation
import Glibc

/// Waits until all threads of a process stand still: SIGSTOP takes effect some time after it was sent, and a process on another
/// processor goes on until then. By the state in /proc/PID/task/TID/stat (proc(5)).
///
/// - Throws: `NotInTime`.
public func waitUntilStopped(_ process: pid_t) async throws {
    let tasks = URL(fileURLWithPath: "/proc/\(process)/task")
    try await eventually("process \(process) that is stopped") {
        try FileManager.default.contentsOfDirectory(atPath: tasks.path).allSatisfy { task in
            let stat = try String(contentsOf: tasks.appendingPathComponent("\(task)/stat"), encoding: .utf8)
            // The name before it is in parentheses, and may have some of its own.
            return stat.split(separator: ")").last?.hasPrefix(" T ") == true
        }
    }
}
