import Foundation
import Glibc
import TestSupport

extension FaultScene {
    /// Processes that die, stand still, or have a wrong clock.
    static let services = [
        FaultScene("kill-services", "kill -9 of one of two of each service, at random", isShort: true) { run in
            try run.startEach()
            try await run.underLoad(of: 40, short: .seconds(12), long: .seconds(120)) {
                try await run.waitForMore()
                try await run.killOne()
            }
        },
        FaultScene("kill-senders", "kill -9 of senders that have a backlog in their hands") { run in
            try run.startEach(1)
            try await run.underLoad(of: 100, long: .seconds(45)) {
                try await run.waitForMore(1...100)
                try await run.killOne(of: ["email-sender", "mattermost-sender"])
            }
        },
        FaultScene("kill-limiters", "kill -9 of rate-limiters that have a backlog in their hands") { run in
            try run.startEach(1)
            let decided = "SELECT count(*) FROM deliveries"
            for _ in 1...(isLong ? 15 : 3) {
                try await run.put(600)
                let before = try await run.scene.number(decided)
                try await eventually(within: run.patience, "rate-limiters get on") {
                    try await run.scene.number(decided) > before
                }
                try await run.killOne(of: ["rate-limiter"])
            }
        },
        FaultScene("hand-out-again", "RabbitMQ hands what one sender has on the wire to another, too") { run in
            try await handOutAgain(run)
        },
        FaultScene("freeze-sender", "SIGSTOP of a sender over a backlog, woken when another has done its work") { run in
            try await freezeOverBacklog(run)
        },
        FaultScene("freeze-services", "SIGSTOP of schedulers and rate-limiters for longer than they are waited for") {
            run in
            try run.startEach()
            for name in ["scheduler", "rate-limiter"] {
                try await run.underLoad(long: .seconds(1)) {
                    try await run.waitForMore()
                    try await run.freezeOne(run.anyService(of: [name]), for: .seconds(40))
                }
            }
        },
        FaultScene("wrong-clocks", "clocks ten minutes ahead of the database's, and behind it") { run in
            let library = ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketime.so.1" }
                .first(where: FileManager.default.fileExists)
            guard let library else { return run.note("libfaketime is missing: scripts/install tests") }
            for offset in ["+600", "-600"] {
                let clock = ["LD_PRELOAD": library, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"]
                try await run.fault { try run.startEach(1, clock) }
            }
            try await run.put(100, in: .seconds(5))
            try await run.underLoad(long: .seconds(45)) { try await run.waitForMore() }
        },
    ]

    private static func freezeOverBacklog(_ run: FaultRun) async throws {
        for name in ["scheduler", "rate-limiter"] { try run.start(name) }
        for _ in 1...(isLong ? 2 : 1) {
            try await run.put(600, channel: "email")
            try await run.scene.wait(
                for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') = 600", within: run.patience)
            let sleeper = try run.start("email-sender")
            try await run.waitForMore(20...60)
            var other: ServiceProcess?
            run.allowCopies(2 * FaultRun.connections)
            try await run.fault {
                sleeper.signal(SIGSTOP)
                other = try run.start("email-sender")
                try await run.scene.wait(
                    for: "NOT EXISTS (SELECT FROM deliveries WHERE finished_at IS NULL)", within: run.patience)
                sleeper.signal(SIGCONT)
            }
            // It hands over nothing of what it had: whatever it does about it is done when it has ended.
            for sender in [sleeper, other] { _ = try await sender?.terminate() }
        }
        try run.start("email-sender")
    }

    private static func handOutAgain(_ run: FaultRun) async throws {
        let (line, url) = try run.scene.proxiedBroker()
        try run.startEach(1, ["REMINDERS_AMQP_URL": url])
        for _ in 1...(isLong ? 10 : 2) {
            try await run.fault {
                try await run.scene.catcher.freeze()
                try await run.put(100, channel: "email")
                try await run.scene.wait(
                    for: "(SELECT count(*) FROM deliveries WHERE state = 'sending') >= \(FaultRun.connections)",
                    within: run.patience)
                // The other comes once everything is in the hands of the first, and gets it all when the line breaks.
                let other = try run.start("email-sender")
                try await other.waitForLine(containing: "Service is ready")
                line.reset()
                line.refuse()
                try await run.scene.waitUntilHandedOut("email-sender.deliveries")
                // The other looks whose they are: what the first is at it puts off, or takes over, which it must not.
                try await eventually(within: run.patience, "the other has looked at what the first is at") {
                    let putOff = try await run.scene.messagesReady(in: "email-sender.deliveries.retry.5s") ?? 0
                    let takenOver = try await run.scene.number(
                        "SELECT count(*) FROM deliveries WHERE attempts > 1 AND finished_at IS NULL")
                    return putOff + Int(takenOver) >= FaultRun.connections
                }
                line.pass()
                try await run.scene.catcher.resume()
                try await run.scene.wait(
                    for: "NOT EXISTS (SELECT FROM deliveries WHERE finished_at IS NULL)", within: run.patience)
                _ = try await other.terminate()
            }
        }
    }

    /// Processes that are asked to stop.
    static let stopped = [
        FaultScene("rolling-restart", "SIGTERM of one after the other of two of each service, under load") { run in
            try run.startEach()
            try await run.underLoad(of: 60, long: .seconds(45)) {
                for name in FaultRun.services {
                    try await run.waitForMore()
                    try await run.replaceOne(run.anyService(of: [name]))
                }
            }
        }
    ]
}
