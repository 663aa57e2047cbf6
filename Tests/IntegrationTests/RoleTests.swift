import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// Each service has the rights its statements need, and not those of the others.
@Suite struct RoleTests {
    /// The statements of each service.
    private static let statements: [Scene.Role: [any AnyStatement]] = [
        .scheduler: SQL.sagReminderQueue + SQL.partitions + SQL.cases + SQL.deadLetters + SQL.serviceInstances
            + [
                SQL.clock, SQL.dueReminders, SQL.dueRemindersExceptOf, SQL.dueRemindersOfEach,
                SQL.advanceRemindersIfUnchanged, SQL.setAsideRemindersIfUnchanged, SQL.nextDue, SQL.appendToLog,
                SQL.purgePermits, SQL.eraseSlice, SQL.erasure, SQL.unfinishedErasures,
                SQL.forgetFinished, SQL.archivedPartitions, SQL.audit, SQL.remindersWithoutNextTime,
                SQL.purgeCreationQuotas,
            ],
        .rateLimiter: SQL.factsOfBatch + SQL.deliveries + SQL.releases + SQL.deadLetters
            + [SQL.clock, SQL.grantPermits, SQL.appendToLog] + SQL.factsOfPeople,
        .sender: SQL.claims + SQL.attempts + SQL.channelPauses + SQL.deadLetters + SQL.serviceInstances
            + [SQL.clock, SQL.deliveriesOfErased],
        .frontendPush: SQL.popupStreamReads + SQL.claims + SQL.attempts + SQL.channelPauses + SQL.deadLetters
            + SQL.serviceInstances
            + [SQL.clock, SQL.deliveriesOfErased],
        .api: SQL.popups + SQL.responses + SQL.preferences + SQL.casesAndUsers + SQL.simpleReminders + SQL.reminderRows
            + SQL.idempotency + SQL.deliveriesAgain + [
                SQL.takeCreations,
                SQL.clock, SQL.setContextOfChange, SQL.putCase, SQL.appendToLog, SQL.erasedToDecide,
                SQL.beginErasure, SQL.eraseSlice, SQL.erasure, SQL.unfinishedErasures,
            ],
    ]

    @Test(arguments: Scene.Role.allCases) func `a service may run its statements`(role: Scene.Role) async throws {
        let scene = try await RoleTests.shared.value
        for statement in RoleTests.statements[role] ?? [] {
            let error = try await scene.plan(statement, as: role)
            #expect(error == nil, "\(statement.name): \(String(describing: error))")
        }
    }

    @Test(arguments: Scene.Role.allCases.filter { $0 != .reporting })
    func `every service may ask whose the database is, and none may claim it`(role: Scene.Role) async throws {
        let scene = try await RoleTests.shared.value
        #expect(try await scene.plan(SQL.databaseClaim, as: role) == nil)
        let naming = try await scene.plan(SQL.adoptDatabase, as: role)
        #expect(role == .scheduler ? naming == nil : naming?.sqlState == "42501")
        #expect(try await scene.plan(SQL.claimDatabase, as: role)?.sqlState == "42501")
    }

    /// Statements of others.
    private static let refused: [(Scene.Role, any AnyStatement)] = [
        (.sender, SQL.grantPermits), (.sender, SQL.insertDeliveries), (.sender, SQL.dueReminders),
        (.sender, SQL.putCase), (.rateLimiter, SQL.setAsideRemindersIfUnchanged),
        (.rateLimiter, SQL.advanceRemindersIfUnchanged),
        (.rateLimiter, SQL.putCase), (.scheduler, SQL.claimRequestedDeliveries), (.scheduler, SQL.createReminder),
        (.scheduler, SQL.grantPermits), (.frontendPush, SQL.replaceUser), (.reporting, SQL.deliveriesOfOccurrences),
        (.reporting, SQL.recentLog), (.scheduler, SQL.beginErasure), (.api, SQL.forgetFinished),
        (.sender, SQL.eraseSlice),
        (.rateLimiter, SQL.eraseSlice), (.frontendPush, SQL.eraseSlice), (.api, SQL.personalRows),
        (.sender, SQL.makePartitionsAhead), (.api, SQL.dropPartition),
        (.rateLimiter, SQL.forgetKept), (.reporting, SQL.popupChannel), (.api, SQL.popupChannel),
        (.sender, SQL.takeCreations), (.reporting, SQL.guardAdvisoryLocks),
    ]

    @Test(arguments: refused)
    func `a service may not run the others' statements`(role: Scene.Role, statement: any AnyStatement) async throws {
        let scene = try await RoleTests.shared.value
        #expect(try await scene.plan(statement, as: role)?.sqlState == "42501", "\(statement.name)")
    }

    @Test func `dashboards read the views for reporting, and write nothing`() async throws {
        let scene = try await RoleTests.shared.value
        for view in ["delivery_log_v1", "hourly_stats_v1", "waiting_v1", "dead_letters_v1", "paused_channels_v1"] {
            let read = PlainStatement(view, "SELECT * FROM reporting.\(view)")
            #expect(try await scene.plan(read, as: .reporting) == nil)
        }
    }

    @Test func `whoever only reads takes no lock that services wait for, and the others still do`() async throws {
        let scene = try await RoleTests.shared.value
        let locks = "proname ~ '^pg_(try_)?advisory_' AND pronamespace = 'pg_catalog'::regnamespace"
        #expect(try await scene.number("SELECT count(*) FROM pg_proc WHERE \(locks)") >= 18)
        for role in Scene.Role.allCases {
            let allowed = try await scene.number(
                "SELECT count(*) FROM pg_proc WHERE \(locks) AND has_function_privilege('\(role.rawValue)', oid, 'EXECUTE')"
            )
            #expect((allowed == 0) == (role == .reporting), "\(role): \(allowed)")
        }
        #expect(try await scene.store.guardAdvisoryLocks())
    }

    @Test func `whoever migrates without a superuser's rights learns that locks are open, and nothing fails`()
        async throws
    {
        let scene = try await Scene.make()
        try await scene.run(
            """
            DO $$ DECLARE lock regprocedure; BEGIN
                FOR lock IN SELECT oid FROM pg_proc WHERE proname ~ '^pg_(try_)?advisory_' LOOP
                    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', lock);
                END LOOP;
            END $$;
            GRANT EXECUTE ON FUNCTION guard_advisory_locks() TO reminders_api
            """)
        let isGuarded = try await scene.pool.withSession { session in
            try await session.execute(script: "SET ROLE reminders_api")
            return try await session.query(SQL.guardAdvisoryLocks()).readOne { try $0.bool("is_guarded") }
        }
        #expect(!isGuarded)
        #expect(try await scene.store.guardAdvisoryLocks())
    }

    /// Nothing is written into it.
    private static let shared = Task { try await Scene.make() }
}

extension Scene {
    /// Plans and begins a statement with the rights of a role, which checks them, and runs nothing.
    ///
    /// - Returns: why it may not, or nil.
    fileprivate func plan(_ statement: some AnyStatement, as role: Role) async throws -> PostgresError? {
        try await pool.withSession { session in
            try await session.execute(
                script:
                    "SET ROLE \(role.rawValue); SET plan_cache_mode = force_generic_plan; PREPARE it AS \(statement.sql)"
            )
            let types = try await session.query(
                Query("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'it'"))
            let nulls = Array(repeating: "NULL", count: try types.first.map { Int(try $0.int32(0)) } ?? 0)
            let call = nulls.isEmpty ? "" : "(\(nulls.joined(separator: ", ")))"
            return try await postgresError { _ = try await session.query(Query("EXPLAIN EXECUTE it\(call)")) }
        }
    }
}
