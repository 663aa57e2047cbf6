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
    /// nor loopback, the connection is encrypted (`sslmode=require`) unless the string says otherwise.
    /// `sslrootcert=system` stands for Debian's bundle of certificates.
    ///
    /// - Throws: `.configuration`; it never repeats the password.
    public init(url: String) throws(PostgresError) {
        self.url = try ConnectionURL(url)
        applicationName = self.url.settings["application_name"] ?? "reminders"
    }
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
