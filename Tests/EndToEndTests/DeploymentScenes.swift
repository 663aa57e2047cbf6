import TestSupport
import Testing

extension EndToEnd {
    /// A copy of the database sends nothing before somebody has said that it may.
    @Suite struct Deployments {
        private static let all = ["scheduler", "rate-limiter", "email-sender", "mattermost-sender"]

        /// Starts the services of a deployment, and returns the port of each.
        private func start(_ scene: Scene, as name: String?) async throws -> [String: UInt16] {
            var ports: [String: UInt16] = [:]
            for service in Self.all {
                let port = try await Port.free()
                var changes = ["REMINDERS_ADMIN_PORT": "\(port)"]
                if let name { changes["REMINDERS_DEPLOYMENT"] = name }
                try scene.start(service, changes)
                ports[service] = port
            }
            return ports
        }

        private func wait(_ ports: [String: UInt16], until isReady: Bool) async throws {
            for (service, port) in ports {
                try await eventually("\(service) is \(isReady ? "ready" : "held")") {
                    let answer = try? await LoopbackRequest.send(port: port, path: "/readyz")
                    let metrics = try? await LoopbackRequest.send(port: port, path: "/metrics").text
                    return isReady
                        ? answer?.status == 200 && metrics?.contains("reminders_deployment_held 0\n") == true
                        : answer?.text.contains("[-]deployment failing: the database ") == true
                            && metrics?.contains("reminders_deployment_held 1\n") == true
                }
            }
        }

        @Test func aCopyHoldsEverythingUntilItIsClaimed() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                try await scene.reminders(["claim-database", "--yes"], ["REMINDERS_DEPLOYMENT": "production"])
                // One in each place: due, published, requested.
                try await scene.addReminders(1, users: 1)
                let live = try scene.start("scheduler", ["REMINDERS_DEPLOYMENT": "production"])
                let deciding = try scene.start("rate-limiter", ["REMINDERS_DEPLOYMENT": "production"])
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = 1")
                _ = try await deciding.terminate()
                try await scene.addReminders(1, users: 1)
                try await scene.wait(for: "(SELECT count(published_at) FROM sag_reminder_queue) = 2")
                _ = try await live.terminate()
                try await scene.addReminders(1, users: 1)

                let ports = try await start(scene, as: "staging")
                try await wait(ports, until: false)
                // Long enough for each to look for what is due, and to look again.
                try await eventually(within: .seconds(10), "an hour's time for a service") {
                    try await scene.number(
                        "SELECT count(*) FROM sag_reminder_times WHERE next_check_at < now() - interval '4 seconds'")
                        == 1
                }
                #expect(try await scene.catcher.mail().isEmpty)
                #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 2)
                #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'requested'") == 1)

                let shown = try await scene.reminders(
                    ["claim-database", "--dry-run"], ["REMINDERS_DEPLOYMENT": "staging"])
                for line in [
                    "that of “production” since", "held: the database is that of “production”, and this is “staging”",
                    "reminder  1  first", "occurrence  1  first", "delivery  email  requested  1", "to 1  due",
                ] { #expect(shown.contains(line), "\(line): \(shown)") }
                await #expect(throws: CommandFailed.self, "nobody has answered") {
                    try await scene.reminders(["claim-database"], ["REMINDERS_DEPLOYMENT": "staging"])
                }
                #expect(try await scene.text("SELECT name FROM deployment") == "production")

                try await scene.reminders(["claim-database", "--as", "staging", "--yes"])
                try await wait(ports, until: true)
                try await scene.waitUntilAllHaveEnded()
                try await scene.expectEachSentOnce(3)
            }
        }

        @Test func onlyThoseWhoMayBeAreWrittenTo() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(4)
                let list = ["REMINDERS_ONLY_TO": "u1@example.org,user:2"]
                let scheduler = try scene.start("scheduler")
                // One is decided about where everybody may be written to: its sender knows better.
                let deciding = try scene.start("rate-limiter")
                try await scene.run(
                    """
                    INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email, override_user_preferences, scheduled_at)
                    VALUES (9, 9, '{4}', true, true, now())
                    """)
                try await scene.wait(for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = 1")
                _ = try await deciding.terminate()
                let limiter = try scene.start("rate-limiter", list)
                let sender = try scene.start("email-sender", list)
                try await scene.addReminders(3, users: 3)
                try await scene.wait(for: "(SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery') = 4")
                #expect(
                    try await scene.texts(
                        "SELECT user_id || ' ' || outcome || ' ' || coalesce(reason, '') FROM sag_reminder_logs WHERE kind = 'delivery' ORDER BY 1"
                    )
                        == ["1 sent ", "2 sent ", "3 dropped not_allowed_here", "4 dropped not_allowed_here"])
                #expect(Set(try await scene.catcher.mail().flatMap(\.to)) == ["u1@example.org", "u2@example.org"])
                #expect(try await scene.number("SELECT count(*) FROM permits WHERE recipient = '3'") == 0)
                for service in [limiter, sender] {
                    #expect(
                        service.output.contains("Only these are written to")
                            && service.output.contains("u1@example.org, user:2"))
                }
                let explained = try await scene.reminders(["explain", "4", "--user", "3"], list)
                #expect(explained.contains("this deployment may not write to them"), "\(explained)")
                _ = scheduler
                let wrong = try ServiceProcess(
                    "rate-limiter", environment: ["REMINDERS_ONLY_TO": "anna"])
                #expect(try await wrong.waitForExit() == .exited(78))
                #expect(wrong.output.contains("REMINDERS_ONLY_TO") && wrong.output.contains("“anna” is no address"))
            }
        }

        @Test func whoeverNamesNothingGoesOnAndTheFirstNameIsAdopted() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                try await scene.addReminders(1, users: 1)
                try scene.startAll()
                try await scene.waitUntilAllHaveEnded()
                #expect(try await scene.number("SELECT count(*) FROM deployment WHERE name IS NULL") == 1)
                // This one was made as a copy: naming it takes a person.
                let elsewhere = try await start(scene, as: "production")
                try await wait(elsewhere, until: false)
                try await scene.run("UPDATE deployment SET place = database_place()")
                try await wait(elsewhere, until: true)
                #expect(try await scene.text("SELECT name FROM deployment") == "production")
                let nameless = try await start(scene, as: nil)
                try await wait(nameless, until: false)
            }
        }
    }
}
