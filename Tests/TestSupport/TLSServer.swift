import Foundation
import Glibc

/// A peer that shakes hands with a certificate (openssl-s_server(1)) and gives files of a folder to who asks by HTTP. It is
/// killed with the last reference.
public final class TLSServer: Sendable {
    private let child: ChildProcess
    /// The port on 127.0.0.1.
    public let port: UInt16

    private init(_ child: ChildProcess, port: UInt16) {
        self.child = child
        self.port = port
    }

    deinit {
        child.signal(SIGKILL)
    }

    /// Starts one on a free port.
    ///
    /// - Parameter files: Name and content of what it gives.
    /// - Throws: What kept it from being started, or `NotInTime`.
    public static func start(_ certificates: Certificates, files: [String: String] = [:]) async throws -> TLSServer {
        let folder = Scratch.path("tls")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, content) in files {
            try content.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let log = try Scratch.file("tls.log")
        let port = try await Port.free()
        let child = try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_server", "-WWW", "-accept", "127.0.0.1:\(port)", "-cert", certificates.certificate.path,
                "-key", certificates.key.path,
            ],
            environment: ["REMINDERS_SERVER": Scratch.root.path], output: log, errors: log, directory: folder)
        try await eventually(within: .seconds(20), "a peer that listens") {
            (try? String(contentsOf: log, encoding: .utf8))?.contains("ACCEPT") == true
        }
        return TLSServer(child, port: port)
    }
}
