import Foundation
import TestSupport
import Testing

/// The REST API as a client sees it.
struct APIClient: Sendable {
    let port: UInt16
    let token: String

    /// Sends a request with the token.
    func send(_ method: String, _ path: String, _ body: String = "") async throws -> APIAnswer {
        let answer = try await LoopbackRequest.send(
            method, port: port, path: path, headers: ["Authorization": "Bearer \(token)"], body: Data(body.utf8))
        return APIAnswer(status: answer.status, body: answer.body)
    }
}

/// An answer with JSON.
struct APIAnswer {
    let status: Int
    let body: Data

    /// The value of a path such as `items.0.title`; nil where there is none.
    subscript(path: String) -> Any? {
        var value = try? JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed)
        for part in path.split(separator: ".") {
            if let index = Int(part), let array = value as? [Any] {
                value = array.indices.contains(index) ? array[index] : nil
            } else {
                value = (value as? [String: Any])?[String(part)]
            }
        }
        return value is NSNull ? nil : value
    }

    func text(_ path: String) -> String? { self[path] as? String }
    func number(_ path: String) -> Int? { (self[path] as? NSNumber)?.intValue }
    func flag(_ path: String) -> Bool? { (self[path] as? NSNumber)?.boolValue }
    var items: [Any] { self["items"] as? [Any] ?? [] }
}

extension Scene {
    static let jwtSecret = "of-the-tests-of-the-tests-of-the-tests"

    /// Starts an `api`, and makes a token for a user.
    ///
    /// - Parameter scope: As `reminders token --scope` takes it.
    func startAPI(
        user: String = "1", scope: String? = nil, _ changes: [String: String] = [:]
    ) async throws -> APIClient {
        let port = try await Port.free()
        let own = ["REMINDERS_API_PORT": "\(port)", "REMINDERS_JWT_SECRET": Self.jwtSecret]
        try await start("api", own.merging(changes) { $1 })
            .waitForLine(containing: "Service is ready")
        return APIClient(port: port, token: try await token(user: user, scope: scope))
    }

    /// A token as the operator's command line makes it.
    func token(user: String, scope: String? = nil) async throws -> String {
        let scope = scope.map { ["--scope", $0] } ?? []
        let token = try await Command.run(
            Repository.programs.appendingPathComponent("reminders").path, ["token", "--user", user] + scope,
            environment: ["REMINDERS_JWT_SECRET": Self.jwtSecret])
        return token.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
