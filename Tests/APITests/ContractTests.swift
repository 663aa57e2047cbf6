import Foundation
import Hummingbird
import RemindersContracts
import RemindersHTTPService
import RemindersRoutes
import RemindersTokens
import TestSupport
import Testing

@Suite("The code and contracts/openapi.json")
struct ContractTests {
    /// Answered by the process around the routes: the document, the pages, health and the stream.
    static let answeredElsewhere: Set = ["The service itself", "The stream"]

    @Test("every route is documented, and everything documented is a route")
    func routes() async throws {
        let documented = try OpenAPIDocument().operations.filter { !Self.answeredElsewhere.contains($0.tag) }
        let registered = try await APIScene.play { scene in
            let router = Router(context: APIContext.self)
            APIScene.routes(on: scene.store).add(to: router)
            return Set(router.routes.map { "\($0.method) \(Self.braced("\($0.path)"))" })
        }
        let difference = registered.symmetricDifference(documented.map { "\($0.method) \($0.path)" })
        #expect(difference.isEmpty, "\(difference.sorted())")
    }

    @Test("every example succeeds, and is answered as the document says")
    func examples() async throws {
        let document = try OpenAPIDocument()
        try await APIScene.play { scene in
            try await scene.prepareForExamples()
            var answers: [Answer] = []
            let operations = document.operations.filter { !Self.answeredElsewhere.contains($0.tag) }
            // What examples delete, others show: that comes last.
            for operation in operations.filter({ $0.method != .delete }) + operations.filter({ $0.method == .delete }) {
                let user = operation.scopes.isEmpty ? scene.user("1") : scene.user("1", .admin)
                for request in document.requests(of: operation) {
                    let answer = try await user.send(
                        operation.method, request.target, request.headers, request.body?.bytes)
                    #expect((200..<300).contains(answer.status), "\(request.name): \(answer)")
                    answers.append(Answer(request, answer))
                }
            }
            try await check(answers)
        }
    }

    @Test("what is refused is answered as the document says")
    func refusals() async throws {
        let document = try OpenAPIDocument()
        try await APIScene.play { scene in
            try await scene.prepareForExamples()
            var answers: [Answer] = []
            for operation in document.operations where !Self.answeredElsewhere.contains(operation.tag) {
                guard let request = document.requests(of: operation).first else { continue }
                let method = operation.method
                let admin = scene.user("1", .admin)
                answers.append(Answer(request, try await scene.nobody.send(method, request.target, [:], nil)))
                answers.append(Answer(request, try await admin.send(method, request.target + "?nonsense=1", [:], nil)))
                let stranger = scene.user("stranger")
                let body = request.body?.bytes
                answers.append(Answer(request, try await stranger.send(method, request.target, [:], body)))
                guard operation.value["requestBody"] != nil else { continue }
                for body in [#"{"nonsense":1}"#, "[]", "{", "null", "\"\(String(repeating: "x", count: 70_000))\""] {
                    answers.append(
                        Answer(request, try await admin.send(method, request.target, [:], Array(body.utf8))))
                }
                let plain: HTTPFields = [.contentType: "text/plain"]
                answers.append(Answer(request, try await admin.send(method, request.target, plain, Array("x".utf8))))
            }
            try await check(answers)
        }
    }

    /// The path of a route, whichever way its parameters are written.
    private static func braced(_ path: String) -> String {
        path.split(separator: "/").map { $0.hasPrefix(":") ? "/{\($0.dropFirst())}" : "/\($0)" }.joined()
    }

    /// Lets `contracts/check.py` compare answers with the document.
    private func check(_ answers: [Answer]) async throws {
        let lines = try answers.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        let input = Scratch.path("answers")
        defer { try? FileManager.default.removeItem(at: input) }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: input)
        let checker = Repository.root.appendingPathComponent("contracts/check.py").path
        try await Command.run(
            "/bin/bash", ["-c", #"exec /usr/bin/python3 -B "$0" answers < "$1""#, checker, input.path])
    }

    /// An answer as `check.py` reads it.
    private struct Answer: Encodable {
        let operation, name, body: String
        let status: Int
        let headers: [String: String]

        init(_ request: OpenAPIDocument.Request, _ answer: APIAnswer) {
            operation = request.operation.id
            name = request.name
            body = answer.text
            status = answer.status
            headers = Dictionary(
                answer.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
    }
}

extension APIScene {
    /// What the examples are about: people, cases and reminders like those of `reminders demo load`, and something in
    /// the log.
    func prepareForExamples() async throws {
        for (id, zone) in [("1", "Europe/Copenhagen"), ("2", "America/New_York"), ("3", "Europe/Berlin")] {
            try await know(id, zone: zone)
        }
        try await run(
            """
            INSERT INTO cases (entity_type, id, title, status)
            VALUES ('case', '123', 'Printer on the third floor jams', 'open'), ('case', '124', 'Quote', 'i_gang')
            """)
        for (creator, title) in [("1", "Welcome"), ("2", "Call back"), ("3", "Certificate"), ("1", "Printer")] {
            _ = try await remind([creator], by: creator, #", "message":"\#(title)""#)
        }
        try await popUp(4, for: "1")
        try await run(
            """
            WITH occurrence AS (
                INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, published_at, status)
                VALUES (1, 'time_based', now() - interval '1 minute', now(), 'sent') RETURNING id, due_at),
            ledger AS (
                INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, attempts, reply,
                    finished_at)
                SELECT id, '1', 'email', '018f2b6e-0c1d-7a3b-9e52-5b1f6a0c9d21', 1, 'sent', due_at, 2, '250 Caught', now()
                FROM occurrence RETURNING *),
            dead AS (
                INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, attempts, reply,
                    finished_at)
                SELECT id, '1', 'mattermost', '018f2b6e-0c1d-7a3b-9e52-5b1f6a0c9d23', 1, 'dead', due_at, 8, '503', now()
                FROM occurrence),
            waiting AS (
                INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, reason, release_at)
                SELECT id, '1', 'frontend', '018f2b6e-0c1d-7a3b-9e52-5b1f6a0c9d22', 1, 'held', due_at, 'quiet_hours',
                    now() + interval '1 hour' FROM occurrence)
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel, attempt,
                reply, due_at, created_at, week)
            SELECT kind, outcome, occurrence_id, id, 1, '1', 'email', attempt, '250 Caught', due_at, now(), week_of_id(occurrence_id)
            FROM ledger CROSS JOIN (VALUES ('attempt', 'deferred', 1), ('delivery', 'sent', 2)) l (kind, outcome, attempt)
            """)
        try await run(
            """
            INSERT INTO dead_letters (queue, reason, message_id, type, body)
            SELECT 'rate-limiter.due', '/title: is required', 'm' || n, 'reminder.due.v1', '{"occurrence_id": 1}'
            FROM generate_series(1, 3) n
            """)
        try await run(
            "INSERT INTO erasures (id, requested_by) VALUES ('0d6c2a52-6d5b-4d0f-9a39-0f2b9c9f6a51', 'erased:x')")
    }
}
