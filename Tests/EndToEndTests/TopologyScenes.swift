import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Exchanges and queues: who declares them, who only looks, and who may do what with them. In nearly every scene each
    /// service works as its own user, which may configure nothing.
    @Suite struct TopologyOfTheBroker {
        @Test(arguments: [
            ("scheduler", "queue rate-limiter.due"), ("rate-limiter", "queue frontend-push.deliveries"),
            ("email-sender", "queue email-sender.deliveries.retry.1h"),
            ("mattermost-sender", "exchange reminders.retry"), ("frontend-push", "exchange reminders.popups"),
        ])
        func aServiceThatOnlyLooksSaysWhatIsMissingAndGoesOnOnceItIsThere(service: String, missing: String) async throws
        {
            try await Scene.play { scene in
                let server = try await RabbitMQServer.shared()
                let port = try await Port.free()
                let broker = try await server.createVirtualHost()
                let host = try #require(URL(string: broker)?.lastPathComponent)
                let process = try scene.start(
                    service,
                    [
                        "REMINDERS_AMQP_URL": broker, "REMINDERS_TOPOLOGY": "passive",
                        "REMINDERS_ADMIN_PORT": "\(port)",
                        "REMINDERS_FRONTEND_PORT": "\(try await Port.free())", "REMINDERS_JWT_SECRET": Scene.jwtSecret,
                    ])
                let line = try await process.waitForLine(containing: missing)
                #expect(line.contains("not there; declare it as a user who may: reminders topology apply"), "\(line)")
                let status = { try await LoopbackRequest.send(port: port, path: "/readyz").status }
                #expect(try await status() == 503)
                for kind in ["list_queues", "list_exchanges"] {
                    let there = try await server.rabbitmqctl("-q", kind, "-p", host, "name")
                    #expect(!there.contains("reminders") && !there.contains(service), "\(there)")
                }
                try await scene.reminders(["topology", "apply"], ["REMINDERS_AMQP_URL": broker])
                try await eventually(within: .seconds(20), "\(service) is ready") { try await status() == 200 }
            }
        }

        /// By user, what it may do with each name; with every other it may do nothing.
        private static let rights: [String: [String]] = [
            "scheduler": [
                "exchange reminders.due write", "exchange reminders.dead write", "queue scheduler.case-events read",
            ],
            "rate-limiter": [
                "exchange reminders.deliveries write", "exchange reminders.dead write", "exchange reminders.log write",
                "queue rate-limiter.due read",
            ],
            "email-sender": [
                "exchange reminders.retry write", "exchange reminders.dead write", "exchange reminders.log write",
                "queue email-sender.deliveries read",
            ],
            "mattermost-sender": [
                "exchange reminders.retry write", "exchange reminders.dead write", "exchange reminders.log write",
                "queue mattermost-sender.deliveries read",
            ],
            "frontend-push": [
                "exchange reminders.retry write", "exchange reminders.dead write", "exchange reminders.log write",
                "exchange reminders.popups write read", "queue frontend-push.deliveries read",
            ],
            "api": ["exchange amq.default write"],
            "case-events": ["exchange case.events write"],
            "operator": [
                "exchange amq.default write", "queue scheduler.case-events read", "queue rate-limiter.due read",
                "queue email-sender.deliveries read", "queue mattermost-sender.deliveries read",
                "queue frontend-push.deliveries read",
            ],
        ]

        @Test(arguments: rights.keys.sorted())
        func aUserMayDoNoMoreThanItsServiceNeeds(user: String) async throws {
            try await Scene.play { scene in
                let printed = try await scene.reminders("topology", "print")
                let names = printed.split(separator: "\n").compactMap { line in
                    let words = line.split(separator: " ")
                    return words.first == "queue" ? "queue \(words[1])" : words.last.map { "exchange \($0)" }
                }
                #expect(names.count == 29)
                let may = try await scene.rights(
                    of: user, with: names + ["exchange amq.default", "exchange amq.topic"])
                let wanted = Set(try #require(Self.rights[user]))
                #expect(Set(may.filter { $0.split(separator: " ").count > 2 }) == wanted)
                #expect(may.count == names.count + 2)
            }
        }

        /// As RabbitMQ makes hashes (https://www.rabbitmq.com/docs/passwords#computing-password-hash).
        private static let hash =
            #"import base64, hashlib; print(base64.b64encode(b"salt" + hashlib.sha256(b"salt" + b"deploys").digest()).decode())"#

        @Test func definitionsMakeABrokerThatIsAsItShouldBe() async throws {
            let server = try await RabbitMQServer.start()
            let hash = try await Command.run("/usr/bin/python3", ["-c", Self.hash]).trimmingCharacters(in: .newlines)
            try await Scene.play(rabbitMQ: server) { scene in
                try await scene.withInput([#"{"deploy": "\#(hash)", "scheduler": "\#(hash)"}"#]) { file in
                    let definitions = try await scene.reminders(
                        "topology", "print", "--definitions", "--users", "--password-hashes", file, "--vhost", "fresh")
                    try await scene.withInput([definitions]) { path in
                        try await server.rabbitmqctl("import_definitions", path)
                    }
                }
                let asDeploy = try ["REMINDERS_AMQP_URL": "amqp://deploy:deploys@127.0.0.1:\(server.port)/fresh"]
                let check = { (more: [String]) in
                    try await scene.outcome(["topology", "check"] + more, asDeploy)
                }
                #expect(try await check([]).code == 0)
                let exported = { try await server.rabbitmqctl("export_definitions", "-") }
                try await scene.withInput([try await exported()]) { file in
                    #expect(try await check(["--definitions", file, "--vhost", "fresh"]).code == 0)
                    let elsewhere = try await check(["--definitions", file, "--vhost", "nowhere"])
                    #expect(elsewhere.code == 2 && elsewhere.output.contains("no such virtual host"), "\(elsewhere)")
                }
                // The user who declares may do it again, and one who may not configure learns that it cannot look.
                try await scene.reminders(["topology", "apply"], asDeploy)
                let asScheduler = try ["REMINDERS_AMQP_URL": "amqp://scheduler:deploys@127.0.0.1:\(server.port)/fresh"]
                let hidden = try await scene.outcome(["topology", "check"], asScheduler)
                #expect(hidden.code == 2 && hidden.output.contains("access to queue"), "\(hidden)")

                try await scene.spoil("fresh", of: server)
                let spoilt = try await check([])
                #expect(spoilt.code == 1)
                #expect(spoilt.output.contains("missing  queue rate-limiter.due.dead"), "\(spoilt.output)")
                #expect(spoilt.output.contains("differs  queue rate-limiter.due  "), "\(spoilt.output)")
                #expect(spoilt.output.contains("x-delivery-limit"), "\(spoilt.output)")
                #expect(spoilt.output.split(separator: "\n").count == 2, "\(spoilt.output)")
                try await scene.withInput([try await exported()]) { file in
                    let spoilt = try await check(["--definitions", file, "--vhost", "fresh"])
                    #expect(spoilt.code == 1)
                    for line in [
                        "missing  queue rate-limiter.due.dead",
                        "differs  queue rate-limiter.due  x-delivery-limit is 5, and should be 1000000",
                        "missing  binding of rate-limiter.due.dead to reminders.dead, key rate-limiter.due",
                        "missing  binding of rate-limiter.due to reminders.due, key #",
                        "surplus  binding of rate-limiter.due to case.events, key #",
                    ] {
                        #expect(spoilt.output.contains(line + "\n"), "\(spoilt.output)")
                    }
                }
            }
        }

        @Test func permissionsAreWhatRabbitmqctlTakes() async throws {
            let print = { try await Command.run(Repository.programs.appendingPathComponent("reminders").path, $0) }
            #expect(
                try await print(["topology", "print", "--permissions", "scheduler"]) == #"""
                    ^$
                    ^(reminders\.due|reminders\.dead)$
                    ^(scheduler\.case-events)$

                    """#)
            let unknown = await #expect(throws: CommandFailed.self) {
                _ = try await print(["topology", "print", "--permissions", "nobody"])
            }
            #expect(unknown?.output.contains("give one of scheduler, rate-limiter, email-sender") == true)
        }
    }
}

extension Scene {
    /// What the user of a service may do with each of these, "exchange NAME" or "queue NAME".
    fileprivate func rights(of service: String, with names: [String]) async throws -> [String] {
        try await withInput(names) { input in
            let printed = try await Command.run(
                "/bin/bash",
                [
                    "-c", #"exec /usr/bin/python3 "$0" "$1" may < "$2""#, Self.script, broker(for: service), input,
                ])
            return printed.split(separator: "\n").map(String.init)
        }
    }

    /// What the command line printed, and the code it ended with.
    fileprivate func outcome(_ arguments: [String], _ changes: [String: String]) async throws -> (
        code: Int32, output: String
    ) {
        do {
            return (0, try await reminders(arguments, changes))
        } catch let error as CommandFailed {
            guard case .exited(let code) = error.ending else { throw error }
            return (code, error.output)
        }
    }

    /// Takes a queue away, and makes another other than it should be, and bound elsewhere.
    fileprivate func spoil(_ vhost: String, of server: RabbitMQServer) async throws {
        try await server.rabbitmqctl("set_permissions", "-p", vhost, "reminders", ".*", ".*", ".*")
        let url = server.url.dropLast("reminders".count) + vhost
        try await Command.run("/usr/bin/python3", [Self.script, String(url), "spoil"])
    }
}
