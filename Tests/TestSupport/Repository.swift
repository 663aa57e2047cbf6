import Foundation

/// Where the tree of this project is, and the programs built from it.
public enum Repository {
    /// The folder that holds `Package.swift`.
    public static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in ["Repository.swift", "TestSupport", "Tests"] { folder.deleteLastPathComponent() }
        return folder
    }()

    /// The folder of the executables: `REMINDERS_BIN` when it is set, else where this test program itself was built.
    public static let programs: URL = {
        if let folder = ProcessInfo.processInfo.environment["REMINDERS_BIN"] {
            return URL(fileURLWithPath: folder, isDirectory: true)
        }
        return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }()

    /// A program of `scripts/`.
    static func script(_ name: String) -> String {
        root.appendingPathComponent("scripts/\(name)").path
    }
}
