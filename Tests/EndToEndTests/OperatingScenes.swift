import Foundation
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
                    "REMINDERS_DATABASE_URL": "mysql://127.0.0.1/reminders",
                    "REMINDERS_AMQP_URL": "amqp://u:p@127.0.0.1",
                    "REMINDERS_ENABLED": "perhaps", "REMINDERS_ADMIN_PORT": "70000",
                ])
            #expect(try await bad.waitForExit() == .exited(78))
            for name in ["REMINDERS_DATABASE_URL", "REMINDERS_ENABLED", "REMINDERS_ADMIN_PORT"] {
                #expect(bad.output.contains(name), "\(bad.output)")
            }
            #expect(!bad.output.contains("REMINDERS_AMQP_URL"))
        }

        @Test func nothingThatOthersWroteReachesTheTerminalAsItIs() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                try await scene.run(
                    #"""
                    INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
                    VALUES ('1', E'a\u001b]0;b\u0007\u202e\nc', '{1}', now() + interval '1 day');
                    INSERT INTO sag_reminder_logs (kind, outcome, reminder_id, user_id, reply)
                    SELECT 'attempt', 'failed', max(id), '1', E'r\u009b31m\nforged' FROM sag_reminders;
                    INSERT INTO dead_letters (queue, reason, message_id, type, body, details)
                    VALUES ('q', E'no\u001b[2J', 'm', E't\u001b[31m\nforged', E'body\u001b[1m\nsecond line',
                        jsonb_build_object('content_type', E'c\u001b', 'headers', jsonb_build_object(E'h\u001b', E'v\u202e')))
                    """#)
                let outputs = [
                    try await scene.reminders("log"), try await scene.reminders("log", "--json"),
                    try await scene.reminders("explain", "1", "--user", "1"),
                    try await scene.reminders("explain", "1", "--user", "1", "--json"),
                    try await scene.reminders("dead-letters"), try await scene.reminders("dead-letters", "show", "1"),
                ]
                for output in outputs {
                    #expect(output.contains("\\u001B") || output.contains("\\u001b"), "\(output)")
                    let unseen = output.unicodeScalars.filter { scalar in
                        scalar.properties.generalCategory == .control && scalar != "\n" || scalar == "\u{202E}"
                    }
                    #expect(unseen.isEmpty, "\(output)")
                    #expect(!output.split(separator: "\n").contains { $0.hasPrefix("forged") || $0.hasPrefix("c”") })
                }
                #expect(outputs[5].contains("\nsecond line\n"), "a body has lines")
                let refused = await #expect(throws: CommandFailed.self) {
                    try await scene.reminders(
                        "add", "--user", "1", "--case", "1", "--title", "x", "--in", "\u{1B}[31m\u{202E}")
                }
                let complaint = refused?.output ?? ""
                #expect(complaint.contains(#"\u001B[31m\u202E"#) && !complaint.contains("\u{1B}"), "\(complaint)")
                await #expect(throws: CommandFailed.self) {
                    try await scene.reminders("add", "--user", "1", "--case", "1", "--title", "\u{3164}", "--in", "5s")
                }
                #expect(try await scene.reminders("--help").contains("SUBCOMMANDS"))
            }
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

        /// Each alone on a broker that has nothing yet: a queue that nobody empties is nobody's to declare.
        @Test(arguments: [
            ("scheduler", ["rate-limiter.due", "scheduler.case-events"]),
            ("rate-limiter", ["email-sender.deliveries", "frontend-push.deliveries", "rate-limiter.due"]),
            ("email-sender", ["email-sender.deliveries"]), ("mattermost-sender", ["mattermost-sender.deliveries"]),
            ("frontend-push", ["frontend-push.deliveries"]),
        ])
        func servicesDeclareTheQueuesTheyReadAndThoseTheyWriteTo(service: String, wanted: [String]) async throws {
            try await Scene.play { scene in
                let port = try await Port.free()
                let broker = try await RabbitMQServer.shared().createVirtualHost()
                try scene.start(
                    service,
                    [
                        "REMINDERS_AMQP_URL": broker, "REMINDERS_TOPOLOGY": "declare",
                        "REMINDERS_CHANNELS": "email,frontend", "REMINDERS_ADMIN_PORT": "\(port)",
                        "REMINDERS_FRONTEND_PORT": "\(try await Port.free())",
                        "REMINDERS_JWT_SECRET": Scene.jwtSecret,
                    ])
                try await eventually(within: .seconds(20), "\(service) is ready") {
                    try await LoopbackRequest.send(port: port, path: "/readyz").status == 200
                }
                let host = try #require(URL(string: broker)?.lastPathComponent)
                let queues = try await RabbitMQServer.shared().rabbitmqctl("-q", "list_queues", "-p", host, "name")
                let work = queues.split(separator: "\n").map(String.init).filter {
                    ($0.hasSuffix(".deliveries") || $0.hasSuffix(".due") || $0.hasSuffix(".case-events"))
                }
                #expect(work.sorted() == wanted, "\(queues)")
                // Each with its dead letters, and with nothing of another.
                #expect(
                    queues.split(separator: "\n").filter { $0.hasSuffix(".dead") }.count == wanted.count, "\(queues)")
            }
        }

        @Test func theCommandLineKnowsTheChannelsOfTheInstallation() async throws {
            try await Scene.play { scene in
                let installation = ["REMINDERS_CHANNELS": "email,by-word"]
                let queues = try await scene.reminders(["topology", "print"], installation)
                #expect(queues.contains("by-word-sender.deliveries") && queues.contains("email-sender.deliveries"))
                #expect(!queues.contains("mattermost-sender"))

                let add = ["add", "--user", "1", "--case", "1", "--title", "Call back", "--in", "1h", "--channel"]
                try await scene.addUsers(1)
                try await scene.reminders(add + ["by-word"], installation)
                let story = try await scene.reminders(["explain", "1", "--user", "1"], installation)
                #expect(story.contains("through by-word"), "\(story)")

                for command in [add + ["mattermost"], ["log", "--channel", "sms"]] {
                    let refusal = await #expect(throws: CommandFailed.self) {
                        try await scene.reminders(command, installation)
                    }
                    #expect(refusal?.output.contains("give one of email, by-word") == true, "\(command)")
                }
                // What went through a channel before it was taken out is still there.
                try await scene.reminders(["log", "--channel", "mattermost"], installation)
                let misspelt = await #expect(throws: CommandFailed.self) {
                    try await scene.reminders(["topology", "print"], ["REMINDERS_CHANNELS": "e mail"])
                }
                #expect(misspelt?.output.contains("\"e mail\" is no name of a channel") == true)
            }
        }

        @Test(arguments: ["scheduler", "rate-limiter", "email-sender", "api"])
        func aDatabaseThatTakesNoWritesMakesServicesUnready(service: String) async throws {
            try await Scene.play { scene in
                let port = try await Port.free()
                try scene.start(
                    service,
                    [
                        "REMINDERS_ADMIN_PORT": "\(port)", "REMINDERS_API_PORT": "\(try await Port.free())",
                        "REMINDERS_JWT_SECRET": Scene.jwtSecret,
                    ])
                let readiness = { try await LoopbackRequest.send(port: port, path: "/readyz") }
                try await eventually("ready") { try await readiness().status == 200 }

                // As after a failover to a standby, or on a disk that was mounted read-only.
                let endOthers = """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND usename <> current_user
                    """
                let database = try await scene.text("SELECT quote_ident(current_database())")
                try await scene.run("ALTER DATABASE \(database) SET default_transaction_read_only = on; \(endOthers)")
                try await eventually("not ready, because it is read-only") {
                    let answer = try await readiness()
                    return answer.status == 503 && answer.text.contains("[-]database failing: it is read-only")
                }
                try await scene.run(
                    """
                    BEGIN READ WRITE;
                    ALTER DATABASE \(database) RESET default_transaction_read_only;
                    COMMIT;
                    \(endOthers)
                    """)
                try await eventually(within: .seconds(20), "ready again") { try await readiness().status == 200 }
            }
        }

        @Test func aStepWhoseWritesFailIsNotReadyAndSaysSoOnce() async throws {
            try await Scene.play { scene in
                let port = try await Port.free()
                let limiter = try scene.start("rate-limiter", ["REMINDERS_ADMIN_PORT": "\(port)"])
                try scene.start("scheduler")
                let readiness = { try await LoopbackRequest.send(port: port, path: "/readyz") }
                try await eventually("ready") { try await readiness().status == 200 }
                // A disk that is full, as far as this step can tell.
                try await scene.run(
                    """
                    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
                    CREATE TRIGGER no_room BEFORE INSERT ON deliveries EXECUTE FUNCTION no_room();
                    """)
                try await scene.reminders("user", "put", "1", "--email", "anna@example.org")
                try await scene.reminders(
                    "add", "--user", "1", "--case", "1", "--title", "No room", "--in", "0s", "--channel", "email")
                try await eventually(within: .seconds(20), "not ready, because deciding fails") {
                    let answer = try await readiness()
                    return answer.status == 503 && answer.text.contains("[-]deciding failing: fails since")
                        && answer.text.contains("could not extend file")
                }
                try await scene.run("DROP TRIGGER no_room ON deliveries")
                try await scene.wait(for: "EXISTS (SELECT FROM deliveries)")
                try await eventually("ready again") { try await readiness().status == 200 }
                let lines = limiter.output.split(separator: "\n").filter { $0.contains("\"deciding\"") }
                #expect(lines.filter { $0.contains("Work fails and is tried again") }.count == 1)
                #expect(lines.filter { $0.contains("Work succeeds again") }.count == 1)
            }
        }

        @Test func anAPIWhoseWritesFailIsNotReadyForAWhile() async throws {
            try await Scene.play { scene in
                let port = try await Port.free()
                let api = try await scene.startAPI(user: "1", ["REMINDERS_ADMIN_PORT": "\(port)"])
                let readiness = { try await LoopbackRequest.send(port: port, path: "/readyz") }
                try await scene.run(
                    """
                    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
                    CREATE TRIGGER no_room BEFORE INSERT ON sag_reminders EXECUTE FUNCTION no_room();
                    """)
                let reminder = #"{"title": "T", "trigger_type": "time_based", "scheduled_at": "2030-01-01T09:00:00"}"#
                #expect(try await api.send("POST", "/api/v1/sag/1/reminders", reminder).status == 503)
                let answer = try await readiness()
                #expect(answer.status == 503)
                #expect(answer.text.contains("[-]writing failing: fails since"), "\(answer.text)")

                try await scene.run("DROP TRIGGER no_room ON sag_reminders")
                #expect(try await api.send("POST", "/api/v1/sag/1/reminders", reminder).status == 201)
                #expect(try await readiness().status == 200)
            }
        }

        /// Timers of a program under libfaketime are late by what its clock is slow; so only a fast one shows when things
        /// are sent.
        @Test(arguments: ["-120", "+120"])
        func aClockThatIsWrongMakesAServiceUnreadyAndNothingEarly(offset: String) async throws {
            let library = try #require(
                ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketime.so.1" }
                    .first(where: FileManager.default.fileExists), "scripts/install tests")
            try await Scene.play { scene in
                let port = try await Port.free()
                try scene.start(
                    "scheduler",
                    [
                        "REMINDERS_ADMIN_PORT": "\(port)", "LD_PRELOAD": library, "FAKETIME": offset,
                        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                    ])
                let wrong = offset == "-120" ? "behind" : "ahead of"
                try await eventually("not ready, because of its clock alone") {
                    let answer = try await LoopbackRequest.send(port: port, path: "/readyz")
                    return answer.status == 503
                        && answer.text
                            == "[-]clock failing: this machine's clock is 120.0 s \(wrong) the database's\nnot ready\n"
                }
                guard offset == "+120" else { return }
                try scene.start("rate-limiter")
                try scene.start("email-sender")
                try await scene.reminders("user", "put", "1", "--email", "anna@example.org")
                try await scene.reminders(
                    "add", "--user", "1", "--case", "1", "--title", "In time", "--in", "2s", "--channel", "email")
                try await scene.wait(for: "EXISTS (SELECT FROM sag_reminder_logs WHERE kind = 'delivery')")
                let late = try await scene.number(
                    """
                    SELECT floor(extract(epoch FROM created_at - due_at))::bigint FROM sag_reminder_logs
                    WHERE kind = 'delivery'
                    """)
                #expect((0...10).contains(late))
            }
        }
    }
}
