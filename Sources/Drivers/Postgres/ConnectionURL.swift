import CLibPQ

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
