import TestSupport

extension FaultScene {
    /// Mail servers and webhooks that refuse, put off, hang, or break off.
    static let receivers = [
        FaultScene("mail-replies", "A mail server with every kind of reply; none after the final dot", isShort: true) {
            run in
            let kinds: [(replies: [String], ends: Set<String>, copies: Int)] = [
                (["250"], ["sent"], 0), (["451 4.7.0 later"], ["sent"], 0), (["550 5.1.1 nobody"], ["rejected"], 0),
                (["421 4.3.2 going down"], ["sent"], 0), (["data 452 4.2.2 full"], ["sent"], 0),
                (["data 554 5.7.1 no"], ["rejected"], 0), (["drop"], ["sent"], 1),
                // The second time it waits for a minute.
                (["451 4.7.0 later"] + (isLong ? ["data 452 4.2.2 full"] : []), ["sent"], 0),
            ]
            let rounds = isLong ? 8 : 2
            try await run.fault {
                for person in 1...run.people {
                    let kind = kinds[person % kinds.count]
                    run.expect(kind.ends.union(["sent"]), of: [person])
                    run.allowCopies(kind.copies)
                    try await run.scene.catcher.script(mailTo: "u\(person)@example.org", replies: kind.replies)
                }
            }
            try run.startEach()
            for _ in 1...rounds { try await run.put(run.people, channel: "email") }
        },
        FaultScene("hanging-mail", "A mail server that never answers some mails; senders stopped meanwhile") { run in
            let stuck = stride(from: 1, through: run.people, by: 20)
            for person in stuck {
                try await run.scene.catcher.script(mailTo: "u\(person)@example.org", replies: ["hang"])
                run.allowCopies(1)
            }
            try run.startEach(1)
            try await run.underLoad(of: 60, long: .seconds(40), channel: "email") {
                try await run.waitForMore()
                try await run.replaceOne(run.anyService(of: ["email-sender"]))
            }
        },
        FaultScene("kill-mail-server", "Mail server and webhook killed, and frozen") { run in
            try run.startEach()
            // Once: a mail that is put off a third time waits for ten minutes.
            try await run.underLoad(long: .seconds(1)) {
                try await run.waitForMore()
                // A mail that was taken in as the line broke is in doubt.
                run.allowCopies(4 * FaultRun.connections)
                try await run.fault {
                    try await run.scene.catcher.kill()
                    try await run.scene.catcher.restart()
                }
                try await run.waitForMore()
                run.allowCopies(4 * FaultRun.connections)
                try await run.fault {
                    try await run.scene.catcher.freeze()
                    try await run.staysBroken(for: .seconds(5))
                    try await run.scene.catcher.resume()
                }
            }
        },
        FaultScene("webhook-replies", "A webhook that answers 429, 5xx, or nothing") { run in
            let statuses = [429, 503, 0, 500, 502, 200, 504, 0]
            try run.startEach()
            try await run.underLoad(long: .seconds(60), channel: "mattermost") {
                try await run.fault {
                    try await run.scene.catcher.script(postsTo: "/hooks/test", statuses: statuses)
                    run.allowCopies(statuses.count { $0 == 0 })
                    try await run.waitForMore()
                }
            }
        },
    ]

    /// What many rate-limiters decide about the same people.
    static let limits = [
        FaultScene("keep-limit", "Four rate-limiters, killed at random, decide about the same people", isShort: true) {
            run in
            let limit = 5
            let changes = ["REMINDERS_MAX_PER_USER_PER_HOUR": "\(limit)"]
            run.leaveOpen("held")
            for name in ["scheduler", "email-sender"] { try run.start(name, changes) }
            for _ in 1...4 { try await run.start("rate-limiter", changes).waitForLine(containing: "Service is ready") }
            let decided = "SELECT count(*) FROM deliveries"
            // Of everybody so much at once that all four have some of it.
            let (groups, group) = (isLong ? 20 : 6, 10)
            for part in 0..<groups {
                try await run.put(40 * group, channel: "email", to: part * group + 1...(part + 1) * group)
                guard part.isMultiple(of: 3) else { continue }
                try await run.fault {
                    try await run.anyService(of: ["rate-limiter"]).kill()
                    try run.start("rate-limiter", changes)
                }
            }
            try await run.scene.wait(for: "(\(decided)) = \(groups * group * 40)", within: run.patience)
            try await run.scene.wait(
                for: "NOT EXISTS (SELECT FROM deliveries WHERE state IN ('requested', 'sending'))", within: run.patience
            )
            let unlike = try await run.scene.texts(
                """
                SELECT recipient || ': ' || count(*) FROM deliveries WHERE state = 'sent' GROUP BY recipient
                HAVING count(*) <> \(limit)
                """)
            if !unlike.isEmpty { run.note("not \(limit) in the hour: \(unlike.prefix(5).joined(separator: ", "))") }
        }
    ]
}
