import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: errors", .timeLimit(.minutes(1))) struct PostgresErrorTests {
    private func sceneWithTable() async throws -> PostgresScene {
        let scene = try await PostgresScene.make()
        try await scene.pool.execute(
            script: """
                CREATE TABLE t (id int8 CONSTRAINT t_key PRIMARY KEY, name text NOT NULL,
                    rank int8 CONSTRAINT t_rank UNIQUE DEFERRABLE INITIALLY DEFERRED)
                """)
        return scene
    }

    @Test func aViolatedConstraintIsNamed() async throws {
        let scene = try await sceneWithTable()
        let insert = Query("INSERT INTO t VALUES ($1, $2)", [.int8(4711), .text("secret")])
        try await scene.pool.query(insert)
        let error = try await postgresError { try await scene.pool.query(insert) }
        #expect(error.code == .server)
        #expect(error.sqlState == "23505")
        #expect(error.constraint == "t_key")
        #expect(error.table == "t")
        #expect(error.queryIndex == 0)
        #expect(error.sql == "INSERT INTO t VALUES ($1, $2)")
        #expect(error.detail?.contains("4711") == true)
        #expect(!error.isTransient && !error.mayHaveTakenEffect)
        #expect(!"\(error)\(String(reflecting: error))".contains("4711"))

        let missing = try await postgresError {
            try await scene.pool.query(Query("INSERT INTO t (id) VALUES (1)"))
        }
        #expect(missing.sqlState == "23502")
        #expect(missing.column == "name")
    }

    @Test func aDescriptionRepeatsNoValue() async throws {
        let scene = try await PostgresScene.make()
        let error = try await postgresError {
            try await scene.pool.query(Query("SELECT $1::text::int8", [.text("hunter2")]))
        }
        #expect(error.sqlState == "22P02")
        #expect(!"\(error)".contains("hunter2"))
    }

    @Test func aFailedPipelineIsUndoneAndTheNextWorks() async throws {
        let scene = try await sceneWithTable()
        let insert = "INSERT INTO t VALUES ($1, $2)"
        let error = try await postgresError {
            try await scene.pool.pipeline([
                Query(insert, [.int8(1), .text("one")]),
                Query(insert, [.int8(1), .text("again")]),
                Query(insert, [.int8(2), .text("never done")]),
                Query("SELECT count(*) FROM t"),
            ])
        }
        #expect(error.sqlState == "23505")
        #expect(error.queryIndex == 1)
        let results = try await scene.pool.pipeline([
            Query("SELECT count(*) FROM t"), Query(insert, [.int8(3), .text("three")]), Query("SELECT count(*) FROM t"),
        ])
        #expect(try results[0][0].int64(0) == 0)
        #expect(results[1].affectedRows == 1)
        #expect(try results[2][0].int64(0) == 1)
    }

    @Test func aDeferredConstraintFailsThePipelineAtItsEnd() async throws {
        let scene = try await sceneWithTable()
        let insert = "INSERT INTO t VALUES ($1, 'x', 1)"
        let error = try await postgresError {
            try await scene.pool.pipeline([Query(insert, [.int8(1)]), Query(insert, [.int8(2)])])
        }
        #expect(error.sqlState == "23505")
        #expect(error.constraint == "t_rank")
        #expect(!error.mayHaveTakenEffect)
        #expect(try await scene.number("SELECT count(*) FROM t") == 0)
    }

    @Test func aStatementTooSlowIsEndedByTheServer() async throws {
        let scene = try await PostgresScene.make { $0.statementTimeout = .milliseconds(100) }
        let error = try await postgresError { try await scene.pool.query(Query("SELECT pg_sleep(10)")) }
        #expect(error.code == .server)
        #expect(error.sqlState == "57014")
        #expect(error.isTransient && !error.isRetryable)
        #expect(try await scene.number("SELECT 1") == 1)
    }

    @Test func manyParametersAreRefusedBeforeTheyAreSent() async throws {
        let scene = try await PostgresScene.make()
        let error = try await postgresError {
            try await scene.pool.query(Query("SELECT 1", Array(repeating: .int8(1), count: 65536)))
        }
        #expect(error.code == .encode)
        #expect(try await scene.number("SELECT 1") == 1)
    }

    @Test func copyIsRefusedAndDoesNotHang() async throws {
        let scene = try await sceneWithTable()
        let inPipeline = try await postgresError { try await scene.pool.query(Query("COPY t TO STDOUT")) }
        #expect(inPipeline.code == .connection || inPipeline.code == .server)
        let inScript = try await postgresError { try await scene.pool.execute(script: "COPY t FROM STDIN") }
        #expect(inScript.code == .connection)
        #expect(try await scene.number("SELECT 1") == 1)
    }
}
