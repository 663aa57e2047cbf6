import RemindersGround

/// How to reach the broker and what to allow on the way. Printing it hides the password.
public struct AMQPConfiguration: Sendable {
    /// A DNS name or an IPv4 or IPv6 address. With TLS a name: librabbitmq 0.11 knows no addresses in certificates.
    public var host: String
    /// The TCP port: 5672 by default, 5671 with TLS.
    public var port: Int
    /// The virtual host, "/" by default.
    public var virtualHost: String
    /// The user to log in as (SASL PLAIN), "guest" by default.
    public var user: String
    /// Certificates to trust and to show; nil is a connection in clear text.
    public var tls: TLSOptions?
    /// Heartbeat interval asked for, in whole seconds from 1 to 65,535; the broker may lower it. A peer that is
    /// silent for two intervals is given up. Default 10 s.
    public var heartbeat: Duration = .seconds(10)
    /// Limit of each stage of connecting: TCP with TLS, login, and each declaration. Default 5 s.
    public var connectTimeout: Duration = .seconds(5)
    /// The name that the broker's listings show for this connection.
    public var connectionName: String?
    /// Largest body to publish, and to take in whole: a larger incoming one arrives as an oversized `Delivery`.
    /// Default 256 KiB.
    public var maximumBodyBytes = 256 * 1024
    /// Largest frame asked for, in bytes, at least 4096; the broker may lower it. Default 128 KiB.
    public var maximumFrameBytes = 128 * 1024

    let password: Secret

    /// Takes the parts of an address.
    public init(
        host: String, port: Int? = nil, virtualHost: String = "/", user: String = "guest", password: String = "guest",
        tls: TLSOptions? = nil
    ) {
        self.host = host
        self.port = port ?? (tls == nil ? 5672 : 5671)
        self.virtualHost = virtualHost
        self.user = user
        self.password = Secret(password)
        self.tls = tls
    }

    /// Reads `amqp://user:password@host:port/vhost` or `amqps://…`: see `AMQPURL`.
    ///
    /// - Throws: `AMQPError` with the code `.driver`, which does not repeat the URL.
    public init(url: String) throws(AMQPError) {
        self = try AMQPURL.parse(url)
    }

    /// What librabbitmq would cut short, or turn into something else, without a word.
    func check() throws(AMQPError) {
        func refuse(_ text: String) -> AMQPError {
            AMQPError(code: .driver, operation: "check configuration", text: text)
        }
        guard (1...65_535).contains(port) else { throw refuse("the port is not between 1 and 65535") }
        // SASL PLAIN (RFC 4616) separates its fields by NUL; C strings end there.
        for text in [host, virtualHost, user, password.reveal()] where text.utf8.contains(0) {
            throw refuse("host, virtual host, user and password may not contain NUL")
        }
        guard virtualHost.utf8.count <= MessageLimits.shortStringBytes else {
            throw refuse("the virtual host is longer than 255 bytes")
        }
        guard maximumFrameBytes >= 4096 else { throw refuse("the frame limit is below 4096 bytes") }
    }
}

extension AMQPConfiguration: CustomStringConvertible {
    /// "amqps://user@host:5671/vhost".
    public var description: String {
        "\(tls == nil ? "amqp" : "amqps")://\(user)@\(host):\(port)/\(virtualHost == "/" ? "" : virtualHost)"
    }
}

/// Certificates for `amqps`: peer and host name are always verified, with TLS 1.2 or later.
public struct TLSOptions: Hashable, Sendable {
    /// PEM file with the certificates to trust, by default Debian's bundle.
    public var certificateAuthorityFile: String
    /// PEM file with this client's certificate, if the broker asks for one.
    public var certificateFile: String?
    /// PEM file with the key of `certificateFile`.
    public var keyFile: String?

    /// Takes the three files.
    public init(
        certificateAuthorityFile: String = "/etc/ssl/certs/ca-certificates.crt", certificateFile: String? = nil,
        keyFile: String? = nil
    ) {
        self.certificateAuthorityFile = certificateAuthorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
