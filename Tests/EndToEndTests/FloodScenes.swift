import TestSupport
import Testing

extension EndToEnd {
    /// Whoever opens connections without end.
    @Suite struct Flooding {
        /// The setting of the port that is flooded, and what else the service needs.
        private static let doors = [
            ("api", "REMINDERS_API_PORT"), ("frontend-push", "REMINDERS_FRONTEND_PORT"),
            ("frontend-push", "REMINDERS_ADMIN_PORT"), ("scheduler", "REMINDERS_ADMIN_PORT"),
        ]

        @Test(arguments: doors)
        func silentConnectionsKeepNobodyOutHoweverFewFilesMayBeOpen(name: String, setting: String) async throws {
            try await Scene.play { scene in
                let port = try await Port.free()
                var settings = ["REMINDERS_JWT_SECRET": Scene.jwtSecret, setting: "\(port)"]
                for other in ["REMINDERS_API_PORT", "REMINDERS_FRONTEND_PORT"] where other != setting {
                    settings[other] = "\(try await Port.free())"
                }
                let service = try scene.start(name, settings, descriptors: 256)
                try await service.waitForLine(containing: "Service is ready")
                var floods: [SilentConnections] = []
                for _ in 0..<4 {
                    floods.append(try SilentConnections(300, to: port))
                    for _ in 0..<5 {
                        let health = try await LoopbackRequest.send(port: port, path: "/readyz")
                        #expect(health.status == 200, "\(health.text)")
                    }
                }
                #expect(service.isRunning)
                withExtendedLifetime(floods) {}
                #expect(try await service.terminate() == .exited(0))
            }
        }

        @Test func streamsAreAsManyAsFilesAllow() async throws {
            try await Scene.play { scene in
                let port = try await Port.free()
                let settings = ["REMINDERS_JWT_SECRET": Scene.jwtSecret, "REMINDERS_FRONTEND_PORT": "\(port)"]
                let service = try scene.start("frontend-push", settings, descriptors: 256)
                try await service.waitForLine(containing: "Service is ready")
                #expect(service.output.contains("Fewer streams are taken than set"))
                var streams: [EventStream] = []
                var refused = 0
                for user in 1...8 {
                    let headers = ["Authorization": "Bearer \(try await scene.token(user: "\(user)"))"]
                    for _ in 0..<15 {
                        let stream = try await EventStream.open(
                            port: port, path: "/api/v1/reminders/stream", headers: headers)
                        if stream.status == 200 { streams.append(stream) } else { refused += 1 }
                    }
                }
                // Of 128 connections 32 are spare, and an eighth of the rest is for others than streams.
                #expect(streams.count == 84 && refused == 36)
                #expect(try await LoopbackRequest.send(port: port, path: "/readyz").status == 200)
                #expect(!streams.contains { !$0.isOpen })
                streams.forEach { $0.close() }
            }
        }
    }
}
