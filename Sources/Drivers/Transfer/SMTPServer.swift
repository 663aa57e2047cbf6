import RemindersGround

/// A mail server that takes mail for others (a relay or submission service), and how to talk to it.
public struct SMTPServer: Hashable, Sendable {
    /// How the connection is protected. Certificates are always verified; TLS 1.2 is the least.
    public enum Security: String, Hashable, Sendable {
        /// TLS from the first byte (RFC 8314 3.3), usually port 465.
        case implicitTLS
        /// STARTTLS (RFC 3207), usually port 587. A server that does not offer it gets no mail and no password.
        case startTLSRequired
        /// Clear text, password included. For a catcher or relay on the same machine.
        case none
    }

    /// How the client says who it is.
    public enum Authentication: Hashable, Sendable {
        /// It does not.
        case none
        /// AUTH PLAIN, or LOGIN where that is all there is.
        case password(user: String, password: Secret)
        /// AUTH OAUTHBEARER or XOAUTH2 with an access token.
        case oauthBearer(user: String, token: Secret)
    }

    /// Name or address; IPv6 without brackets.
    public let host: String
    /// 1–65535.
    public let port: Int
    /// How the connection is protected.
    public let security: Security
    /// How the client says who it is.
    public let authentication: Authentication
    /// File of PEM certificates to trust instead of the system's.
    public let caFile: String?
    /// Name given with EHLO; nil is the machine's.
    public let heloName: String?
    /// Longest time from looking up the name to the end of AUTH.
    public let connectTimeout: Duration
    /// Longest time from MAIL to the last reply.
    public let timeout: Duration
    /// How long a connection without work is kept; RFC 5321 4.5.3.2.7 has servers wait 5 minutes at least.
    public let idleTimeout: Duration
    /// How long a connection is used, however busy; a server behind a balancer is found again after that.
    public let connectionLifetime: Duration

    /// Checks every value.
    ///
    /// - Throws: `FieldError` naming the first value that is refused.
    public init(
        host: String, port: Int, security: Security, authentication: Authentication = .none, caFile: String? = nil,
        heloName: String? = nil, connectTimeout: Duration = .seconds(10), timeout: Duration = .seconds(60),
        idleTimeout: Duration = .seconds(30), connectionLifetime: Duration = .seconds(300)
    ) throws(FieldError) {
        try FieldCheck.host(host, .host)
        guard (1...65535).contains(port) else { throw FieldError(.port, .outOfRange) }
        if let heloName { try FieldCheck.host(heloName, .heloName) }
        if let caFile { try FieldCheck.noControls(caFile, .caFile) }
        for duration in [connectTimeout, timeout, idleTimeout, connectionLifetime] {
            try FieldCheck.timeout(duration)
        }
        switch authentication {
        case .none: break
        case .password(let user, let secret), .oauthBearer(let user, let secret):
            guard !user.isEmpty else { throw FieldError(.user, .empty) }
            try FieldCheck.noControls(user, .user)
            try FieldCheck.noControls(secret.reveal(), .secret)
        }
        self.host = host
        self.port = port
        self.security = security
        self.authentication = authentication
        self.caFile = caFile
        self.heloName = heloName
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.connectionLifetime = connectionLifetime
    }

    /// What libcurl connects to; the path is the EHLO name.
    var url: String {
        let scheme = security == .implicitTLS ? "smtps" : "smtp"
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "\(scheme)://\(name):\(port)/\(heloName ?? "")"
    }
}

extension SMTPServer: CustomStringConvertible {
    /// Host, port and security; no user, no secret.
    public var description: String { "\(host):\(port) (\(security.rawValue))" }
}
