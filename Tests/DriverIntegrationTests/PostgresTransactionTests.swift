import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: transactions", .timeLimit(.minutes(1))) struct PostgresTransactionTests {
    struct Stop: Error {}

    private func sceneWithTable() async throws -> PostgresScene {
        let scene = try await PostgresScene.make()
        try await scene.pool.execute(script: "CREATE TABLE t (id int8 PRIMARY KEY)")
        return scene
    }

    private let insert = "INSERT INTO t VALUES ($1)"
    private let count = "SELECT count(*) FROM t"

    @Test func itCommitsWhenTheBodyReturns() async throws {
        let scene = try await sceneWithTable()
        let seen = try await scene.pool.transaction { transaction in
            try await transaction.query(Query(insert, [.int8(1)]))
            try await transaction.query(Query(insert, [.int8(2)]))
            return try await transaction.query(Query(count))[0].int64(0)
        }
        #expect(seen == 2)
        #expect(try await scene.number(count) == 2)
    }

    @Test func itRollsBackWhenTheBodyThrows() async throws {
        let scene = try await sceneWithTable()
        await #expect(throws: Stop.self) {
            try await scene.pool.transaction { transaction in
                try await transaction.query(Query(insert, [.int8(1)]))
                throw Stop()
            }
        }
        #expect(try await scene.number(count) == 0)
    }

    @Test func finishBringsTheLastResultsAndTheCommit() async throws {
        let scene = try await sceneWithTable()
        let rows = try await scene.pool.transaction { transaction in
            let facts = try await transaction.pipeline([Query(count), Query("SELECT 7::int8")])
            let number = try facts[1][0].int64(0)
            return try await transaction.finish([Query(insert, [.int8(number)]), Query(count)])
        }
        #expect(rows.count == 2)
        #expect(try rows[1][0].int64(0) == 1)
        #expect(try await scene.number(count) == 1)
    }

    @Test func factsAndWritesTakeTwoRoundTrips() async throws {
        let scene = try await sceneWithTable()
        let proxy = try await CountingProxy(to: PostgresServer.shared().port)
        let through = try PostgresScene.make(url: proxy.url(for: scene.url)) { $0.poolSize = 1 }
        let work = { @Sendable (number: Int64) in
            try await through.pool.transaction { transaction in
                try await transaction.pipeline([Query(count), Query("SELECT now()")])
                try await transaction.finish([Query(insert, [.int8(number)]), Query(insert, [.int8(number + 1)])])
            }
        }
        try await work(1)
        let before = proxy.roundTrips
        try await work(3)
        #expect(proxy.roundTrips - before == 2)
        #expect(try await scene.number(count) == 4)
    }

    @Test func withoutQueriesNothingIsSentAndNoConnectionIsTaken() async throws {
        let scene = try PostgresScene.make(url: "postgresql://nobody@127.0.0.1:1/none")
        try await scene.pool.transaction { _ in }
        await #expect(throws: Stop.self) { try await scene.pool.transaction { _ in throw Stop() } }
    }

    @Test func anErrorThatTheBodyHidesStillFailsTheTransaction() async throws {
        let scene = try await sceneWithTable()
        let error = try await postgresError {
            try await scene.pool.transaction { transaction in
                try await transaction.query(Query(insert, [.int8(1)]))
                _ = try? await transaction.query(Query(insert, [.int8(1)]))
            }
        }
        #expect(error.sqlState == "25P02")
        let finishing = try await postgresError {
            try await scene.pool.transaction { transaction in
                try await transaction.query(Query(insert, [.int8(1)]))
                _ = try? await transaction.finish([Query(insert, [.int8(1)])])
            }
        }
        #expect(finishing.sqlState == "23505")
        #expect(try await scene.number(count) == 0)
    }

    @Test func afterTheEndATransactionTakesNothing() async throws {
        let scene = try await sceneWithTable()
        let (escaped, error) = try await scene.pool.transaction { transaction in
            try await transaction.finish([Query(insert, [.int8(1)])])
            let error = try await postgresError { try await transaction.query(Query(count)) }
            return (transaction, error)
        }
        #expect(error.code == .closed)
        let later = try await postgresError { try await escaped.query(Query(count)) }
        #expect(later.code == .closed)
    }

    @Test func scriptsAreTransactionsUnlessTheyCommit() async throws {
        let scene = try await sceneWithTable()
        let error = try await postgresError {
            try await scene.pool.execute(script: "INSERT INTO t VALUES (1); INSERT INTO t VALUES (1);")
        }
        #expect(error.sqlState == "23505")
        #expect(try await scene.number(count) == 0)
        try await scene.pool.transaction { transaction in
            try await transaction.execute(script: "CREATE TABLE u (id int8); INSERT INTO u VALUES (1)")
            try await transaction.finish([Query(insert, [.int8(1)])])
        }
        #expect(try await scene.number("SELECT count(*) FROM t, u") == 1)
    }

    @Test func aSessionSettingOfAScriptDoesNotStay() async throws {
        let scene = try await PostgresScene.make { $0.poolSize = 1 }
        try await scene.pool.execute(script: "SET search_path = pg_catalog", timeout: .seconds(3))
        #expect(try await scene.pool.query(Query("SHOW search_path"))[0].text(0) == "\"$user\", public")
        #expect(try await scene.pool.query(Query("SHOW statement_timeout"))[0].text(0) == "20s")
    }

    @Test func aTransactionLeftOpenByAQueryEndsWithItsConnection() async throws {
        let scene = try await PostgresScene.make { $0.poolSize = 1 }
        let backend = "SELECT pg_backend_pid()"
        let before = try await scene.number(backend)
        #expect(try await scene.number(backend) == before)
        try await scene.pool.query(Query("BEGIN"))
        #expect(try await scene.number(backend) != before)
    }

    @Test func fiftyTransactionsAtOnceAreAllDone() async throws {
        let scene = try await sceneWithTable()
        try await scene.pool.execute(script: "CREATE TABLE sum (n int8); INSERT INTO sum VALUES (0)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await scene.pool.transaction { transaction in
                        let row = try await transaction.query(Query("SELECT n FROM sum FOR UPDATE"))[0]
                        let next = try row.int64(0) + 1
                        try await transaction.finish([
                            Query("UPDATE sum SET n = $1", [.int8(next)]), Query(insert, [.int8(Int64(number))]),
                        ])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await scene.number("SELECT n FROM sum") == 50)
        #expect(try await scene.number(count) == 50)
    }
}
