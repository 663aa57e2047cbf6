import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Pop-ups over the stream of frontend-push.
    @Suite struct Streaming {
        @Test func everyInstanceShowsEachPopupOnce() async throws {
            try await Scene.play { scene in
                let (ports, tokens) = try await begin(scene, instances: 2)
                var streams: [EventStream] = []
                for port in ports { streams.append(try await open(port, tokens[0])) }
                let other = try await open(ports[1], tokens[1])
                try await scene.addPopups(10)
                for stream in streams {
                    try await eventually(within: .seconds(20)) { numbers(stream).count >= 10 }
                    #expect(numbers(stream).count == 10)
                    #expect(Set(numbers(stream)).count == 10)
                }
                #expect(numbers(other) == [])
                try await scene.run("UPDATE popups SET settled_at = now(), settled_how = 'dismissed' WHERE id = 3")
                for stream in streams {
                    try await eventually(within: .seconds(10)) {
                        stream.events.contains { $0.name == "settled" && $0.data == #"{"ids":[3],"how":"dismissed"}"# }
                    }
                }
                streams.forEach { $0.close() }
                other.close()
            }
        }

        @Test func nothingIsLostOrShownTwiceWhenAnInstanceIsKilled() async throws {
            try await Scene.play { scene in
                let (ports, tokens) = try await begin(scene, instances: 2)
                let first = try await open(ports[0], tokens[0])
                try await scene.addPopups(20, spacing: 0.05)
                try await eventually(within: .seconds(20)) { numbers(first).count >= 5 }
                try await scene.services("frontend-push")[0].kill()
                try await eventually { !first.isOpen }
                let seen = numbers(first)
                let second = try await open(ports[1], tokens[0], after: first.events.last { $0.name == "popup" }?.id)
                try await eventually(within: .seconds(30), "all 20") { numbers(second).count + seen.count >= 20 }
                try await scene.waitUntilAllHaveEnded()
                // What the killed one had written and not acknowledged came again, and used up a number.
                let all = try await scene.texts("SELECT id::text FROM popups").compactMap(Int.init).sorted()
                #expect(all.count == 20)
                #expect((seen + numbers(second)).sorted() == all)
                #expect(
                    try await scene.number(
                        "SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery' AND outcome = 'sent'") == 20)
                second.close()
            }
        }

        @Test func streamsEndInOrderAtSIGTERMAndNewOnesAreRefused() async throws {
            try await Scene.play { scene in
                let (ports, tokens) = try await begin(scene, instances: 1)
                let stream = try await open(ports[0], tokens[0])
                let ending = try await scene.services("frontend-push")[0].terminate()
                #expect(ending == .exited(0))
                #expect(!stream.isOpen)
            }
        }

        @Test func aStreamEndsWhenItsTokenDoes() async throws {
            try await Scene.play { scene in
                let (ports, tokens) = try await begin(scene, instances: 1)
                let short = try await scene.reminders(
                    ["token", "--user", "1", "--expires", "5s"], ["REMINDERS_JWT_SECRET": Scene.jwtSecret])
                let ending = try await open(ports[0], short.trimmingCharacters(in: .whitespacesAndNewlines))
                let staying = try await open(ports[0], tokens[0])
                #expect(ending.status == 200 && staying.status == 200 && ending.isOpen)
                try await eventually(within: .seconds(20), "the end") { !ending.isOpen }
                #expect(staying.isOpen)
                staying.close()
            }
        }

        @Test func aPersonHasOnlySoManyStreamsAndOnlyWithAToken() async throws {
            try await Scene.play { scene in
                let (ports, tokens) = try await begin(scene, instances: 1, ["REMINDERS_STREAMS_PER_USER": "2"])
                let first = try await open(ports[0], tokens[0])
                let second = try await open(ports[0], tokens[0])
                #expect(try await open(ports[0], tokens[0]).status == 429)
                #expect(try await open(ports[0], tokens[1]).status == 200)
                #expect(try await open(ports[0], "nonsense").status == 401)
                first.close()
                try await eventually { try await open(ports[0], tokens[0]).status == 200 }
                second.close()
            }
        }

        @Test func whoNeverReadsAStreamKeepsNobodyOut() async throws {
            try await Scene.play { scene in
                let (ports, tokens) = try await begin(scene, instances: 1, ["REMINDERS_STREAMS_PER_USER": "2"])
                let path = "/api/v1/reminders/stream"
                let headers = ["Authorization": "Bearer \(tokens[0])"]
                for _ in 0..<25 {
                    let head = try await LoopbackRequest.send("HEAD", port: ports[0], path: path, headers: headers)
                    #expect(head.status == 200 && head.body.isEmpty)
                }
                // Gone before the head of the answer is written, by a reset.
                for _ in 0..<25 { try EventStream.abandon(port: ports[0], path: path, headers: headers) }
                try await eventually("a free slot") {
                    let stream = try await open(ports[0], tokens[0])
                    defer { stream.close() }
                    return stream.status == 200
                }
                // A client that ends its side only has no more of the stream, and no slot.
                for _ in 0..<4 {
                    let half = try await open(ports[0], tokens[0])
                    half.finishSending()
                    try await eventually { !half.isOpen || half.status == 429 }
                }
                try await eventually("two free slots") {
                    let (first, second) = (try await open(ports[0], tokens[0]), try await open(ports[0], tokens[0]))
                    defer {
                        first.close()
                        second.close()
                    }
                    return first.status == 200 && second.status == 200
                }
            }
        }

        private func begin(
            _ scene: Scene, instances: Int, _ changes: [String: String] = [:]
        ) async throws -> (ports: [UInt16], tokens: [String]) {
            try await scene.addUsers(2)
            for name in ["scheduler", "rate-limiter"] {
                try scene.start(name, ["REMINDERS_MAX_PER_USER_PER_HOUR": "1000"])
            }
            var ports: [UInt16] = []
            for _ in 0..<instances {
                let port = try await Port.free()
                let settings = ["REMINDERS_FRONTEND_PORT": "\(port)", "REMINDERS_JWT_SECRET": Scene.jwtSecret]
                try await scene.start("frontend-push", settings.merging(changes) { $1 })
                    .waitForLine(containing: "Service is ready")
                ports.append(port)
            }
            return (ports, [try await scene.token(user: "1"), try await scene.token(user: "2")])
        }

        private func open(_ port: UInt16, _ token: String, after id: String? = nil) async throws -> EventStream {
            var headers = ["Authorization": "Bearer \(token)"]
            headers["Last-Event-ID"] = id
            return try await EventStream.open(port: port, path: "/api/v1/reminders/stream", headers: headers)
        }

        private func numbers(_ stream: EventStream) -> [Int] {
            stream.events.filter { $0.name == "popup" }.compactMap { event in
                (try? JSONSerialization.jsonObject(with: Data(event.data.utf8)) as? [String: Any])?["id"] as? Int
            }
        }
    }
}

extension Scene {
    /// Reminders in the browser for user 1.
    ///
    /// - Parameter spacing: Seconds from one to the next.
    fileprivate func addPopups(_ count: Int, spacing: Double = 0) async throws {
        try await run("DELETE FROM permits")
        try await run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_frontend, override_user_preferences,
                scheduled_at)
            SELECT n, n, '{1}', true, true, clock_timestamp() + n * interval '\(spacing) s'
            FROM generate_series(1, \(count)) n
            """)
    }
}
