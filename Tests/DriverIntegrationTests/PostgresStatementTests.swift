import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: prepared statements", .timeLimit(.minutes(1))) struct PostgresStatementTests {
    private func scene() async throws -> PostgresScene {
        let scene = try await PostgresScene.make { $0.poolSize = 1 }
        try await scene.pool.execute(script: "CREATE TABLE t (id int8); INSERT INTO t VALUES (1)")
        return scene
    }

    private let all = Query("SELECT * FROM t")
    private let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1"

    @Test func aTextIsPreparedOnceForEachKindOfParameters() async throws {
        let scene = try await scene()
        let text = "SELECT $1 IS NULL"
        for _ in 0..<3 { try await scene.pool.query(Query(text, [.int8(1)])) }
        try await scene.pool.pipeline([Query(text, [.int8(2)]), Query(text, [.int8(3)])])
        #expect(try await scene.number(prepared, [.text(text)]) == 1)
        // A NULL that names its type is of the same kind as a value.
        #expect(try await scene.pool.query(Query(text, [.nullOf(PostgresType.int8)]))[0].bool(0))
        #expect(try await scene.number(prepared, [.text(text)]) == 1)
        try await scene.pool.pipeline([Query(text, [.text("a")]), Query(text, [.text("b")])])
        #expect(try await scene.number(prepared, [.text(text)]) == 2)
    }

    @Test func ddlThatChangesTheResultMakesItPrepareAgain() async throws {
        let scene = try await scene()
        let backend = try await scene.number("SELECT pg_backend_pid()")
        #expect(try await scene.pool.query(all).columnNames == ["id"])
        try await scene.pool.query(Query("ALTER TABLE t ADD COLUMN name text"))
        #expect(try await scene.pool.query(all).columnNames == ["id", "name"])
        #expect(try await scene.number(prepared, [.text(all.sql)]) == 1)
        #expect(try await scene.number("SELECT pg_backend_pid()") == backend)
    }

    @Test func soItDoesAtTheBeginningOfATransaction() async throws {
        let scene = try await scene()
        try await scene.pool.query(all)
        try await scene.pool.query(Query("ALTER TABLE t ADD COLUMN name text"))
        let names = try await scene.pool.transaction { transaction in
            let rows = try await transaction.pipeline([Query("INSERT INTO t VALUES (2)"), all])
            return rows[1].columnNames
        }
        #expect(names == ["id", "name"])
        #expect(try await scene.number("SELECT count(*) FROM t") == 2)
    }

    @Test func laterInATransactionItFailsAndTheNextTryWorks() async throws {
        let scene = try await scene()
        try await scene.pool.query(all)
        let attempt = { @Sendable in
            try await scene.pool.transaction { transaction in
                try await transaction.query(Query("ALTER TABLE t ADD COLUMN IF NOT EXISTS name text"))
                return try await transaction.query(all).columnNames
            }
        }
        let error = try await postgresError { try await attempt() }
        #expect(error.sqlState == "0A000")
        #expect(try await attempt() == ["id", "name"])
    }

    @Test func statementsThatAreGoneArePreparedAgain() async throws {
        let scene = try await scene()
        try await scene.pool.query(all)
        try await scene.pool.query(Query("DEALLOCATE ALL"))
        #expect(try await scene.pool.query(all).count == 1)
    }

    @Test func aFailureThatOnlyLooksStaleIsReported() async throws {
        let scene = try await scene()
        let failing = Query("DO $$ BEGIN RAISE feature_not_supported; END $$")
        for _ in 0..<3 {
            let error = try await postgresError { try await scene.pool.query(failing) }
            #expect(error.sqlState == "0A000")
        }
    }

    @Test func thousandsOfDifferentTextsAreNotKept() async throws {
        let scene = try await scene()
        for start in stride(from: 0, to: 1000, by: 250) {
            let rows = try await scene.pool.pipeline((start..<start + 250).map { Query("SELECT \($0)::int8") })
            for (index, result) in rows.enumerated() { #expect(try result[0].int64(0) == Int64(start + index)) }
        }
        #expect(try await scene.number("SELECT count(*) FROM pg_prepared_statements") <= 501)
    }
}
