import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersPostgres
import Synchronization
import TestSupport
import Testing

@testable import RemindersSending
@testable import RemindersStore

/// A suite of tests of a sender, one after the other on a broker of the suite's own.
protocol SenderSuite {
    var sender: SendingScene { get }
}

extension SenderSuite {
    var broker: BrokerScene { sender.broker }
    var scene: Scene { sender.scene }
    var channel: ScriptedChannel { sender.channel }
    /// Where the queue's messages wait for their second attempt.
    var retries: String { SendingScene.queue.retryQueue(after: RetryLadder.standard.delays[0]) }
}

/// A sender of mail between a real broker and a real database, with a channel that does as it is told.
struct SendingScene: Sendable {
    static let queue = RemindersContracts.Queue.deliveries(of: .email)

    let scene: Scene
    let broker: BrokerScene
    let channel = ScriptedChannel()

    private static let brokers = Mutex<[ObjectIdentifier: Task<BrokerScene, any Error>]>([:])

    /// The scene of one test: a database of its own, on the broker of its suite.
    static func ofTest(in suite: any SenderSuite.Type) async throws -> SendingScene {
        let broker = brokers.withLock { brokers in
            let broker = brokers[ObjectIdentifier(suite)] ?? Task { try await BrokerScene(listening: true) }
            brokers[ObjectIdentifier(suite)] = broker
            return broker
        }
        return try await SendingScene(broker: broker.value)
    }

    init(broker: BrokerScene) async throws {
        self.broker = broker
        scene = try await Scene.make()
        try await broker.forget(SendingScene.queue.deadLetterQueue, BrokerScene.listener)
        // What an earlier test left to be tried again would come back during this one, under the same numbers.
        for delay in RetryLadder.standard.delays {
            try await broker.forget(SendingScene.queue.retryQueue(after: delay))
        }
        try await broker.forget(SendingScene.queue.rawValue)
    }

    /// Requested deliveries in the ledger, one for each occurrence from 1, and their messages.
    func request(_ occurrences: Int, for user: String = "1", title: String = "Follow up") async throws -> [Message] {
        let rows = try await scene.pool.query(
            Query(
                """
                INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at)
                SELECT number, $2, 'email', gen_random_uuid(), 1, 'requested', now() FROM generate_series(1, $1) number
                RETURNING occurrence_id, id::text
                """, [.int4(Int32(occurrences)), .text(user)]))
        let now = Instant(seconds: 1_770_000_000)
        return try rows.map { row in
            let request = DeliveryRequested(
                ShownReminder(
                    deliveryID: try deliveryID(row), occurrenceID: try row.int64(0), reminderID: 1, title: title,
                    about: CaseSummary(reference: CaseReference(entityType: "case", id: "123")), dueAt: now),
                to: .user(user), through: .email, address: "user\(user)@example.com", locale: "en", timeZone: "UTC",
                requestedAt: now)
            return Message(deliveryRequested: request, traceparent: nil)
        }
    }

    /// The deliveries of these occurrences, which are the database's own, by mail to a user; and their messages.
    ///
    /// - Parameter asDigest: one message carries them all, the first is the carrier.
    func request(of occurrences: [Int64], for user: String = "1", asDigest: Bool = false) async throws -> [Message] {
        let rows = try await scene.pool.query(
            Query(
                """
                INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at,
                    carrier_occurrence_id)
                SELECT id, $2, 'email', gen_random_uuid(), reminder_id, 'requested', due_at, $3
                FROM sag_reminder_queue WHERE id = ANY ($1)
                RETURNING occurrence_id, id::text, reminder_id
                """, [.int8Array(occurrences), .text(user), asDigest ? .int8(occurrences[0]) : .null]))
        let now = Instant(seconds: 1_770_000_000)
        let items = try rows.map { row in
            ShownReminder(
                deliveryID: try deliveryID(row), occurrenceID: try row.int64(0), reminderID: try row.int64(2),
                title: "Nr. \(try row.int64(0))",
                about: CaseSummary(reference: CaseReference(entityType: "case", id: "123")), dueAt: now)
        }.sorted { $0.occurrenceID < $1.occurrenceID }
        func message(_ item: ShownReminder, _ digest: [ShownReminder]) -> Message {
            Message(
                deliveryRequested: DeliveryRequested(
                    item, to: .user(user), through: .email, address: "user\(user)@example.com", locale: "en",
                    timeZone: "UTC", requestedAt: now, digest: digest), traceparent: nil)
        }
        return asDigest ? [message(items[0], Array(items.dropFirst()))] : items.map { message($0, []) }
    }

    private func deliveryID(_ row: Row) throws -> DeliveryID { try #require(DeliveryID(try row.text(1))) }

    /// Runs a sender while `body` runs; then it finishes what it has in hand.
    ///
    /// - Parameter whenStopped: what happens when it has been told to stop, and has not finished yet.
    func sending(
        dryRun: Bool = false, longestTrialWait: Duration = .milliseconds(200), _ body: () async throws -> Void,
        whenStopped: () -> Void = {}
    ) async throws {
        let store = try scene.store(as: .sender)
        let presence = Presence(store: store, logger: Scene.quiet)
        let showing = Task { await presence.run() }
        defer { showing.cancel() }
        await presence.certain()
        var configuration = Sending.Configuration()
        configuration.isDryRun = dryRun
        configuration.longestTrialWait = longestTrialWait
        let running = Mutex<Sending?>(nil)
        try await broker.withConnections(to: SendingScene.queue) { [configuration, channel] publisher, consumer in
            let sending = Sending(
                channel: channel, store: store, consumer: consumer, publisher: publisher,
                deadLetters: DeadLetterOffice(
                    store: store, publisher: publisher, queue: SendingScene.queue, logger: Scene.quiet),
                presence: presence, configuration: configuration, logger: Scene.quiet)
            running.withLock { $0 = sending }
            await sending.run()
        } _: {
            try await body()
        } whenStopped: {
            if let sending = running.withLock({ $0 }) { Task { await sending.stop() } }
            whenStopped()
        }
    }

    /// Waits until this many deliveries have ended.
    func waitForEnds(_ count: Int, within limit: Duration = .seconds(10)) async throws {
        try await eventually(within: limit, "\(count) deliveries that ended") {
            try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'") == Int64(count)
        }
    }

    /// `1 sent 1 250 OK`, by occurrence.
    func ends() async throws -> [String] {
        try await scene.texts(
            """
            SELECT concat_ws(' ', occurrence_id, outcome, attempt, reason, reply) FROM sag_reminder_logs
            WHERE kind = 'delivery' ORDER BY occurrence_id
            """)
    }

    /// `1 deferred 1`, in the order they were made.
    func attempts() async throws -> [String] {
        try await scene.texts(
            "SELECT concat_ws(' ', occurrence_id, outcome, attempt) FROM sag_reminder_logs WHERE kind = 'attempt' ORDER BY id"
        )
    }
}
