import Foundation

/// A mail that was caught.
public struct CaughtMail: Decodable, Sendable {
    /// In the order of arrival, from 1.
    public let id: Int
    /// RFC 3339, UTC.
    public let receivedAt: String
    /// The envelope's sender.
    public let from: String
    /// The envelope's recipients.
    public let to: [String]
    /// Decoded.
    public let subject: String
    /// Decoded, by the names on the wire; of a repeated header the last one.
    public let headers: [String: String]
    /// The plain text part.
    public let text: String?
    /// The HTML part.
    public let html: String?
    /// The message as it came, headers included.
    public let raw: String
}

/// A post that was caught.
public struct CaughtPost: Decodable, Sendable {
    /// In the order of arrival, from 1.
    public let id: Int
    /// RFC 3339, UTC.
    public let receivedAt: String
    /// The path it was posted to.
    public let path: String
    /// The status it was answered with; 0 when the line was dropped instead.
    public let status: Int
    /// The request's headers.
    public let headers: [String: String]
    /// The request's body.
    public let body: String
}

/// How many were caught, and over how many connections.
public struct CatcherCounts: Decodable, Sendable {
    /// Mail caught.
    public let mail: Int
    /// Posts caught.
    public let posts: Int
    /// SMTP connections accepted, with those that only asked whether the server is there.
    public let smtpConnections: Int
    /// HTTP connections accepted, with those of these tests.
    public let httpConnections: Int
}

/// The catcher of mail and of Mattermost posts (`demo/catcher.py`), a process of its own.
public final class Catcher: Sendable {
    private let server: LocalServer
    /// Of the SMTP server on 127.0.0.1.
    public let smtpPort: UInt16
    /// Of the HTTP server on 127.0.0.1, which takes posts and shows what was caught.
    public let httpPort: UInt16

    private init(_ server: LocalServer) throws {
        self.server = server
        smtpPort = try Port.number(server.line("port"))
        httpPort = try Port.number(server.line("http-port"))
    }

    /// Starts one on free ports.
    ///
    /// - Parameter options: Arguments of `demo/catcher.py`: `--certificate`, `--key`, `--smtps`, `--auth user:password`.
    /// - Throws: `CommandFailed`.
    public static func start(_ options: String...) async throws -> Catcher {
        try Catcher(await .start("catcher", options: options))
    }

    /// Mail caught, oldest first; of one recipient when it is given.
    public func mail(to recipient: String? = nil) async throws -> [CaughtMail] {
        try await get("/mail" + query("to", recipient), as: [CaughtMail].self).reversed()
    }

    /// Posts caught, oldest first; of one path when it is given.
    public func posts(path: String? = nil) async throws -> [CaughtPost] {
        try await get("/posts" + query("path", path), as: [CaughtPost].self).reversed()
    }

    /// How many were caught.
    public func counts() async throws -> CatcherCounts { try await get("/stats", as: CatcherCounts.self) }

    /// The replies to the next mails to a recipient, in their order; then all are accepted. Each is a reply line such
    /// as "451 4.7.0 later" (at RCPT), or "data 554 5.7.1 no" (after the final dot), or "drop" or "hang" (there too).
    public func script(mailTo recipient: String, replies: [String]) async throws {
        try await script(["mail": [recipient: replies]])
    }

    /// The statuses of the next posts to a path, in their order; then all get 200. 0 drops the line instead.
    public func script(postsTo path: String, statuses: [Int]) async throws {
        try await script(["posts": [path: statuses]])
    }

    /// From now on mail is taken after this login only, as `user:password`; connections that are logged in stay so.
    public func require(login: String) async throws {
        _ = try await LoopbackRequest.send(
            "POST", port: httpPort, path: "/script", body: try JSONEncoder().encode(["login": login]))
    }

    /// Forgets everything caught, and the scripts.
    public func forget() async throws {
        _ = try await LoopbackRequest.send("DELETE", port: httpPort, path: "/")
    }

    /// The Mattermost webhook of that name.
    public func webhook(_ name: String = "test") -> String { "http://127.0.0.1:\(httpPort)/hooks/\(name)" }

    /// SIGKILL.
    public func kill() async throws { try await server.signal("KILL") }

    /// SIGSTOP: connections stay open and nothing answers.
    public func freeze() async throws { try await server.signal("STOP") }

    /// SIGCONT, after `freeze()`.
    public func resume() async throws { try await server.signal("CONT") }

    /// Starts it again after `kill()`, on the same ports; what was caught before is still there.
    public func restart() async throws { try await server.startAgain() }

    /// Ends it and forgets what was caught.
    public func remove() async throws { try await server.run("remove") }

    private func script<Answers: Encodable>(_ script: [String: [String: Answers]]) async throws {
        let body = try JSONEncoder().encode(script)
        _ = try await LoopbackRequest.send("POST", port: httpPort, path: "/script", body: body)
    }

    private func get<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: await LoopbackRequest.send(port: httpPort, path: path).body)
    }

    private func query(_ name: String, _ value: String?) -> String {
        guard let value else { return "" }
        return "?\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
    }
}
