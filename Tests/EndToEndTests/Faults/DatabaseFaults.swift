import TestSupport

extension FaultScene {
    /// PostgreSQL breaks.
    static let database = [
        FaultScene("kill-database", "kill -9 of PostgreSQL", breaking: .database) { run in
            try run.startEach()
            try await run.underLoad {
                try await run.waitForMore()
                allowInHand(run)
                try await run.fault {
                    try await run.postgres?.kill()
                    try await run.postgres?.restart()
                }
            }
        },
        FaultScene("freeze-database", "PostgreSQL stands still", breaking: .database) { run in
            try run.startEach()
            try await run.underLoad {
                try await run.waitForMore()
                allowInHand(run)
                try await run.fault {
                    try await run.postgres?.freeze()
                    try await run.staysBroken(for: .seconds(30))
                    try await run.postgres?.resume()
                }
            }
        },
        FaultScene("end-sessions", "PostgreSQL ends the sessions of all services, again and again", isShort: true) {
            run in
            try run.startEach()
            try await run.underLoad(of: 60, short: .seconds(8), long: .seconds(45)) {
                try await run.waitForMore()
                try await run.fault { try await run.scene.run(endSessions) }
            }
        },
        FaultScene("no-connections", "PostgreSQL refuses every new connection: there are too many") { run in
            try run.startEach()
            try await run.underLoad(long: .seconds(45)) {
                try await run.waitForMore()
                try await run.fault {
                    try await run.scene.run(limitConnections(to: 0) + endSessions)
                    try await run.staysBroken(for: .seconds(10))
                    try await run.scene.run(limitConnections(to: -1))
                }
            }
        },
        FaultScene("disk-full", "PostgreSQL's disk is full", breaking: .databaseOnSmallDisk) { run in
            try run.startEach()
            try await run.underLoad(of: 100, long: .seconds(45)) {
                try await run.waitForMore()
                allowInHand(run)
                try await run.fault {
                    try await run.postgres?.fillDisk()
                    try await run.staysBroken(for: .seconds(15))
                    try await run.postgres?.emptyDisk()
                }
            }
        },
    ]

    /// What is on the wire when the database goes is recorded when it is back; where the process' presence ends with its
    /// session, another may take it over meanwhile.
    private static func allowInHand(_ run: FaultRun) { run.allowCopies(4 * FaultRun.connections) }

    private static let endSessions = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND usename LIKE 'reminders\\_%';
        """

    /// Superusers are not counted, and go on.
    private static func limitConnections(to limit: Int) -> String {
        """
        DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT \(limit)', current_database()); END $$;
        """
    }

    /// The database knows less than broker and mailboxes.
    static let restored = [
        FaultScene("restore-database", "PostgreSQL restored from an older backup", breaking: .database, isShort: true) {
            run in
            guard let postgres = run.postgres else { return }
            run.allowDeadLetters()
            try run.startEach(1, afterRestore)
            for _ in 1...(isLong ? 3 : 1) { try await restore(postgres, run) }
        }
    ]

    /// What was on its way when the backup was made has been taken out of the broker since.
    private static let afterRestore = ["REMINDERS_LOST_AFTER": "5"]

    private static let deliveryOfQueued = "SELECT FROM deliveries d WHERE d.occurrence_id = q.id"

    /// All is for one person, by mail: a request of before differs from the one that has its number now by its id alone.
    private static func restore(_ postgres: PostgresServer, _ run: FaultRun) async throws {
        func load() async throws {
            try await run.underLoad(short: .seconds(3), long: .seconds(8), channel: "email", to: 1...1) {
                try await run.waitForMore()
            }
        }
        try await load()
        try await postgres.backUp()
        let before = run.numbersGiven
        try await load()
        // The broker is left with requests of numbers that the database is going to give to others, and due messages.
        _ = try await run.anyService(of: ["email-sender"]).terminate()
        try await run.put(60, channel: "email", to: 1...1)
        try await run.scene.wait(
            for: "(SELECT count(*) FROM deliveries WHERE state = 'requested') >= 60", within: run.patience)
        _ = try await run.anyService(of: ["rate-limiter"]).terminate()
        try await run.put(60, channel: "email", to: 1...1)
        try await run.scene.wait(
            for: "(SELECT count(published_at) FROM sag_reminder_queue) = (SELECT count(*) FROM sag_reminders)",
            within: run.patience)
        let given = run.numbersGiven - before
        try await run.forgetting { try await run.fault { try await postgres.restore() } }
        try await run.put(given, channel: "email", to: 1...1)
        // Each comes when there is somebody else with the number that a message of before names.
        try await run.scene.wait(
            for: "(SELECT count(*) FROM sag_reminder_queue) = (SELECT count(*) FROM sag_reminders)",
            within: run.patience)
        try run.start("rate-limiter", afterRestore)
        try await run.scene.wait(
            for: "NOT EXISTS (SELECT FROM sag_reminder_queue q WHERE NOT EXISTS (\(deliveryOfQueued)))",
            within: run.patience)
        try run.start("email-sender", afterRestore)
        try await load()
    }
}
