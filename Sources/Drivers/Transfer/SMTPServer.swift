import CCurl
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
    /// Longest time from MAIL until the server asks for the message. No longer than `timeout`.
    public let firstReplyTimeout: Duration
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
        heloName: String? = nil, connectTimeout: Duration = .seconds(10),
        firstReplyTimeout: Duration = .seconds(10), timeout: Duration = .seconds(60),
        idleTimeout: Duration = .seconds(30), connectionLifetime: Duration = .seconds(300)
    ) throws(FieldError) {
        try FieldCheck.host(host, .host)
        guard (1...65535).contains(port) else { throw FieldError(.port, .outOfRange) }
        if let heloName { try FieldCheck.host(heloName, .heloName) }
        if let caFile { try FieldCheck.noControls(caFile, .caFile) }
        for duration in [connectTimeout, firstReplyTimeout, timeout, idleTimeout, connectionLifetime] {
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
        self.firstReplyTimeout = min(firstReplyTimeout, timeout)
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

extension EasyHandle {
    /// Connect, TLS, EHLO and AUTH as `server` says, and no transfer.
    func configure(for server: SMTPServer) {
        set(CURLOPT_URL, server.url)
        set(CURLOPT_PROTOCOLS_STR, server.security == .implicitTLS ? "smtps" : "smtp")
        set(CURLOPT_CONNECT_ONLY, 1)
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: server.connectTimeout)
        set(CURLOPT_TIMEOUT_MS, milliseconds: server.connectTimeout)
        // Their owner decides how long connections live; libcurl would close one it takes for idle.
        set(CURLOPT_MAXAGE_CONN, 86_400)
        if server.security == .startTLSRequired {
            // Not CURLUSESSL_TRY: that one goes on in clear text without a word.
            set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
        }
        if let caFile = server.caFile {
            set(CURLOPT_CAINFO, caFile)
            set(CURLOPT_CAPATH, nil)
        }
        configureAuthentication(server.authentication)
    }

    private func configureAuthentication(_ authentication: SMTPServer.Authentication) {
        switch authentication {
        case .none: break
        case .password(let user, let password):
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password.reveal())
            set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
        case .oauthBearer(let user, let token):
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_XOAUTH2_BEARER, token.reveal())
            set(CURLOPT_LOGIN_OPTIONS, "AUTH=OAUTHBEARER;AUTH=XOAUTH2")
        }
        // RFC 4954 4: the first response goes with the command and saves a round trip.
        set(CURLOPT_SASL_IR, 1)
    }
}

/// What a server offers in its answer to EHLO, as far as it matters here.
struct SMTPCapabilities: Hashable, Sendable {
    /// RFC 2920: commands may be sent without waiting for each reply.
    var pipelining = false
    /// RFC 6152: bytes above 127 in the message.
    var eightBitMIME = false
    /// RFC 6531: addresses beyond ASCII.
    var smtpUTF8 = false
    /// RFC 1870: the size may be told with MAIL.
    var size = false
    /// RFC 1870: the largest message; 0 is no stated limit.
    var maximumSize = 0

    init() {}

    init(ehlo reply: SMTPReply) {
        // The first line is the server's name.
        for line in reply.lines.dropFirst() {
            let words = line.split(separator: " ")
            switch words.first?.uppercased() {
            case "PIPELINING": pipelining = true
            case "8BITMIME": eightBitMIME = true
            case "SMTPUTF8": smtpUTF8 = true
            case "SIZE":
                size = true
                maximumSize = words.count > 1 ? Int(words[1]) ?? 0 : 0
            default: break
            }
        }
    }
}
