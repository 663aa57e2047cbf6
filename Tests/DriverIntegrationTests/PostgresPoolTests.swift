import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: the pool", .timeLimit(.minutes(1))) struct PostgresPoolTests {
    private func holding<Value: Sendable>(
        _ scene: PostgresScene, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await scene.pool.transaction { transaction in
            try await transaction.query(Query("SELECT 1"))
            return try await body()
        }
    }

    private func someoneWaits(_ key: Int64, _ scene: PostgresScene) async throws {
        try await eventually("somebody waits for the lock") {
            try await scene.number(
                """
                SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
                WHERE datname = current_database() AND locktype = 'advisory' AND objid = $1 AND NOT granted
                """, [.int8(key)]) == 1
        }
    }

    @Test func whenAllAreTakenTheNextWaitsUntilItsTimeIsOver() async throws {
        let scene = try await PostgresScene.make {
            $0.poolSize = 2
            $0.acquireTimeout = .seconds(2)
        }
        try await holding(scene) {
            try await holding(scene) {
                let error = try await postgresError { try await scene.pool.query(Query("SELECT 1")) }
                #expect(error.code == .timeout)
                #expect(!error.mayHaveTakenEffect)
                let second = try await postgresError {
                    try await scene.pool.transaction { try await $0.query(Query("SELECT 1")) }
                }
                #expect(second.code == .timeout)
            }
            #expect(try await scene.number("SELECT 1") == 1)
        }
    }

    @Test func aCancelledTaskWaitsNoLonger() async throws {
        let scene = try await PostgresScene.make { $0.poolSize = 1 }
        try await holding(scene) {
            let waiting = Task { try await scene.pool.query(Query("SELECT 1")) }
            let inTransaction = Task {
                try await scene.pool.transaction { _ = try await $0.query(Query("SELECT 1")) }
            }
            waiting.cancel()
            inTransaction.cancel()
            let errors = try await (
                postgresError { try await waiting.value }, postgresError { try await inTransaction.value }
            )
            #expect(errors.0.code == .cancelled)
            #expect(errors.1.code == .cancelled)
        }
        #expect(try await scene.number("SELECT 1") == 1)
    }

    @Test func aCancelledTaskLearnsWhatBecameOfItsRunningStatement() async throws {
        let scene = try await PostgresScene.make()
        try await scene.pool.execute(script: "CREATE TABLE t (id int8)")
        try await scene.pool.withSession { session in
            try await session.query(Query("SELECT pg_advisory_lock(9)"))
            let running = Task {
                try await scene.pool.query(
                    Query("INSERT INTO t SELECT 1 FROM (SELECT pg_advisory_xact_lock(9)) AS waited")
                ).affectedRows
            }
            try await someoneWaits(9, scene)
            running.cancel()
            try await session.query(Query("SELECT pg_advisory_unlock(9)"))
            #expect(try await running.value == 1)
        }
    }

    @Test func closingWaitsForWhatRunsAndRefusesTheRest() async throws {
        let scene = try await PostgresScene.make { $0.poolSize = 1 }
        let closing = try PostgresScene.make(url: scene.url)
        try await scene.pool.withSession { session in
            try await session.query(Query("SELECT pg_advisory_lock(3)"))
            let running = Task {
                try await closing.number("SELECT 5::int8 FROM (SELECT pg_advisory_xact_lock(3)) AS waited")
            }
            try await someoneWaits(3, scene)
            let closed = Task { await closing.pool.close() }
            try await eventually("new queries are refused") {
                try await postgresError { try await closing.number("SELECT 1") }.code == .closed
            }
            #expect(!closing.pool.isReady)
            try await session.query(Query("SELECT pg_advisory_unlock(3)"))
            #expect(try await running.value == 5)
            await closed.value
        }
        await closing.pool.close()
    }

    @Test func closingEndsWhatTakesTooLong() async throws {
        let scene = try await PostgresScene.make()
        let closing = try PostgresScene.make(url: scene.url)
        try await scene.pool.withSession { session in
            try await session.query(Query("SELECT pg_advisory_lock(4)"))
            let running = Task { try await closing.pool.query(Query("SELECT pg_advisory_xact_lock(4)")) }
            try await someoneWaits(4, scene)
            await closing.pool.close(within: .milliseconds(50))
            let error = try await postgresError { try await running.value }
            #expect(error.code == .closed)
            #expect(error.mayHaveTakenEffect)
        }
    }

    @Test func aPoolThatIsLetGoClosesItsConnections() async throws {
        let scene = try await PostgresScene.make()
        let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        do {
            let short = try PostgresScene.make(url: scene.url)
            #expect(await short.pool.ping())
            #expect(try await scene.number(connections) == 2)
        }
        try await eventually("only this one is left") { try await scene.number(connections) == 1 }
    }

    @Test func settingsAreThoseOfTheConfiguration() async throws {
        let scene = try await PostgresScene.make {
            $0.applicationName = "a test"
            $0.lockTimeout = .milliseconds(1234)
            $0.parameters["plan_cache_mode"] = "force_custom_plan"
            $0.parameters["search_path"] = "pg_catalog, public"
        }
        for (name, value) in [
            ("application_name", "a test"), ("lock_timeout", "1234ms"), ("statement_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "1min"), ("plan_cache_mode", "force_custom_plan"),
            ("search_path", "pg_catalog, public"), ("TimeZone", "UTC"), ("client_encoding", "UTF8"),
        ] {
            #expect(try await scene.pool.query(Query("SELECT current_setting($1)", [.text(name)]))[0].text(0) == value)
        }
    }
}
