/// The keywords for `PQconnectStartParams`, complete but for resolved addresses.
struct ConnectionSettings: Sendable {
    /// By libpq's keyword.
    private(set) var values: [String: String]
    /// The hosts to try, in order.
    let hosts: [Host]

    /// One host to try.
    struct Host: Sendable, Equatable {
        /// A name, an address, a socket directory, or empty for libpq's default.
        var name: String
        /// An address to use without a lookup, or empty.
        var address: String
        var port: String
    }

    /// Debian's bundle (package ca-certificates).
    static let systemCertificates = "/etc/ssl/certs/ca-certificates.crt"

    init(_ configuration: PostgresConfiguration, defaults: [String: String] = ConnectionURL.defaults()) {
        var values = configuration.url.settings
        func setDefault(_ keyword: String, _ value: String) {
            if values[keyword] == nil { values[keyword] = value }
        }
        hosts = Self.hosts(values, defaults)
        if !hosts.allSatisfy(\.isLocal) { setDefault("sslmode", "require") }
        if values["sslrootcert"] == "system" { values["sslrootcert"] = Self.systemCertificates }
        // Looking for Kerberos credentials costs time at each connection.
        setDefault("gssencmode", "disable")
        setDefault("keepalives", "1")
        setDefault("keepalives_idle", "\(max(1, configuration.keepaliveIdle.components.seconds))")
        setDefault("keepalives_interval", "10")
        setDefault("keepalives_count", "3")
        setDefault("tcp_user_timeout", "\(configuration.tcpUserTimeout.milliseconds)")
        values["application_name"] = configuration.applicationName
        values["client_encoding"] = "UTF8"
        values["options"] = Self.options(configuration, given: values["options"])
        self.values = values
    }

    /// - Parameter hosts: what to try, in this order, looked up already.
    func values(hosts: [Host]) -> [String: String] {
        var values = values
        values["host"] = hosts.map(\.name).joined(separator: ",")
        values["hostaddr"] = hosts.map(\.address).joined(separator: ",")
        values["port"] = hosts.map(\.port).joined(separator: ",")
        return values
    }

    private static func hosts(_ values: [String: String], _ defaults: [String: String]) -> [Host] {
        func list(_ keyword: String) -> [String] {
            let text = values[keyword] ?? defaults[keyword] ?? ""
            return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let names = list("host")
        let addresses = list("hostaddr")
        let ports = list("port")
        return (0..<max(names.count, addresses.count)).map { index in
            Host(
                name: index < names.count ? names[index] : "",
                address: index < addresses.count ? addresses[index] : "",
                port: ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : "")
        }
    }

    /// Settings of the session, as command-line options of the backend: in force from the start, no round trip.
    private static func options(_ configuration: PostgresConfiguration, given: String?) -> String {
        var settings = configuration.parameters
        let limits: [(String, Duration?)] = [
            ("statement_timeout", configuration.statementTimeout),
            ("lock_timeout", configuration.lockTimeout),
            ("idle_in_transaction_session_timeout", configuration.idleInTransactionTimeout),
        ]
        for (name, limit) in limits {
            if let limit { settings[name] = "\(max(1, limit.milliseconds))" }
        }
        let options = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\(escaped($0.value))" }
        return ([given].compactMap { $0 } + options).joined(separator: " ")
    }

    /// Spaces and backslashes are written with a backslash (libpq manual, `options`).
    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            if character == "\\" || character.isWhitespace { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }
}

extension ConnectionSettings.Host {
    /// A socket of this machine, or its loopback interface.
    var isLocal: Bool {
        let target = address.isEmpty ? name : address
        return target.isEmpty || isSocket || target == "localhost" || target == "::1" || target.hasPrefix("127.")
    }

    /// libpq takes a host that begins like this for a socket (libpq manual, `host`).
    var isSocket: Bool {
        address.isEmpty && (name.hasPrefix("/") || name.hasPrefix("@"))
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
