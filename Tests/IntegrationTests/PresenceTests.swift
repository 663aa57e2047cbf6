import RemindersGround
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// How a process shows the others that it lives, when its session is lost in each of the ways there are.
@Suite(.timeLimit(.minutes(1))) struct PresenceTests {
    /// Runs a process's presence while `body` runs.
    private func showing(_ store: ReminderStore, _ body: (Presence) async throws -> Void) async throws {
        let presence = Presence(store: store, logger: Scene.quiet)
        let running = Task { await presence.run() }
        #expect(await presence.certain())
        do {
            try await body(presence)
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        await running.value
        #expect(!presence.isCertain)
    }

    private func holder(_ scene: Scene, _ presence: Presence) async throws -> Int64? {
        try await scene.pool.query(
            Query(
                """
                SELECT pid::bigint FROM pg_locks
                WHERE locktype = 'advisory' AND objid = $1::oid AND granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """, [.int4(presence.instance)])
        ).first?.int64(0)
    }

    @Test func `a session that was ended is followed by another at once`() async throws {
        let scene = try await Scene.make()
        try await showing(scene.store(as: .sender)) { presence in
            let first = try #require(try await holder(scene, presence))
            try await scene.run("SELECT pg_terminate_backend(\(first))")
            try await eventually("another session") {
                let now = try await holder(scene, presence)
                return now != nil && now != first
            }
            try await eventually { presence.isCertain }
            #expect(presence.trouble == nil)
        }
    }

    @Test func `while the server still keeps a lost session, the lock passes on, and nobody finds it free`()
        async throws
    {
        let scene = try await Scene.make()
        let line = try TCPProxy(to: scene.port)
        // As its own login: PostgreSQL lets nobody but a superuser end a superuser's session.
        let pool = try scene.pool(as: nil, through: line.port) {
            $0.heartbeat = .milliseconds(100)
            $0.connectTimeout = .milliseconds(300)
        }
        try await showing(ReminderStore(pool: pool)) { presence in
            let first = try #require(try await holder(scene, presence))
            // Not cancelled: that would end a query half-way.
            let isOver = Locked(false)
            defer { isOver.withLock { $0 = true } }
            let watch = Task {
                var timesDead = 0
                while !isOver.withLock({ $0 }) {
                    let isAlive = try await scene.text(
                        "SELECT is_living_instance($1)::text", [.int4(presence.instance)])
                    if isAlive == "false" { timesDead += 1 }
                }
                return timesDead
            }
            line.strand()
            try await eventually("it notices") { !presence.isCertain }
            #expect(presence.trouble != nil)
            try await eventually("another session with the lock") {
                guard let now = try await holder(scene, presence) else { return false }
                return now != first && presence.isCertain
            }
            isOver.withLock { $0 = true }
            #expect(try await watch.value == 0)
            // The server has no more of the former session.
            #expect(
                try await scene.number(
                    "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", [.int4(Int32(first))]) == 0)
        }
        await pool.close()
    }

    @Test func `who shows no sign of life is dead for the others soon, and knows it before them`() async throws {
        let scene = try await Scene.make()
        var pace = Presence.Pace()
        pace.signs = .seconds(60)
        pace.certainty = .milliseconds(500)
        pace.silence = .milliseconds(2_000)
        let presence = Presence(store: try scene.store(as: .sender), pace: pace, logger: Scene.quiet)
        let running = Task { await presence.run() }
        defer { running.cancel() }
        #expect(await presence.certain())
        let isOurs = presence.certaintyFromNowOn()
        #expect(isOurs())
        let first = try #require(try await holder(scene, presence))
        try await eventually("doubt") { !presence.isCertain }
        #expect(try await holder(scene, presence) == first, "nobody else can have taken anything over yet")
        // The server ends the session; the process has another one at once.
        try await eventually("another session") {
            let now = try await holder(scene, presence)
            return now != nil && now != first
        }
        #expect(!isOurs(), "what was claimed before may be another's")
    }

    @Test func `who shows signs of life keeps its lock, however long nothing else happens`() async throws {
        let scene = try await Scene.make()
        var pace = Presence.Pace()
        pace.signs = .milliseconds(100)
        pace.silence = .seconds(1)
        let presence = Presence(store: try scene.store(as: .sender), pace: pace, logger: Scene.quiet)
        let running = Task { await presence.run() }
        defer { running.cancel() }
        #expect(await presence.certain())
        let isOurs = presence.certaintyFromNowOn()
        let begun = try #require(try await holder(scene, presence))
        let start = ContinuousClock.now
        try await eventually("three times the silence that ends a session") {
            ContinuousClock.now - start > pace.silence * 3
        }
        #expect(isOurs())
        #expect(try await holder(scene, presence) == begun)
    }

    @Test func `a lock that somebody else holds is waited for, and the process is not certain meanwhile`() async throws
    {
        let scene = try await Scene.make()
        let presence = Presence(store: try scene.store(as: .sender), logger: Scene.quiet)
        try await scene.pool.withSession { other in
            _ = try await other.query(
                Query("SELECT pg_advisory_lock(1380273484, $1)", [.int4(presence.instance)]))
            let running = Task { await presence.run() }
            defer { running.cancel() }
            try await eventually("somebody who waits") {
                try await scene.number(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1::oid AND NOT granted",
                    [.int4(presence.instance)]) == 1
            }
            #expect(!presence.isCertain)
            #expect(presence.trouble?.contains("holds its lock") == true)
            // Somebody else's session is not ended for it.
            #expect(!other.isLost)
            _ = try await other.query(
                Query("SELECT pg_advisory_unlock(1380273484, $1)", [.int4(presence.instance)]))
            #expect(await presence.certain())
        }
    }

    @Test func `who waits for it can be told to stop waiting`() async throws {
        let scene = try await Scene.make()
        let presence = Presence(store: scene.store, logger: Scene.quiet)
        let waiting = Task { await presence.certain() }
        waiting.cancel()
        #expect(await !waiting.value)
    }
}
