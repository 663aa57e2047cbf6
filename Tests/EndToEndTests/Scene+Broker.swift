import Foundation
import TestSupport

/// A message as another client of the broker finds it.
struct FoundMessage: Decodable, Sendable {
    struct Properties: Decodable, Sendable {
        let contentType: String?
        let type: String?
        let messageId: String?
        let appId: String?
        let deliveryMode: Int?
        let timestamp: Int?
        let headers: [String: String]
    }

    let key: String
    let properties: Properties
    let body: String
}

/// The broker, by a client that is none of ours.
extension Scene {
    static let script = Repository.root.appendingPathComponent("Tests/EndToEndTests/Support/broker.py").path

    /// Publishes with python3-pika, and waits for the confirms.
    func publish(
        _ bodies: [String], to exchange: String, key: String,
        contentType: String = "application/cloudevents+json; charset=utf-8"
    ) async throws {
        let lines = try bodies.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        try await withInput(lines) { input in
            let call = #"exec /usr/bin/python3 "$0" "$1" publish "$2" "$3" "$4" < "$5""#
            let url = exchange == "case.events" ? broker(for: "case-events") : broker
            try await Command.run("/bin/bash", ["-c", call, Self.script, url, exchange, key, contentType, input])
        }
    }

    /// A queue that gets a copy of everything that comes to these exchanges from now on.
    func bind(_ queue: String, to exchanges: String...) async throws {
        try await Command.run("/usr/bin/python3", [Self.script, broker, "bind", queue] + exchanges)
    }

    /// Takes all messages out of a queue.
    func drain(_ queue: String) async throws -> [FoundMessage] {
        let printed = try await Command.run("/usr/bin/python3", [Self.script, broker, "drain", queue])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try printed.split(separator: "\n").map { try decoder.decode(FoundMessage.self, from: Data($0.utf8)) }
    }

    /// Waits until consumers were handed all messages of a queue.
    func waitUntilHandedOut(_ queue: String) async throws {
        try await eventually(within: .seconds(20), "\(queue) handed out") { try await messagesReady(in: queue) == 0 }
    }

    /// How many messages of a queue no consumer was handed yet.
    func messagesReady(in queue: String) async throws -> Int? {
        let ready = try await Command.run("/usr/bin/python3", [Self.script, broker, "ready", queue])
        return Int(ready.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Deletes a queue with all that is in it; that there is none is no matter.
    func delete(_ queue: String) async throws {
        try await Command.run("/usr/bin/python3", [Self.script, broker, "delete", queue])
    }

    /// Makes the broker forget the scene's virtual host with all that is in it, as if its disk had been lost.
    func forgetEverything(_ rabbitMQ: RabbitMQServer) async throws {
        let host = broker.split(separator: "/").last.map(String.init) ?? ""
        try await rabbitMQ.rabbitmqctl(
            "eval",
            """
            rabbit_vhost:delete(<<"\(host)">>, <<"tests">>), rabbit_vhost:add(<<"\(host)">>, <<"tests">>),
            rabbit_auth_backend_internal:set_permissions(
                <<"reminders">>, <<"\(host)">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>).
            """)
    }

    /// Gives a program lines to read, in a file.
    func withInput<Result>(_ lines: [String], _ body: (_ path: String) async throws -> Result) async throws -> Result {
        let file = Scratch.path("input")
        try lines.map { $0 + "\n" }.joined().write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await body(file.path)
    }
}
