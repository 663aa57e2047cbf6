import Foundation
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersScheduling
import TestSupport

/// A virtual host of the suite's own on the RabbitMQ that the tests share, with the topology of the services. The
/// tests of a suite run one after another and leave no messages but dead letters, which the next one forgets.
struct BrokerScene: Sendable {
    let configuration: AMQPConfiguration
    /// Publishes what other services would.
    let publisher: Publisher
    private let running: Task<Void, Never>

    /// - Parameter listening: also declares `listener`, a queue that gets everything published on `reminders.log`.
    init(listening: Bool = false) async throws {
        var configuration = try AMQPConfiguration(url: await RabbitMQServer.shared().createVirtualHost())
        configuration.connectTimeout = .seconds(10)
        self.configuration = configuration
        var topology = Topology.reminders()
        if listening {
            topology.queues.append(RemindersAMQP.Queue(name: BrokerScene.listener))
            topology.bindings.append(
                RemindersAMQP.Binding(
                    exchange: RemindersContracts.Exchange.log.rawValue, queue: BrokerScene.listener, routingKey: "#"))
        }
        try await declareTopology(configuration: configuration, topology: topology)
        // Others publish larger bodies than we take in.
        configuration.maximumBodyBytes = 1_000_000
        let publisher = Publisher(configuration: configuration, logger: Scene.quiet)
        self.publisher = publisher
        running = Task { await publisher.run() }
        try await eventually("a publisher that is ready") { publisher.isReady }
    }

    /// The queue that hears what is logged.
    static let listener = "listener"

    /// Publishes messages and waits until the broker has them.
    func publish(_ messages: Message...) async throws { try await publish(messages) }

    /// Publishes messages and waits until the broker has them.
    func publish(_ messages: [Message]) async throws {
        for outcome in await publisher.publish(messages) {
            if let error = outcome.error { throw error }
        }
    }

    /// How many messages are ready in a queue.
    func count(_ queue: String) async throws -> Int {
        try await queueStatus(configuration: configuration, queue: queue).messages
    }

    /// Waits until nothing is ready in a queue, and nothing comes back when its consumers are gone: call it after them.
    func waitUntilEmpty(_ queue: RemindersContracts.Queue) async throws {
        try await eventually("an empty \(queue.rawValue)") { try await count(queue.rawValue) == 0 }
    }

    /// Removes what earlier tests left in queues.
    func forget(_ queues: String...) async throws {
        for queue in queues { _ = try await purgeQueue(configuration: configuration, queue: queue) }
    }

    /// Takes messages from a queue, acknowledges them, and waits until there are that many.
    ///
    /// - Parameter bytes: the largest body that is taken in whole.
    func take(_ wanted: Int, from queue: String, upTo bytes: Int = Limits.bodyBytes) async throws -> [Delivery] {
        var configuration = configuration
        configuration.maximumBodyBytes = bytes
        let consumer = Consumer(configuration: configuration, queue: queue, prefetch: wanted, logger: Scene.quiet)
        let running = Task { await consumer.run() }
        let taken = Taken()
        let taking = Task {
            while await taken.count < wanted, let batch = await consumer.nextBatch(upTo: wanted) {
                await taken.add(batch)
                consumer.acknowledge(batch)
            }
        }
        defer {
            running.cancel()
            taking.cancel()
        }
        try await eventually("\(wanted) messages from \(queue)") { await taken.count >= wanted }
        await consumer.close()
        await running.value
        return await taken.deliveries
    }

    private actor Taken {
        private(set) var deliveries: [Delivery] = []
        var count: Int { deliveries.count }

        func add(_ batch: [Delivery]) {
            deliveries += batch
        }
    }

    /// A publisher and a consumer as a service has them, while `body` runs; then the consumer stops, `work` returns,
    /// and both connections are closed.
    func withConnections(
        to queue: RemindersContracts.Queue, prefetch: Int = 100,
        work: @escaping @Sendable (Publisher, Consumer) async -> Void, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Void, whenStopped: () -> Void = {}
    ) async throws {
        let publisher = Publisher(configuration: configuration, logger: Scene.quiet)
        let consumer = Consumer(
            configuration: configuration, queue: queue.rawValue, prefetch: prefetch, logger: Scene.quiet)
        let publishing = Task { await publisher.run() }
        let consuming = Task { await consumer.run() }
        let working = Task { await work(publisher, consumer) }
        do {
            try await eventually(within: .seconds(20), "connections") { publisher.isReady && consumer.isReady }
            try await body()
        } catch {
            for task in [working, consuming, publishing] { task.cancel() }
            throw error
        }
        await consumer.stop()
        whenStopped()
        await working.value
        await consumer.close()
        await publisher.stop()
        await consuming.value
        await publishing.value
    }
}

extension Delivery {
    /// Why it is a dead letter.
    var reason: String? { properties.headers[Header.reason]?.string }
}

extension Scene {
    /// Due messages of what `addDueReminders` made.
    ///
    /// - Parameter other: whose they say they are; nil for what is so.
    func dueMessages(_ occurrences: [Int64], ofReminder other: Int64? = nil) async throws -> [Message] {
        try await occurrences.asyncMap { id in
            let reminder = try await number("SELECT reminder_id FROM sag_reminder_queue WHERE id = $1", [.int8(id)])
            let due = ReminderDue(
                occurrenceID: id, reminderID: other ?? reminder, trigger: .timeBased,
                dueAt: Instant(seconds: 1_770_000_000), about: CaseReference(entityType: "case", id: "123"),
                title: "Follow up", priority: .normal)
            return Message(reminderDue: due, traceparent: nil)
        }
    }
}

/// Case events.
extension BrokerScene {
    /// Takes in case events while `body` runs.
    func takingInCaseEvents(of scene: Scene, _ body: () async throws -> Void) async throws {
        let store = try scene.store(as: .scheduler)
        try await withConnections(to: .caseEvents) { publisher, consumer in
            await CaseEventIntake(
                store: store, consumer: consumer,
                deadLetters: DeadLetterOffice(
                    store: store, publisher: publisher, queue: CaseEventIntake.queue, logger: Scene.quiet),
                logger: Scene.quiet
            ).run()
        } _: {
            try await body()
        }
    }
}
