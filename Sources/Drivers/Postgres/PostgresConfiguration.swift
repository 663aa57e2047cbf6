import CLibPQ
import RemindersGround

/// How to reach PostgreSQL, and the limits of time and number.
public struct PostgresConfiguration: Sendable {
    let url: ConnectionURL

    /// Shown in pg_stat_activity; one in the URL is taken over. At most 63 bytes are kept by the server.
    public var applicationName: String
    /// The most connections of the pool; sessions and listeners have their own beside them. 1 or more.
    public var poolSize = 4
    /// For one attempt to connect: name lookup, TCP, TLS and authentication together.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a request waits for a connection to become free.
    public var acquireTimeout: Duration = .seconds(10)
    /// The server's `statement_timeout` for each statement; nil for none, and then a server that is silent is waited
    /// for without end.
    public var statementTimeout: Duration? = .seconds(30)
    /// How much longer than `statementTimeout` to wait for an answer before the connection is thrown away.
    public var replyMargin: Duration = .seconds(2)
    /// The server's `lock_timeout`; nil for none but `statementTimeout`.
    public var lockTimeout: Duration?
    /// The server's `idle_in_transaction_session_timeout`; nil for none.
    public var idleInTransactionTimeout: Duration? = .seconds(60)
    /// How long a connection may be silent before TCP asks whether the peer is there (tcp(7), TCP_KEEPIDLE).
    public var keepaliveIdle: Duration = .seconds(30)
    /// How long sent data may stay unacknowledged before the connection counts as lost (tcp(7), TCP_USER_TIMEOUT).
    public var tcpUserTimeout: Duration = .seconds(10)
    /// How often an idle session or listener asks the server for a sign of life.
    public var heartbeat: Duration = .seconds(10)
    /// The shortest and the longest wait between attempts to connect; it doubles from the one to the other, with
    /// jitter.
    public var reconnectDelay: ClosedRange<Duration> = .milliseconds(500) ... .seconds(5)
    /// Settings of each session, for example `plan_cache_mode` (PostgreSQL manual, "Server Configuration").
    public var parameters: [String: String] = ["TimeZone": "UTC"]

    /// Reads a libpq URI (`postgresql://user:password@host:port/database?sslmode=verify-full`) or `key=value` string.
    ///
    /// What is missing is taken from libpq's defaults (PG* variables, ~/.pgpass). To a host that is neither a socket
    /// nor loopback, the connection is encrypted and the server verified (`sslmode=verify-full`, by Debian's certificates)
    /// unless the string says otherwise. Of several hosts
    /// (`h1:5432,h2:5432`) the first that can be written to is used (`target_session_attrs=read-write`), unless the string
    /// says otherwise.
    /// `sslrootcert=system` stands for Debian's bundle of certificates.
    ///
    /// - Throws: `.configuration`; it never repeats the password.
    public init(url: String) throws(PostgresError) {
        self.url = try ConnectionURL(url)
        applicationName = self.url.settings["application_name"] ?? "reminders"
    }

    /// The hosts beyond this machine that everything might go to in clear text, password included, by the `sslmode` given.
    public var clearTextHosts: [String] { ConnectionSettings(self).clearTextHosts }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    /// Where it leads, without the password.
    public var description: String {
        let settings = url.settings
        let user = settings["user"].map { "\($0)@" } ?? ""
        let host = settings["host"] ?? settings["hostaddr"] ?? "local socket"
        let port = settings["port"].map { ":\($0)" } ?? ""
        return "\(user)\(host)\(port)/\(settings["dbname"] ?? "")"
    }

    /// Nothing but the description: `dump` prints mirrors.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// The settings in a libpq URI or `key=value` string (libpq manual, "Connection Strings").
struct ConnectionURL: Sendable {
    /// By libpq's keyword; only what the string gives.
    let settings: [String: String]

    /// - Throws: `.configuration` that repeats nothing of the string but keywords, since a password may be anywhere
    ///   in a string that can't be read.
    init(_ url: String) throws(PostgresError) {
        guard !url.isEmpty, !url.utf8.contains(0) else {
            throw PostgresError(.configuration, "the database URL is empty or contains a NUL")
        }
        var message: UnsafeMutablePointer<CChar>?
        let parsed = PQconninfoParse(url, &message)
        guard let parsed else {
            defer { PQfreemem(message) }
            let text = message.map { String(cString: $0) } ?? "out of memory"
            throw PostgresError(.configuration, "the database URL can't be read: \(Self.redacted(text))")
        }
        defer { PQconninfoFree(parsed) }
        settings = Self.values(of: parsed)
        try Self.check(settings)
    }

    /// What libpq takes from PG* environment variables when the URL doesn't say.
    static func defaults() -> [String: String] {
        guard let options = PQconndefaults() else { return [:] }
        defer { PQconninfoFree(options) }
        return values(of: options)
    }

    private static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    private static let choices: [String: Set<String>] = [
        "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        "channel_binding": ["disable", "prefer", "require"],
        "target_session_attrs": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
    ]

    /// Checks early what libpq would complain about at the first connection only.
    private static func check(_ settings: [String: String]) throws(PostgresError) {
        for (keyword, allowed) in choices {
            guard let value = settings[keyword], !allowed.contains(value) else { continue }
            throw PostgresError(
                .configuration, "\(keyword) in the database URL must be one of \(allowed.sorted())")
        }
        for port in (settings["port"] ?? "").split(separator: ",") {
            guard let number = Int(port), (1...65535).contains(number) else {
                throw PostgresError(.configuration, "the port in the database URL must be from 1 to 65535")
            }
        }
        // libpq 15 would look for a file of this name; 16 and later mean the system's certificates.
        if settings["sslrootcert"] == "system", settings["sslmode"] != "verify-full" {
            throw PostgresError(.configuration, "sslrootcert=system needs sslmode=verify-full")
        }
    }

    /// libpq's messages quote parts of the string. A keyword it doesn't know is worth repeating, nothing else is.
    private static func redacted(_ message: String) -> String {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: "; ")
        for start in ["invalid URI query parameter: \"", "invalid connection option \""] where line.hasPrefix(start) {
            let keyword = line.dropFirst(start.count).prefix { $0 != "\"" }
            if keyword.count <= 40, keyword.utf8.allSatisfy(isKeywordCharacter) { return "\(start)\(keyword)\"" }
        }
        return PostgresError.withoutQuotation(line)
    }

    private static func isKeywordCharacter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}

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
        if hosts.count > 1 { setDefault("target_session_attrs", "read-write") }
        if !hosts.allSatisfy(\.isLocal), values["sslmode"] == nil {
            values["sslmode"] = "verify-full"
            if defaults["sslrootcert"] == nil { setDefault("sslrootcert", "system") }
        }
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

    /// The hosts beyond this machine that everything might go to in clear text.
    var clearTextHosts: [String] {
        guard ["disable", "allow", "prefer"].contains(values["sslmode"]), values["gssencmode"] != "require" else {
            return []
        }
        return hosts.filter { !$0.isLocal }.map { $0.name.isEmpty ? $0.address : $0.name }
    }

    /// A server that can't be written to any more is the wrong one: another has taken its place.
    var leadsToThePrimary: Bool { ["read-write", "primary"].contains(values["target_session_attrs"]) }

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
        return target.isEmpty || isSocket || LoopbackHost.includes(target)
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
