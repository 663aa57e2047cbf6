import Foundation
import Glibc
import RemindersGround

/// The temporary directory of this test process. `scripts/server guard` waits for the end of the process, however it
/// ends, then removes the directory with every server and service that was started in it.
public enum Scratch {
    /// The directory; others may pass through it, because root's servers run as other users.
    public static let root: URL = {
        let place = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        var template = Array(place.appendingPathComponent("reminders-tests-XXXXXX").path.utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("no temporary directory: errno \(errno)") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(path, 0o711)
        guardUntilTheEnd(of: path)
        return URL(fileURLWithPath: path, isDirectory: true)
    }()

    private static let count = Locked(0)

    /// A path in the directory that nobody used before; nothing is made there.
    public static func path(_ name: String) -> URL {
        let number = count.withLock {
            $0 += 1
            return $0
        }
        return root.appendingPathComponent("\(name)-\(number)")
    }

    /// A new empty file in the directory.
    static func file(_ name: String) throws -> URL {
        let file = path(name)
        try Data().write(to: file)
        return file
    }

    /// Removes a file; that there is none is no matter.
    static func remove(_ file: URL) {
        unlink(file.path)
    }

    private static func guardUntilTheEnd(of path: String) {
        let nowhere = URL(fileURLWithPath: "/dev/null")
        do {
            _ = try ChildProcess(
                "/usr/bin/setsid", ["--fork", Repository.script("server"), "guard", "\(getpid())", path],
                environment: ProcessInfo.processInfo.environment, output: nowhere, errors: nowhere,
                directory: URL(fileURLWithPath: "/"))
        } catch {
            preconditionFailure("nobody would tidy up after the tests: \(error)")
        }
    }
}
