import RemindersPostgres
import TestSupport
import Testing

/// COMMIT waits in a deferred trigger for a lock that the test holds: so the connection can be cut while it runs.
@Suite("Postgres: a commit whose answer is lost", .timeLimit(.minutes(1))) struct PostgresCommitInDoubtTests {
    private func scene() async throws -> PostgresScene {
        let scene = try await PostgresScene.make()
        try await scene.pool.execute(
            script: """
                CREATE TABLE t (id int8 PRIMARY KEY);
                CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION wait();
                """)
        return scene
    }

    private func someoneWaits(_ scene: PostgresScene) async throws {
        try await eventually("somebody waits for the lock") {
            try await scene.number("SELECT count(*) FROM (\(waiting)) AS waiting") == 1
        }
    }

    private let waiting = """
        SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
        WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
        """

    private let insert = Query("INSERT INTO t VALUES (1)")

    /// Cuts the connection while `work` commits, and returns what it threw.
    private func cut(
        _ scene: PostgresScene, _ work: @escaping @Sendable (PostgresPool) async throws -> Void
    ) async throws -> PostgresError {
        let port = try await PostgresServer.shared().port
        let proxy = try TCPProxy(to: port)
        let through = try PostgresScene.make(url: scene.url.replacing(":\(port)/", with: ":\(proxy.port)/"))
        return try await scene.pool.withSession { holder in
            try await holder.query(Query("SELECT pg_advisory_lock(42)"))
            async let thrown = postgresError { try await work(through.pool) }
            try await someoneWaits(scene)
            proxy.reset()
            return try await thrown
        }
    }

    @Test func itIsReportedAsInDoubtAndMayHaveBeenDone() async throws {
        let scene = try await scene()
        let error = try await cut(scene) { pool in
            try await pool.transaction { _ = try await $0.finish([insert]) }
        }
        #expect(error.code == .commitInDoubt)
        #expect(error.mayHaveTakenEffect && error.isTransient && !error.isRetryable)
        // The server never noticed: here it was done.
        try await eventually("the row") { try await scene.number("SELECT count(*) FROM t") == 1 }
    }

    @Test func theSameGoesForACommitAfterTheBody() async throws {
        let scene = try await scene()
        let error = try await cut(scene) { pool in
            try await pool.transaction { _ = try await $0.query(insert) }
        }
        #expect(error.code == .commitInDoubt)
    }

    @Test func aStatementOnItsOwnMayHaveTakenEffect() async throws {
        let scene = try await scene()
        let error = try await cut(scene) { pool in _ = try await pool.query(insert) }
        #expect(error.code == .connection)
        #expect(error.mayHaveTakenEffect && !error.isRetryable)
    }

    @Test func aBackendEndedWhileItCommitsLeavesItInDoubt() async throws {
        let scene = try await scene()
        let error = try await scene.pool.withSession { holder in
            try await holder.query(Query("SELECT pg_advisory_lock(42)"))
            async let thrown = postgresError {
                try await scene.pool.transaction { try await $0.finish([insert]) }
            }
            try await someoneWaits(scene)
            try await holder.query(Query("SELECT pg_terminate_backend(pid) FROM (\(waiting)) AS waiting"))
            return try await thrown
        }
        #expect(error.code == .commitInDoubt)
        #expect(error.sqlState == "57P01")
        #expect(try await scene.number("SELECT count(*) FROM t") == 0)
    }

    @Test func aBackendEndedBeforeItCommitsLeavesNoDoubt() async throws {
        let scene = try await scene()
        let error = try await scene.pool.withSession { holder in
            try await holder.query(Query("SELECT pg_advisory_lock(42)"))
            async let thrown = postgresError {
                try await scene.pool.transaction {
                    try await $0.finish([Query("SELECT pg_advisory_xact_lock(42)"), insert])
                }
            }
            try await someoneWaits(scene)
            try await holder.query(Query("SELECT pg_terminate_backend(pid) FROM (\(waiting)) AS waiting"))
            return try await thrown
        }
        #expect(error.code == .server)
        #expect(error.sqlState == "57P01")
        #expect(error.isRetryable && !error.mayHaveTakenEffect)
        #expect(error.queryIndex == 0)
    }
}
