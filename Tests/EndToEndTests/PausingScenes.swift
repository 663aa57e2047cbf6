import TestSupport
import Testing

extension EndToEnd {
    /// A channel that waits for its operator.
    @Suite struct Pausing {
        @Test func aRefusedLoginPausesMailAndIsSaidWhereverPeopleLookUntilItIsMended() async throws {
            try await Scene.play { scene in
                try await scene.catcher.require(login: "postman:changed")
                let port = try await Port.free()
                for name in ["scheduler", "rate-limiter"] { try scene.start(name) }
                let sender = try scene.start(
                    "email-sender",
                    [
                        "EMAIL_SMTP_USER": "postman", "EMAIL_SMTP_PASSWORD": "of-before",
                        "REMINDERS_ADMIN_PORT": "\(port)",
                    ])
                let api = try await scene.startAPI(user: "1")
                let readiness = { try await LoopbackRequest.send(port: port, path: "/readyz") }
                try await eventually(within: .seconds(20), "ready") { try await readiness().status == 200 }
                try await scene.addUsers(1)
                try await scene.addReminders(3, users: 1)

                try await eventually(within: .seconds(30), "not ready, because the login is refused") {
                    let answer = try await readiness()
                    return answer.status == 503 && answer.text.contains("paused, an operator has to look: 535")
                }
                try await eventually(within: .seconds(20), "three that wait for the channel") {
                    let waiting = try await api.send("GET", "/api/v1/deliveries/waiting")
                    let reasons = (0..<3).map { waiting.text("items.\($0).reason") }
                    return waiting.items.count == 3
                        && reasons == ["channel_paused", "channel_paused", "channel_paused"]
                }
                let paused = "SELECT concat_ws(' ', channel, senders, reason) FROM reporting.paused_channels_v1"
                #expect(try await scene.texts(paused).map { $0.hasPrefix("email 1 535") } == [true])
                #expect(
                    try await scene.texts(
                        "SELECT concat_ws(' ', channel, reason, deliveries) FROM reporting.waiting_v1")
                        == ["email channel_paused 3"])
                let story = try await scene.reminders("explain", "1", "--user", "1")
                #expect(story.contains("its operator has mended something"), "\(story)")
                let answer = try await api.send("GET", "/api/v1/sag/reminders/1/explain")
                #expect(
                    answer.status == 200 && String(decoding: answer.body, as: UTF8.self).contains("channel_paused"))
                #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs") == 0)
                #expect(try await scene.catcher.counts().mail == 0)

                try await scene.catcher.require(login: "postman:of-before")
                try await scene.waitUntilAllHaveEnded()
                #expect(
                    try await scene.texts("SELECT concat_ws(' ', kind, outcome, attempt) FROM sag_reminder_logs")
                        == Array(repeating: "delivery sent 1", count: 3))
                #expect(try await scene.catcher.counts().mail == 3)
                try await eventually("ready again, and nothing paused") {
                    guard try await readiness().status == 200 else { return false }
                    return try await scene.texts(paused).isEmpty
                }
                let lines = sender.output.split(separator: "\n")
                #expect(lines.count { $0.contains("channel paused: an operator has to look") } == 1)
                #expect(lines.count { $0.contains("channel goes on") } == 1)
            }
        }
    }
}
