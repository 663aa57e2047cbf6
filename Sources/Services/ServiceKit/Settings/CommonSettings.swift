import Foundation
import Logging
import RemindersGround

/// The settings that every service has.
public struct CommonSettings: Sendable {
    /// Where the database is, with user and password; empty if the service has none.
    public let databaseURL: Secret
    /// The most connections to the database at a time.
    public let databasePoolSize: Int
    /// Where the broker is, with user and password; empty if the service has none.
    public let brokerURL: Secret
    /// What it does about the broker's exchanges and queues.
    public let topology: TopologyMode
    /// The name of the deployment whose database it has to be; nil when it has none.
    public let deployment: String?
    /// Lines below this level are not written.
    public let logLevel: Logger.Level
    /// How lines are written.
    public let logFormat: LogFormat
    /// The address of the admin server.
    public let adminHost: String
    /// The port of the admin server; nil when there is to be none.
    public let adminPort: Int?
    /// How long the service may take to stop after it was asked to.
    public let shutdownDeadline: Duration

    /// Reads them.
    ///
    /// - Parameters:
    ///   - settings: the reader of the service.
    ///   - usesDatabase: whether the service needs PostgreSQL; if so its URL is required.
    ///   - usesBroker: whether the service needs RabbitMQ; if so its URL is required.
    ///   - poolSize: the default number of connections to the database.
    public init(
        reading settings: inout SettingsReader, usesDatabase: Bool = true, usesBroker: Bool = true, poolSize: Int = 4
    ) {
        databaseURL = usesDatabase ? settings.databaseURL() : Secret("")
        databasePoolSize =
            usesDatabase
            ? settings.integer(
                "REMINDERS_DATABASE_POOL_SIZE", default: poolSize, in: 1...100,
                doc: "The most connections to PostgreSQL at a time.")
            : poolSize
        brokerURL = usesBroker ? settings.brokerURL() : Secret("")
        topology =
            usesBroker
            ? settings.choice(
                "REMINDERS_TOPOLOGY", default: TopologyMode.declare,
                doc:
                    "Whether to declare the exchanges and queues it needs, or, as a user without that right, only to look whether they are there (passive)."
            )
            : .declare
        deployment = usesDatabase ? Self.deployment(reading: &settings) : nil
        logLevel = settings.choice(
            "REMINDERS_LOG_LEVEL", default: Logger.Level.info, doc: "Lines below this level are not written.")
        logFormat = settings.choice(
            "REMINDERS_LOG_FORMAT", default: LogFormat.forStandardError,
            doc: "json for machines, text for people. The default is text on a terminal, else json.")
        adminHost = settings.string(
            "REMINDERS_ADMIN_HOST", default: "127.0.0.1",
            doc: "The address for /livez, /readyz and /metrics. They ask for no password: keep it a private one.")
        let port = settings.integer(
            "REMINDERS_ADMIN_PORT", default: 0, in: 0...65535,
            doc: "The port for /livez, /readyz and /metrics. 0 turns them off.")
        adminPort = port == 0 ? nil : port
        shutdownDeadline = settings.duration(
            "REMINDERS_SHUTDOWN_DEADLINE", default: .seconds(20), in: .seconds(1)...(.seconds(600)),
            doc: "How long work in hand may take after SIGTERM. What is left then is delivered again later.")
    }
}

extension CommonSettings {
    /// Reads the name of this deployment.
    ///
    /// - Returns: nil where none is set.
    public static func deployment(reading settings: inout SettingsReader) -> String? {
        let name = settings.string(
            "REMINDERS_DEPLOYMENT", default: "",
            doc: "Whose the database has to be: production, staging. While it is another's, everything is held.")
        let isPlain = name.wholeMatch(of: /[a-z0-9][a-z0-9._-]{0,62}/) != nil
        if !name.isEmpty, !isPlain {
            settings.refuse(
                "REMINDERS_DEPLOYMENT",
                "is no name: give 1 to 63 of a-z, 0-9, dot, hyphen and underscore, a letter or digit in front")
        }
        return name.isEmpty ? nil : name
    }
}

/// The switches that keep a fresh installation from writing to people. All of them start on the safe side.
public struct SafetySwitches: Sendable, Hashable {
    /// `REMINDERS_ENABLED`: whether anything is delivered at all.
    public let isEnabled: Bool
    /// `REMINDERS_EMAIL_ENABLED`, `REMINDERS_MATTERMOST_ENABLED`: whether this channel is. The browser has no switch of
    /// its own.
    public let isChannelEnabled: Bool
    /// `REMINDERS_DRY_RUN`: whether deliveries are only logged.
    public let isDryRun: Bool

    /// Reads them.
    ///
    /// - Parameters:
    ///   - settings: the reader of the service.
    ///   - channel: the word in `REMINDERS_<CHANNEL>_ENABLED`, such as `EMAIL`; nil for one without a switch.
    public init(reading settings: inout SettingsReader, channel: String?) {
        isEnabled = settings.bool(
            "REMINDERS_ENABLED", default: false, doc: "Whether reminders are delivered at all.")
        isChannelEnabled =
            channel.map { channel in
                settings.bool(
                    "REMINDERS_\(channel)_ENABLED", default: false,
                    doc: "Whether reminders are delivered through this channel.")
            } ?? true
        isDryRun = settings.bool(
            "REMINDERS_DRY_RUN", default: true, doc: "Whether deliveries are only logged, and nothing is sent.")
    }

    /// Whether something leaves the machine, so that the channel's own settings have to be complete.
    public var isSending: Bool {
        isEnabled && isChannelEnabled && !isDryRun
    }
}

/// How the tokens of HTTP requests are checked: with a shared secret, with an issuer's published keys, or both.
public struct TokenSettings: Sendable {
    /// The shared secret; nil when there is none.
    public let secret: Secret?
    /// A file with the issuer's keys (JWKS); nil when there is none.
    public let keySetFile: String?
    /// Where the issuer publishes its keys; nil when it does not.
    public let keySetURL: String?
    /// PEM certificates to trust at that URL instead of the system's; nil for the system's.
    public let keySetCAFile: String?
    /// What `iss` of a token has to be; nil for anything.
    public let issuer: String?
    /// What `aud` of a token has to name; nil for anything.
    public let audience: String?

    /// Reads them.
    public init(reading settings: inout SettingsReader) {
        let secret = settings.secret(
            "REMINDERS_JWT_SECRET", default: Secret(""),
            doc: "The secret that tokens are signed with (HS256), of at least 32 bytes.")
        let file = settings.string(
            "REMINDERS_JWT_JWKS_FILE", default: "", doc: "A file with the public keys of the tokens' issuer (RFC 7517)."
        )
        let url = settings.string(
            "REMINDERS_JWT_JWKS_URL", default: "",
            doc: "Where the tokens' issuer publishes its keys: an https URL, or http to this machine.")
        let authorities = settings.string(
            "REMINDERS_JWT_CA_FILE", default: "",
            doc: "PEM certificates to trust at REMINDERS_JWT_JWKS_URL instead of the system's.")
        let issuer = settings.string(
            "REMINDERS_JWT_ISSUER", default: "", doc: "What the claim iss has to be. Empty: anything.")
        let audience = settings.string(
            "REMINDERS_JWT_AUDIENCE", default: "", doc: "What the claim aud has to name. Empty: anything.")
        if !secret.isEmpty, secret.reveal().utf8.count < 32 {
            settings.refuse("REMINDERS_JWT_SECRET", "is shorter than 32 bytes; make one with: openssl rand -base64 32")
        }
        if secret.isEmpty, file.isEmpty, url.isEmpty {
            settings.refuse(
                "REMINDERS_JWT_SECRET",
                "set it, REMINDERS_JWT_JWKS_FILE or REMINDERS_JWT_JWKS_URL: nobody could sign in")
        }
        if !file.isEmpty, !url.isEmpty {
            settings.refuse("REMINDERS_JWT_JWKS_URL", "only one of it and REMINDERS_JWT_JWKS_FILE can be set")
        }
        self.secret = secret.isEmpty ? nil : secret
        keySetFile = file.isEmpty ? nil : file
        keySetURL = url.isEmpty ? nil : url
        keySetCAFile = authorities.isEmpty ? nil : authorities
        self.issuer = issuer.isEmpty ? nil : issuer
        self.audience = audience.isEmpty ? nil : audience
    }
}

extension SettingsReader {
    /// Origins (RFC 6454): scheme and host, a port if it is not the usual one, nothing behind it.
    ///
    /// - Parameter allowsAll: whether `*` may stand for every origin.
    public mutating func origins(_ name: String, allowsAll: Bool, doc: String) -> [String] {
        let origins = list(name, default: [], doc: doc)
        for origin in origins where !(allowsAll && origin == "*") && Self.origin(ofURL: origin) != origin {
            refuse(name, "\(SettingsText.quoted(origin)) is no origin, such as https://app.example.org")
        }
        return origins
    }

    /// The origin of an absolute http or https URL; nil for anything else.
    public static func origin(ofURL text: String) -> String? {
        guard let url = URL(string: text, encodingInvalidCharacters: false), let scheme = url.scheme?.lowercased(),
            scheme == "https" || scheme == "http", let host = url.host(), !host.isEmpty
        else { return nil }
        let name = host.contains(":") ? "[\(host)]" : host.lowercased()
        return "\(scheme)://\(name)" + (url.port.map { ":\($0)" } ?? "")
    }
}
