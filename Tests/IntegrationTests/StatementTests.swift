import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// Every statement of the Store on the migrated schema, in a session as the services have it.
@Suite struct StatementTests {
    @Test func `every statement can be prepared, and is planned by index where it runs for each batch`() async throws {
        let scene = try await Scene.make()
        try await scene.pool.withSession { session in
            for setting in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"] {
                try await session.execute(script: "SET \(setting) = off")
            }
            try await session.execute(script: "SET plan_cache_mode = force_generic_plan")
            for statement in SQL.all {
                do {
                    try await session.execute(script: "PREPARE \"\(statement.name)\" AS \(statement.sql)")
                } catch {
                    Issue.record("\(statement.name): \(error)")
                    continue
                }
                guard let tables = StatementTests.byIndex[statement.name] else { continue }
                let plan = try await StatementTests.plan(of: statement.name, in: session)
                #expect(Set(tables).isSubset(of: plan.map(\.relation)), "\(statement.name) reads \(plan)")
                for scan in plan where tables.contains(scan.relation) {
                    #expect(scan.isByKey, "\(statement.name): \(scan)")
                }
            }
        }
    }

    @Test func `every statement takes what the server infers for its parameters`() async throws {
        let scene = try await Scene.make()
        try await scene.pool.withSession { session in
            for statement in SQL.all {
                // Without a list of types, so that all of them are inferred.
                try await session.execute(script: "PREPARE \"\(statement.name)\" AS \(statement.sql)")
                let rows = try await session.query(
                    Query(
                        """
                        SELECT parameter_types::oid[]::bigint[], parameter_types::text[] FROM pg_prepared_statements
                        WHERE name = $1
                        """, [.text(statement.name)]))
                let inferred = try rows[0].int64Array(0).map(UInt32.init)
                let names = try rows[0].textArray(1)
                #expect(statement.parameterTypes == inferred, "\(statement.name): the server infers \(names)")
            }
        }
    }

    @Test(arguments: [
        "SELECT * FROM deliveries WHERE reply = $1",
        "SELECT * FROM deliveries WHERE release_at IS NOT NULL AND reply = $1",
    ])
    func `the check above sees it when a whole table is read`(sql: String) async throws {
        let scene = try await Scene.make()
        try await scene.pool.withSession { session in
            // The planner reads a whole index then, which is no better.
            try await session.execute(script: "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
            try await session.execute(script: "PREPARE whole AS \(sql)")
            let scans = try await StatementTests.plan(of: "whole", in: session)
            #expect(Set(scans.map(\.relation)) == ["deliveries"] && scans.allSatisfy { !$0.isByKey })
        }
    }

    @Test func `the statements that must be quick are all looked at`() {
        let names = Set(SQL.all.map(\.name))
        #expect(Set(StatementTests.byIndex.keys).isSubset(of: names))
    }

    /// What runs again and again, and the tables it has to find its rows in by an index, however much waits there.
    private static let byIndex: [String: [String]] = [
        "dueReminders": ["sag_reminders", "sag_reminder_times"],
        "dueRemindersExceptOf": ["sag_reminders", "sag_reminder_times"],
        "dueRemindersOfEach": ["sag_reminders", "sag_reminder_times"],
        "advanceRemindersIfUnchanged": ["sag_reminder_times"],
        "setAsideRemindersIfUnchanged": ["sag_reminder_times"],
        "putOffUnreadableOccurrences": ["sag_reminder_queue"],
        "nextDue": ["sag_reminder_times", "sag_reminder_queue"],
        "undecidedOccurrences": ["sag_reminder_queue"],
        "claimUnpublished": ["sag_reminder_queue", "sag_reminders"],
        "freeClaimsOfDeadSchedulers": ["sag_reminder_queue"],
        "markPublishedIfOwned": ["sag_reminder_queue"],
        "giveBackOccurrences": ["sag_reminder_queue"],
        "lockRecipients": ["sag_reminder_queue", "sag_reminders"],
        "occurrencesToDecide": ["sag_reminder_queue", "sag_reminders", "cases"],
        "recipientsToDecide": ["sag_reminder_queue", "sag_reminders", "deliveries"],
        "usersToDecide": ["users"],
        "preferencesToDecide": ["user_notification_preferences"],
        "addressesToDecide": ["user_addresses"],
        "erasedToDecide": ["erased_names"],
        "deliveriesOfErased": ["deliveries"],
        "permitsToDecide": ["permits"],
        "linesToDecide": ["deliveries"],
        "responsesToOccurrences": ["sag_reminder_queue", "sag_reminder_responses"],
        "postponeRelease": ["deliveries"],
        "deliveriesOfOccurrences": ["deliveries"],
        "updateHeldDeliveries": ["deliveries"],
        "callForward": ["deliveries"],
        "markOccurrencesDecided": ["sag_reminder_queue"],
        "releasableOccurrences": ["deliveries"],
        "nextRelease": ["deliveries"],
        "clearRelease": ["deliveries"],
        "clearReleaseOfEnded": ["deliveries"],
        "releaseSwitchedOn": ["deliveries"],
        "claimRequestedDeliveries": ["deliveries"],
        "statesOfUnclaimed": ["deliveries"],
        "takeOverIfOwnerUnchanged": ["deliveries"],
        "recordAttemptsIfOwned": ["deliveries"],
        "handOverLostDeliveriesAgain": ["deliveries"],
        "stalledChannels": ["deliveries"],
        "purgePermits": ["permits"],
        "rememberCaseEvents": ["cases"],
        "reminder": ["sag_reminders"],
        "remindersOfCase": ["sag_reminders"],
        "reminderUnderLock": ["sag_reminders"],
        "changeReminder": ["sag_reminders"],
        "planReminder": ["sag_reminder_times"],
        "deleteReminder": ["sag_reminders"],
        "clockAndTimeZones": ["users"],
        "answerOfIdempotencyKey": ["idempotency_keys"],
        "keepAnswer": ["idempotency_keys"],
        "answersOfIdempotencyKeys": ["idempotency_keys"],
        "forgetIdempotencyKeyIfFree": ["idempotency_keys"],
        "giveUpIdempotencyKey": ["idempotency_keys"],
        "pendingPopups": ["popups"],
        "settlePendingPopups": ["popups"],
        "addResponseIfAddressed": ["sag_reminders"],
        "lockResponse": ["sag_reminder_responses"],
        "responseUnderLock": [
            "sag_reminder_responses", "sag_reminders", "sag_reminder_queue", "popups", "cases", "users",
        ],
        "preferencesOfUser": ["users", "user_notification_preferences"],
        "caseUnderLock": ["cases"],
        "userUnderLock": ["users"],
        "newestRemindersOfPerson": ["sag_reminders"],
        "soonestRemindersOfPerson": ["sag_reminders"],
        "newestRemindersOfEntity": ["sag_reminders"],
        "soonestRemindersOfEntity": ["sag_reminders"],
        "newestRemindersOfEverybody": ["sag_reminders"],
        "soonestRemindersOfEverybody": ["sag_reminders"],
        "remindersByID": ["sag_reminders"],
        "markRemindersAsSentIfUnsent": ["sag_reminders"],
        "finalRecords": ["sag_reminder_logs", "sag_reminders"],
        "finalRecordsOfRecipient": ["sag_reminder_logs", "sag_reminders"],
        "finalRecordsOfReminders": ["sag_reminder_logs", "sag_reminders"],
        "remindersAbout": ["sag_reminders"],
        "attemptsOfRecords": ["sag_reminder_logs"],
        "ledgerEntry": ["deliveries", "sag_reminders"],
        "deliveryState": ["deliveries"],
        "underWay": ["deliveries", "sag_reminders"],
        "held": ["deliveries", "sag_reminders"],
        "heldForRecipient": ["deliveries", "sag_reminders"],
        "attemptsOfDelivery": ["sag_reminder_logs"],
        "deliveryStatistics": ["sag_reminder_logs", "delivery_counts"],
        "latestOccurrences": ["sag_reminder_queue"],
        "ledgerOfOccurrences": ["deliveries"],
        "storyOfReminder": ["sag_reminder_logs"],
        "holdsOfRecipient": ["deliveries"],
        "nextOccurrenceToExplain": ["sag_reminders", "cases"],
        "responseToExplain": ["sag_reminder_responses"],
        "deliveriesToExplain": ["deliveries"],
        "deadLetterList": ["dead_letters"],
        "deadLetterUnderLock": ["dead_letters"],
    ]

    /// What finds rows by their numbers, in a session as the services have it, with 14 weeks of partitions.
    @Test(arguments: [
        "lockRecipients", "occurrencesToDecide", "recipientsToDecide", "responsesToOccurrences",
        "deliveriesOfOccurrences",
        "updateHeldDeliveries", "callForward", "markOccurrencesDecided", "clearRelease", "postponeRelease",
        "claimRequestedDeliveries", "statesOfUnclaimed", "takeOverIfOwnerUnchanged", "recordAttemptsIfOwned",
        "putBackIfOwned",
        "markPublishedIfOwned", "giveBackOccurrences", "putOffUnreadableOccurrences", "deliveryState",
        "deliveriesToExplain",
        "ledgerOfOccurrences", "withdrawals", "undecidedOccurrences",
    ])
    func `what goes by number looks into the one partition that can have it`(name: String) async throws {
        let scene = try await StatementTests.years.value
        let statement = try #require(SQL.all.first { $0.name == name })
        let id = try await scene.firstID(weeksAgo: 5) + 7
        try await scene.pool(as: nil).withSession { session in
            try await session.execute(script: "BEGIN; PREPARE \"\(name)\" AS \(statement.sql)")
            let types = try await session.query(
                Query("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = $1", [.text(name)]))
            let values = try types[0].textArray(0).map { type in
                switch type {
                case "bigint": "\(id)"
                case "bigint[]": "'{\(id)}'"
                case "text[]": name == "markOccurrencesDecided" ? "'{sent}'" : "'{1}'"
                case "timestamp with time zone[]": "'{now}'"
                case "boolean[]": "'{false}'"
                case "smallint[]", "integer[]": "'{0}'"
                case "integer", "double precision": "1"
                case "text": "'1'"
                default: "NULL"
                }
            }
            let rows = try await session.query(
                Query("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE \"\(name)\"(\(values.joined(separator: ", ")))"))
            try await session.execute(script: "ROLLBACK")
            let scans = try PlannedScan.all(inJSON: rows[0].text(0)).filter { $0.loops ?? 0 > 0 }
            for table in ["sag_reminder_queue", "deliveries"] {
                let partitions = Set(scans.filter { $0.relation == table }.map(\.partition))
                #expect(partitions.isSubset(of: [try await scene.partition(of: table, weeksAgo: 5)]), "\(partitions)")
            }
            #expect(
                name == "withdrawals" || scans.contains { ["sag_reminder_queue", "deliveries"].contains($0.relation) })
        }
    }

    /// Nothing is changed in it.
    private static let years = Task {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(14)
        for week in 0...14 { try await scene.addFinished(scene.firstID(weeksAgo: week) + 7) }
        // Hardly any rows, of which the planner knows: it would rather read them all.
        let first = try await scene.firstID(weeksAgo: 0)
        for number in 10..<40 { try await scene.addFinished(first + Int64(number)) }
        try await scene.run("VACUUM ANALYZE")
        return scene
    }

    /// How the generic plan of a prepared statement reads its tables.
    private static func plan(of name: String, in session: PostgresSession) async throws -> [PlannedScan] {
        let types = try await session.query(
            Query("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = $1", [.text(name)]))
        // No row has a number that is NULL, so that no partition would be in the plan.
        let values = try types[0].textArray(0).map { $0 == "bigint" ? "0" : "NULL" }
        let call = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
        let rows = try await session.query(Query("EXPLAIN (COSTS OFF, FORMAT JSON) EXECUTE \"\(name)\"\(call)"))
        return try PlannedScan.all(inJSON: rows[0].text(0))
    }
}
