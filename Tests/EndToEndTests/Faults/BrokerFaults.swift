import TestSupport

extension FaultScene {
    /// RabbitMQ breaks.
    static let broker = [
        FaultScene("kill-broker", "kill -9 of RabbitMQ", breaking: .broker) { run in
            try run.startEach()
            try await run.underLoad {
                try await run.waitForMore()
                try await run.fault {
                    try await run.rabbitMQ?.kill()
                    try await run.rabbitMQ?.restart()
                }
            }
        },
        FaultScene("restart-broker", "RabbitMQ stopped in an orderly way, and started", breaking: .broker) { run in
            try run.startEach()
            try await run.underLoad(long: .seconds(45)) {
                try await run.waitForMore()
                try await run.fault {
                    try await run.rabbitMQ?.stop()
                    try await run.rabbitMQ?.restart()
                }
            }
        },
        FaultScene("freeze-broker", "RabbitMQ stands still for longer than two heartbeats", breaking: .broker) { run in
            try run.startEach()
            // Nobody knows whether an answer that came while it stood still was taken.
            try await run.underLoad {
                try await run.waitForMore()
                try await run.fault {
                    try await run.rabbitMQ?.freeze()
                    try await run.staysBroken(for: .seconds(45))
                    try await run.rabbitMQ?.resume()
                }
            }
        },
        FaultScene("alarm-broker", "RabbitMQ out of memory: it takes nothing from publishers", breaking: .broker) {
            run in
            try run.startEach()
            try await run.underLoad(long: .seconds(45)) {
                try await run.waitForMore()
                try await run.fault {
                    try await run.rabbitMQ?.setMemoryAlarm(true)
                    try await run.staysBroken(for: .seconds(20))
                    try await run.rabbitMQ?.setMemoryAlarm(false)
                }
            }
        },
        FaultScene("blackhole-broker", "A network that swallows all between services and RabbitMQ, or resets it") {
            run in
            let (line, url) = try run.scene.proxiedBroker()
            try run.startEach(2, ["REMINDERS_AMQP_URL": url])
            try await run.underLoad {
                try await run.waitForMore()
                try await run.fault {
                    line.blackHole()
                    try await run.staysBroken(for: .seconds(40))
                    line.reset()
                    line.pass()
                }
                for _ in 1...10 {
                    try await run.waitForMore(1...20)
                    try await run.fault { line.reset() }
                }
            }
        },
        FaultScene("wipe-broker", "RabbitMQ comes back empty, as after the loss of its disk", breaking: .broker) {
            run in
            try run.startEach(2, ["REMINDERS_LOST_AFTER": "5"])
            try await run.underLoad(of: 100, long: .seconds(45)) {
                try await run.waitForMore(1...200)
                try await run.fault {
                    if let rabbitMQ = run.rabbitMQ { try await run.scene.forgetEverything(rabbitMQ) }
                }
            }
        },
        FaultScene("delete-queues", "Queues deleted with all that is in them") { run in
            // Who only looks would wait for somebody who may declare them again.
            let declaring = ["REMINDERS_TOPOLOGY": "declare", "REMINDERS_AMQP_URL": run.scene.broker]
            try run.startEach(2, declaring.merging(["REMINDERS_LOST_AFTER": "5"]) { $1 })
            let queues = ["rate-limiter.due", "email-sender.deliveries", "mattermost-sender.deliveries"]
            try await run.underLoad(of: 100, long: .seconds(45)) {
                for queue in queues {
                    try await run.waitForMore(1...200)
                    try await run.fault { try await run.scene.delete(queue) }
                }
            }
        },
        FaultScene("poison", "Messages that nobody can read, among the others") { run in
            try run.startEach()
            run.allowDeadLetters()
            // Each only once: the same message again would be the same dead letter.
            let bodies = { (n: Int) in ["\(n)", "{ \(n)", "[\(n)]", #"{"occurrence_id": "x\#(n)"}"#, "\u{0}\(n)"] }
            var poisoned = 0
            try await run.underLoad(long: .seconds(30)) {
                try await run.waitForMore()
                try await run.fault {
                    for (exchange, key) in [("reminders.due", "due"), ("reminders.deliveries", "email")] {
                        let each = bodies(poisoned)
                        try await run.scene.publish(each, to: exchange, key: key, contentType: "application/json")
                        poisoned += each.count
                    }
                }
            }
            let kept = "SELECT count(*) FROM dead_letters"
            do {
                try await eventually(within: .seconds(30)) { try await run.scene.number(kept) >= poisoned }
            } catch {
                run.note("\(try await run.scene.number(kept)) of \(poisoned) poisoned messages are dead letters")
            }
        },
    ]
}
