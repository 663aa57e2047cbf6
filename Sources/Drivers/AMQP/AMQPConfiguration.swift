import RemindersGround

/// How to reach the broker and what to allow on the way. Printing it hides the password.
public struct AMQPConfiguration: Sendable {
    /// One node of a broker.
    public struct Endpoint: Hashable, Sendable {
        /// A DNS name or an IPv4 or IPv6 address. With TLS a name: librabbitmq 0.11 knows no addresses in certificates.
        public var host: String
        /// The TCP port.
        public var port: Int

        /// - Parameter port: nil for the usual one: 5672, with TLS 5671.
        init(host: String, port: Int?, usesTLS: Bool) {
            self.host = host
            self.port = port ?? (usesTLS ? 5671 : 5672)
        }
    }

    /// The nodes to try, in this order; after a connection was lost beginning with the next one. Never empty.
    public private(set) var endpoints: [Endpoint]
    /// The virtual host, "/" by default.
    public var virtualHost: String
    /// The user to log in as (SASL PLAIN).
    public var user: String
    /// Certificates to trust and to show; nil is a connection in clear text.
    public var tls: TLSOptions?
    /// Heartbeat interval asked for, in whole seconds from 1 to 65,535; the broker may lower it. A peer that is
    /// silent for two intervals is given up; a broker notices between two and three. Default 8 s.
    public var heartbeat: Duration = .seconds(8)
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
        host: String, port: Int? = nil, virtualHost: String = "/", user: String, password: String,
        tls: TLSOptions? = nil
    ) {
        endpoints = [Endpoint(host: host, port: port, usesTLS: tls != nil)]
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
        guard endpoints.allSatisfy({ (1...65_535).contains($0.port) }) else {
            throw refuse("the port is not between 1 and 65535")
        }
        // SASL PLAIN (RFC 4616) separates its fields by NUL; C strings end there.
        for text in endpoints.map(\.host) + [virtualHost, user, password.reveal()] where text.utf8.contains(0) {
            throw refuse("host, virtual host, user and password may not contain NUL")
        }
        guard virtualHost.utf8.count <= MessageLimits.shortStringBytes else {
            throw refuse("the virtual host is longer than 255 bytes")
        }
        guard maximumFrameBytes >= 4096 else { throw refuse("the frame limit is below 4096 bytes") }
    }
}

extension AMQPConfiguration {
    /// The host of the first node.
    public var host: String {
        get { endpoints[0].host }
        set { endpoints[0].host = newValue }
    }

    /// The port of the first node.
    public var port: Int {
        get { endpoints[0].port }
        set { endpoints[0].port = newValue }
    }

    /// The hosts beyond this machine that everything would go to in clear text, password included.
    public var clearTextHosts: [String] {
        tls == nil ? endpoints.map(\.host).filter { !LoopbackHost.includes($0) } : []
    }

    /// Adds a node, to be tried after those there are.
    mutating func add(host: String, port: Int?) {
        endpoints.append(Endpoint(host: host, port: port, usesTLS: tls != nil))
    }
}

extension AMQPConfiguration: CustomStringConvertible {
    /// "amqps://user@host:5671/vhost".
    public var description: String {
        let nodes = endpoints.map(\.description).joined(separator: ",")
        return "\(tls == nil ? "amqp" : "amqps")://\(user)@\(nodes)/\(virtualHost == "/" ? "" : virtualHost)"
    }
}

extension AMQPConfiguration.Endpoint: CustomStringConvertible {
    /// "host:5671".
    public var description: String { "\(host):\(port)" }
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

/// The addresses of RabbitMQ's URI specification (https://www.rabbitmq.com/docs/uri-spec), with the query
/// parameters `heartbeat` (s), `connection_timeout` (ms), `cacertfile`, `certfile` and `keyfile`; and beyond it several
/// hosts with commas between them, each with a port of its own if it has another.
///
/// An empty path means the virtual host "/", as most clients have it.
enum AMQPURL {
    static func parse(_ url: String) throws(AMQPError) -> AMQPConfiguration {
        let secure: Bool
        var rest: Substring
        if url.hasPrefix("amqps://") {
            (secure, rest) = (true, url.dropFirst("amqps://".count))
        } else if url.hasPrefix("amqp://") {
            (secure, rest) = (false, url.dropFirst("amqp://".count))
        } else {
            throw refusal("it does not start with amqp:// or amqps://")
        }
        guard !rest.contains("#") else { throw refusal("it has a fragment; write # as %23") }

        let query = cut(&rest, from: "?")
        let path = cut(&rest, from: "/")
        // Other clients would be `guest` then, who may do everything, and whose password everybody knows.
        guard let at = rest.lastIndex(of: "@") else {
            throw refusal("it names no user; write amqp://user:password@host")
        }
        let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let user = try decode(parts[0], "user")
        let password = parts.count > 1 ? try decode(parts[1], "password") : ""
        guard !user.isEmpty else { throw refusal("it names no user; write amqp://user:password@host") }
        rest = rest[rest.index(after: at)...]
        let nodes = rest.split(separator: ",", omittingEmptySubsequences: false)
        let (host, port) = try authority(nodes[0])
        var configuration = AMQPConfiguration(
            host: host, port: port, virtualHost: path.isEmpty ? "/" : try decode(path, "virtual host"),
            user: user, password: password, tls: secure ? TLSOptions() : nil)
        for node in nodes.dropFirst() {
            let (host, port) = try authority(node)
            configuration.add(host: host, port: port)
        }
        try apply(query, to: &configuration)
        try configuration.check()
        return configuration
    }

    /// Takes what follows the first `mark` off the end of `text`.
    private static func cut(_ text: inout Substring, from mark: Character) -> Substring {
        guard let index = text.firstIndex(of: mark) else { return "" }
        defer { text = text[..<index] }
        return text[text.index(after: index)...]
    }

    private static func authority(_ text: Substring) throws(AMQPError) -> (host: String, port: Int?) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw refusal("the IPv6 address does not end in ]") }
            host = text[text.index(after: text.startIndex)..<close]
            let after = text[text.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw refusal("something stands after the ]") }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw refusal("it names no host") }
        guard let port, !port.isEmpty else { return (try decode(host, "host"), nil) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw refusal("the port is not a number from 1 to 65535")
        }
        return (try decode(host, "host"), number)
    }

    private static func apply(_ query: Substring, to configuration: inout AMQPConfiguration) throws(AMQPError) {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let value = parts.count > 1 ? try decode(parts[1], name) : ""
            switch name {
            case "heartbeat":
                guard let seconds = Int(value), (1...65_535).contains(seconds) else {
                    throw refusal("heartbeat is not a number of seconds from 1 to 65535")
                }
                configuration.heartbeat = .seconds(seconds)
            case "connection_timeout":
                guard let milliseconds = Int(value), milliseconds > 0 else {
                    throw refusal("connection_timeout is not a positive number of milliseconds")
                }
                configuration.connectTimeout = .milliseconds(milliseconds)
            case "cacertfile", "certfile", "keyfile":
                guard configuration.tls != nil else { throw refusal("\(name) needs amqps://") }
                if name == "cacertfile" { configuration.tls?.certificateAuthorityFile = value }
                if name == "certfile" { configuration.tls?.certificateFile = value }
                if name == "keyfile" { configuration.tls?.keyFile = value }
            default:
                throw refusal("it has an unknown query parameter")
            }
        }
    }

    /// Percent-decoding (RFC 3986 section 2.1).
    private static func decode(_ text: Substring, _ part: String) throws(AMQPError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), high != UInt8(ascii: "+")
            else { throw refusal("the \(part) has a % that is not followed by two hexadecimal digits") }
            bytes.append(value)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw refusal("the \(part) is not UTF-8")
        }
        return decoded
    }

    private static func refusal(_ text: String) -> AMQPError {
        AMQPError(code: .driver, operation: "read AMQP URL", text: text)
    }
}
