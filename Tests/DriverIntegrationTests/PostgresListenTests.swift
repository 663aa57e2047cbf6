import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: LISTEN", .timeLimit(.minutes(1))) struct PostgresListenTests {
    @Test func notificationsArriveWithTheirPayload() async throws {
        let scene = try await PostgresScene.make()
        var heard = scene.pool.listen("due \"now\"").makeAsyncIterator()
        #expect(await heard.next() == .listening)
        try await scene.pool.query(Query("SELECT pg_notify('due \"now\"', '17')"))
        #expect(await heard.next() == .notified(payload: "17"))
        try await scene.pool.query(Query("SELECT pg_notify('other', '18'), pg_notify('due \"now\"', '')"))
        #expect(await heard.next() == .notified(payload: ""))
    }

    @Test func itListensAgainAfterItsBackendWasTerminated() async throws {
        let scene = try await PostgresScene.make()
        var heard = scene.pool.listen("due").makeAsyncIterator()
        for number in 0..<3 {
            #expect(await heard.next() == .listening)
            try await scene.pool.query(Query("SELECT pg_notify('due', '\(number)')"))
            #expect(await heard.next() == .notified(payload: "\(number)"))
            try await scene.terminateAll()
        }
        #expect(await heard.next() == .listening)
    }

    @Test func itNoticesAFrozenServerByItsHeartbeat() async throws {
        let port = try await PostgresServer.shared().port
        let proxy = try TCPProxy(to: port)
        let url = try await PostgresScene.newDatabase()
        let log = PostgresLog()
        let scene = try PostgresScene.make(
            url: url.replacing(":\(port)/", with: ":\(proxy.port)/"), logger: log.logger
        ) {
            $0.heartbeat = .milliseconds(50)
            $0.connectTimeout = .seconds(4)
        }
        var heard = scene.pool.listen("due").makeAsyncIterator()
        #expect(await heard.next() == .listening)
        proxy.blackHole()
        try await eventually("the loss is noticed") { log.all.contains("a listener has lost PostgreSQL") }
        proxy.pass()
        #expect(await heard.next() == .listening)
    }

    @Test func theStreamEndsWithThePool() async throws {
        let scene = try await PostgresScene.make()
        var heard = scene.pool.listen("due").makeAsyncIterator()
        #expect(await heard.next() == .listening)
        await scene.pool.close()
        #expect(await heard.next() == nil)
        var late = scene.pool.listen("due").makeAsyncIterator()
        #expect(await late.next() == nil)
    }

    @Test func whoStopsListeningLeavesNoConnectionBehind() async throws {
        let scene = try await PostgresScene.make { $0.poolSize = 1 }
        let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        let task = Task {
            for await _ in scene.pool.listen("due") {}
        }
        try await eventually("it listens") { try await scene.number(connections) == 2 }
        task.cancel()
        await task.value
        try await eventually("its connection has gone") { try await scene.number(connections) == 1 }
    }
}
