import Glibc

/// An address that a server was to listen on can not be had.
public struct ListeningError: Error, Sendable, CustomStringConvertible {
    /// The address it was to listen on.
    public let host: String
    /// The port it was to listen on.
    public let port: Int
    /// The number of bind(2) or listen(2).
    public let errno: Int32
    private let server: String?
    private let settings: (host: String, port: String)?

    /// - Parameters:
    ///   - server: which server, if it is not the only one of the process.
    ///   - settings: the names of the settings that say its address, if there are any.
    public init(
        _ server: String? = nil, host: String, port: Int, errno: Int32, settings: (host: String, port: String)? = nil
    ) {
        self.host = host
        self.port = port
        self.errno = errno
        self.server = server
        self.settings = settings
    }

    /// What to do about it.
    public var description: String {
        let address = "\(server.map { $0 + " " } ?? "")can not listen on \(host):\(port)"
        return switch errno {
        case EADDRINUSE: "\(address): another process has that port; choose another \(settings?.port ?? "one")"
        case EADDRNOTAVAIL:
            "\(address): this machine has no such address" + (settings.map { "; correct \($0.host)" } ?? "")
        case EACCES:
            "\(address): ports below 1024 are for root" + (settings.map { "; choose another \($0.port)" } ?? "")
        default: "\(address): \(String(cString: strerror(errno)))"
        }
    }
}
