import Foundation
import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: a server that fails", .timeLimit(.minutes(1))) struct PostgresFailureTests {
    @Test func theNextQueryWorksAfterTheBackendWasTerminated() async throws {
        let scene = try await PostgresScene.make()
        let before = try await scene.number("SELECT pg_backend_pid()")
        for _ in 0..<5 {
            try await scene.terminateAll()
            #expect(try await scene.number("SELECT pg_backend_pid()") != before)
        }
    }

    @Test func aTransactionWhoseBackendWasTerminatedFailsAndCanBeRetried() async throws {
        let scene = try await PostgresScene.make()
        let error = try await postgresError {
            try await scene.pool.transaction { transaction in
                try await transaction.query(Query("SELECT 1"))
                try await scene.terminateAll()
                try await transaction.query(Query("SELECT 2"))
            }
        }
        #expect(error.code == .connection || error.sqlState == "57P01")
        #expect(error.isRetryable)
        let three = try await scene.pool.transaction { try await $0.query(Query("SELECT 3"))[0].int64(0) }
        #expect(three == 3)
    }

    @Test func ofSeveralServersTheOneThatCanBeWrittenToIsUsedAlsoWhenAnotherTakesItsPlace() async throws {
        let (one, two) = (try await PostgresServer.start(), try await PostgresServer.start())
        func port(_ url: String) throws -> Int64 { Int64(try #require(URL(string: url)?.port)) }
        let (first, second) = (":\(try port(one.url))/", ":\(try port(two.url))/")
        let password = try #require(URL(string: one.url)?.password())
        try await PostgresScene.make(url: two.url).pool.query(Query("ALTER ROLE CURRENT_USER PASSWORD '\(password)'"))
        func makeReadOnly(_ place: String, _ isReadOnly: Bool) async throws {
            let scene = try PostgresScene.make(url: one.url.replacing(first, with: place))
            // Not by a query: ALTER SYSTEM can't be part of a pipeline.
            try await scene.pool.withSession { session in
                try await session.execute(script: "ALTER SYSTEM SET default_transaction_read_only = \(isReadOnly)")
                try await session.execute(script: "SELECT pg_reload_conf()")
            }
            try await eventually("settings that are read") {
                try await scene.pool.query(Query("SHOW default_transaction_read_only"))[0].text(0)
                    == (isReadOnly ? "on" : "off")
            }
        }
        try await makeReadOnly(first, true)
        let both = first.dropLast() + ",127.0.0.1" + second
        let scene = try PostgresScene.make(url: one.url.replacing(first, with: both))
        func writesTo() async throws -> Int64? {
            try await scene.pool.query(Query("CREATE TABLE IF NOT EXISTS written ()"))
            return try await scene.number("SELECT inet_server_port()")
        }
        #expect(try await writesTo() == (try port(two.url)))
        try await makeReadOnly(second, true)
        try await makeReadOnly(first, false)
        try await eventually(within: .seconds(10), "the other is written to") {
            try await (try? writesTo()) == port(one.url)
        }
    }

    @Test func killedAndStartedAgainItIsUsedAgain() async throws {
        let server = try await PostgresServer.start()
        let scene = try PostgresScene.make(url: server.url)
        #expect(try await scene.number("SELECT 1") == 1)
        #expect(scene.pool.isReady)
        async let running = postgresError { try await scene.pool.query(Query("SELECT pg_sleep(60)")) }
        try await eventually("the query runs") {
            try await scene.number("SELECT count(*) FROM pg_stat_activity WHERE query ~ 'sleep.6[0]'") == 1
        }
        try await server.kill()
        let cut = try await running
        #expect(cut.code == .connection || cut.sqlState?.hasPrefix("57P") == true)
        try await eventually("the pool notices") { !scene.pool.isReady }
        let refused = try await postgresError { try await scene.pool.query(Query("SELECT 1")) }
        #expect(refused.code == .connection)
        #expect(refused.isRetryable)
        #expect(await !scene.pool.ping())

        try await server.restart()
        try await eventually("the pool is ready again by itself") { scene.pool.isReady }
        #expect(try await scene.number("SELECT 1") == 1)
        try await server.remove()
    }

    @Test func aFrozenServerEndsInATimeoutInTime() async throws {
        let server = try await PostgresServer.start()
        let scene = try PostgresScene.make(url: server.url) {
            $0.statementTimeout = .milliseconds(300)
            $0.replyMargin = .milliseconds(200)
            $0.connectTimeout = .seconds(2)
        }
        try await scene.pool.execute(script: "CREATE TABLE t (id int8)")
        #expect(try await scene.number("SELECT 1") == 1)
        try await server.freeze()
        let clock = ContinuousClock()
        let started = clock.now
        let error = try await postgresError { try await scene.pool.query(Query("SELECT 2")) }
        #expect(error.code == .timeout)
        #expect(clock.now - started < .seconds(4))
        let connecting = try await postgresError { try await scene.pool.query(Query("SELECT 3")) }
        #expect(connecting.code == .timeout)
        #expect(clock.now - started < .seconds(8))
        try await server.resume()
        try await eventually("it answers again") { try await scene.number("SELECT 4") == 4 }

        let inDoubt = try await postgresError {
            try await scene.pool.transaction { transaction in
                try await transaction.query(Query("INSERT INTO t VALUES (1)"))
                try await server.freeze()
                try await transaction.finish()
            }
        }
        #expect(inDoubt.code == .commitInDoubt)
        try await server.resume()
        try await server.remove()
    }

    @Test func aNetworkThatSwallowsEverythingEndsInATimeout() async throws {
        let port = try await PostgresServer.shared().port
        let proxy = try TCPProxy(to: port)
        let url = try await PostgresScene.newDatabase()
        let scene = try PostgresScene.make(url: url.replacing(":\(port)/", with: ":\(proxy.port)/")) {
            $0.statementTimeout = .milliseconds(300)
            $0.replyMargin = .milliseconds(200)
        }
        #expect(await scene.pool.ping())
        proxy.blackHole()
        // A large statement, so that sending does not end either.
        let large = PostgresValue.bytes([UInt8](repeating: 7, count: 32 << 20))
        let error = try await postgresError { try await scene.pool.query(Query("SELECT length($1)", [large])) }
        #expect(error.code == .timeout)
        proxy.pass()
        try await eventually(within: .seconds(20), "it answers again") {
            try await scene.number("SELECT length($1)::int8", [large]) == 32 << 20
        }
    }

    @Test func wrongNamesAndPasswordsAreToldAtOnceAndAreNotRetryable() async throws {
        let url = try await PostgresScene.newDatabase()
        let wrongPassword = try PostgresScene.make(url: url.replacing(#/:[^:@]*@/#, with: ":hunter2@"))
        let refused = try await postgresError { try await wrongPassword.pool.query(Query("SELECT 1")) }
        #expect(refused.code == .connection)
        #expect(refused.sqlState == "28P01")
        #expect(!refused.isRetryable && !refused.isTransient)
        #expect(!"\(refused)".contains("hunter2"))
        let wrongDatabase = try PostgresScene.make(url: "\(url)-none")
        let missing = try await postgresError { try await wrongDatabase.pool.query(Query("SELECT 1")) }
        #expect(missing.sqlState == "3D000")
        let wrongHost = try PostgresScene.make(url: "postgresql://reminders@no-such-host.invalid/reminders")
        let unknown = try await postgresError { try await wrongHost.pool.query(Query("SELECT 1")) }
        #expect(unknown.code == .connection || unknown.code == .timeout)
    }

    @Test func aHostNameIsLookedUpAndEachOfItsAddressesTried() async throws {
        let url = try await PostgresScene.newDatabase()
        // The server listens on 127.0.0.1 only; localhost may be ::1 first.
        let scene = try PostgresScene.make(url: url.replacing("127.0.0.1", with: "localhost"))
        #expect(try await scene.number("SELECT 1") == 1)
        let second = try PostgresScene.make(
            url: url.replacing("@127.0.0.1:", with: "@127.0.0.1:1,localhost:"))
        #expect(try await second.number("SELECT 1") == 1)
    }

    @Test func connectionsThatTheServerRefusesForTheirNumberAreWaitedFor() async throws {
        let server = try await PostgresServer.start(
            configuration: "max_connections = 6\nsuperuser_reserved_connections = 0")
        let scene = try PostgresScene.make(url: server.url) { $0.poolSize = 20 }
        #expect(await scene.pool.ping())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<60 {
                group.addTask { try await scene.pool.query(Query("SELECT pg_sleep(0.01)")) }
            }
            try await group.waitForAll()
        }
        try await server.remove()
    }
}
