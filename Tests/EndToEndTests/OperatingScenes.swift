import TestSupport
import Testing

extension EndToEnd {
    /// What operators meet: settings and admin ports.
    @Suite struct Operating {
        @Test(arguments: ["scheduler", "rate-limiter", "email-sender", "mattermost-sender"])
        func allBadSettingsAreNamedInOneMessage(service: String) async throws {
            let bad = try ServiceProcess(
                service,
                environment: [
                    "REMINDERS_DATABASE_URL": "mysql://127.0.0.1/reminders", "REMINDERS_AMQP_URL": "amqp://127.0.0.1",
                    "REMINDERS_ENABLED": "perhaps", "REMINDERS_ADMIN_PORT": "70000",
                ])
            #expect(try await bad.waitForExit() == .exited(78))
            for name in ["REMINDERS_DATABASE_URL", "REMINDERS_ENABLED", "REMINDERS_ADMIN_PORT"] {
                #expect(bad.output.contains(name), "\(bad.output)")
            }
            #expect(!bad.output.contains("REMINDERS_AMQP_URL"))
        }

        @Test func adminPortsTellWhetherAServiceLivesAndCanWork() async throws {
            try await Scene.play { scene in
                let (line, behindIt) = try scene.proxiedBroker()
                for name in ["scheduler", "rate-limiter", "email-sender", "mattermost-sender"] {
                    let port = try await Port.free()
                    let service = try scene.start(
                        name, ["REMINDERS_ADMIN_PORT": "\(port)", "REMINDERS_AMQP_URL": behindIt])
                    let status = { (path: String) in try await LoopbackRequest.send(port: port, path: path).status }
                    try await eventually("\(name) is ready") { try await status("/readyz") == 200 }
                    #expect(try await status("/livez") == 200)
                    let metrics = try await LoopbackRequest.send(port: port, path: "/metrics")
                    #expect(metrics.status == 200)
                    #expect(metrics.text.contains("process_resident_memory_bytes"))
                    #expect(metrics.text.contains("# TYPE reminders_"))

                    line.refuse()
                    try await eventually("\(name) is not ready") { try await status("/readyz") == 503 }
                    #expect(try await status("/livez") == 200)
                    line.pass()
                    try await eventually(within: .seconds(20), "\(name) is ready again") {
                        try await status("/readyz") == 200
                    }
                    #expect(try await service.terminate() == .exited(0))
                }
            }
        }
    }
}
