import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: sessions", .timeLimit(.minutes(1))) struct PostgresSessionTests {
    private let tryLock = Query("SELECT pg_try_advisory_lock(7)")

    @Test func anAdvisoryLockIsHeldWhileTheSessionLastsAndNoLonger() async throws {
        let scene = try await PostgresScene.make()
        try await scene.pool.withSession { first in
            #expect(try await first.query(tryLock)[0].bool(0))
            try await scene.pool.withSession { second in
                let rows = try await second.query(tryLock)
                #expect(try rows[0].bool(0) == false)
            }
        }
        try await eventually("the lock is free") {
            try await scene.pool.withSession { try await $0.query(tryLock)[0].bool(0) }
        }
    }

    @Test func itKnowsWhenItIsLost() async throws {
        let scene = try await PostgresScene.make()
        try await scene.pool.withSession { session in
            try await session.query(tryLock)
            #expect(!session.isLost)
            async let loss = session.waitUntilLost()
            try await scene.terminateAll()
            #expect(await loss != nil)
            #expect(session.isLost)
            let error = try await postgresError { try await session.query(Query("SELECT 1")) }
            #expect(error.code == .connection)
        }
    }

    @Test func waitingForTheLossEndsWithTheTask() async throws {
        let scene = try await PostgresScene.make()
        try await scene.pool.withSession { session in
            let waiting = Task { await session.waitUntilLost() }
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
    }

    @Test func aSilentServerCountsAsLost() async throws {
        let port = try await PostgresServer.shared().port
        let proxy = try TCPProxy(to: port)
        let url = try await PostgresScene.newDatabase()
        let scene = try PostgresScene.make(url: url.replacing(":\(port)/", with: ":\(proxy.port)/")) {
            $0.heartbeat = .milliseconds(50)
            $0.connectTimeout = .seconds(4)
        }
        try await scene.pool.withSession { session in
            try await session.query(tryLock)
            proxy.blackHole()
            let loss = await session.waitUntilLost()
            #expect(loss?.code == .timeout)
        }
    }

    @Test func itHasTransactionsAndSettingsOfItsOwn() async throws {
        let scene = try await PostgresScene.make()
        try await scene.pool.withSession { session in
            try await session.execute(script: "SET TimeZone = 'Europe/Copenhagen'; CREATE TABLE t (id int8)")
            #expect(try await session.query(Query("SHOW TimeZone"))[0].text(0) == "Europe/Copenhagen")
            try await session.transaction { try await $0.finish([Query("INSERT INTO t VALUES (1)")]) }
            await #expect(throws: PostgresError.self) {
                try await session.transaction { transaction in
                    try await transaction.query(Query("INSERT INTO t VALUES (2)"))
                    try await transaction.query(Query("SELECT 1/0"))
                }
            }
            #expect(try await session.query(Query("SELECT count(*) FROM t"))[0].int64(0) == 1)
        }
    }

    @Test func aSessionThatCannotBeOpenedThrows() async throws {
        let scene = try PostgresScene.make(url: "postgresql://nobody@127.0.0.1:1/none")
        let error = try await postgresError { try await scene.pool.withSession { _ in } }
        #expect(error.code == .connection)
    }

    @Test func itEndsWithThePool() async throws {
        let scene = try await PostgresScene.make()
        try await scene.pool.withSession { session in
            await scene.pool.close()
            #expect(session.isLost)
            let error = try await postgresError { try await session.query(Query("SELECT 1")) }
            #expect(error.code == .closed || error.code == .connection)
        }
    }
}
