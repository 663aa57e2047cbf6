import Glibc
import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersGround
import RemindersStore

/// Keeps the streams of this process in step with the lists: from the broker it hears of new pop-ups, from PostgreSQL
/// of settled ones. What got lost on either way is found by looking at the lists themselves: after each reconnect, and
/// otherwise once a minute.
public final class PopupFeed: Sendable {
    /// How many pop-ups of a person are on their streams; older ones are fetched page by page.
    static let newest = 100
    /// How many people are looked up at once.
    private static let peopleAtOnce = 500
    private static let interval = Duration.seconds(60)

    private let hub: PopupHub
    private let store: ReminderStore
    private let consumer: Consumer
    private let logger: Logger
    private let comparing: Duty
    private let hearing: Duty
    private let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// A feed for the streams of `hub`. The consumer of this instance's own queue stays the caller's to run.
    public init(hub: PopupHub, store: ReminderStore, consumer: Consumer, logger: Logger) {
        self.hub = hub
        self.store = store
        self.consumer = consumer
        self.logger = logger
        comparing = Duty("lists", first: .seconds(1), logger: logger)
        hearing = Duty("settled", first: .seconds(1), logger: logger)
    }

    /// What it has to get done.
    public var duties: [Duty] { [comparing, hearing] }

    /// A name for the queue of one instance that no other instance ever has.
    public static func newQueue() -> String {
        BrokerUser.popupQueuePrefix + String(UInt64.random(in: 0 ... .max), radix: 36)
    }

    /// The exchange of pop-ups, and a queue of this instance alone, gone with its connection, that gets every
    /// pop-up.
    ///
    /// - Parameter passive: whether the exchange has to be there already.
    public static func topology(queue name: String, passive: Bool) -> Topology {
        var topology = Topology.reminders(exchanges: [.popups], passive: passive)
        topology.queues.append(
            RemindersAMQP.Queue(
                name: name, durable: false, exclusive: true, autoDelete: true,
                arguments: ["x-max-length": .int64(100_000)]))
        topology.bindings.append(
            RemindersAMQP.Binding(exchange: RemindersContracts.Exchange.popups.rawValue, queue: name))
        return topology
    }

    /// Shows what comes from the broker until the consumer is stopped.
    public func showNew() async {
        while let deliveries = await consumer.nextBatch(upTo: 512) {
            for delivery in deliveries {
                do {
                    try MessageKind.popupShown.require(type: delivery.properties.type)
                    hub.show(try PopupShown(decoding: delivery.body))
                } catch {
                    logger.warning("a pop-up could not be read", metadata: ["error": "\(error)"])
                }
            }
            consumer.acknowledge(deliveries)
        }
    }

    /// Tells streams what is settled. Runs until the task is cancelled.
    public func hearOfSettled() async {
        guard let channel = await channel() else { return }
        for await notification in store.popupNotifications(on: channel) {
            switch notification {
            case .listening: wake.continuation.yield()
            case .notified(let payload): await settle(payload)
            }
        }
    }

    /// Compares the streams with the lists. Runs until the task is cancelled.
    public func compare() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                // The broker's queue was empty when it was declared: what came before is on the lists only.
                while !Task.isCancelled {
                    _ = await self.consumer.waitUntilReady()
                    self.wake.continuation.yield()
                    while self.consumer.isReady, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(500)) }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: PopupFeed.interval)
                    self.wake.continuation.yield()
                }
            }
            for await _ in wake.stream {
                guard case .failed(let pause) = await comparing.attempt({ try await compareAll() }) else { continue }
                try? await Task.sleep(for: pause)
                wake.continuation.yield()
            }
        }
    }

    /// Sends heartbeats, and ends the streams whose tokens have run out. Runs until the task is cancelled.
    public func beat() async {
        var second = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            hub.beat(second: second)
            hub.endExpired(now: Int64(time(nil)))
            second += 1
        }
    }

    /// Where settled pop-ups are told of; nil when the task was cancelled before the database said so.
    private func channel() async -> String? {
        while !Task.isCancelled {
            switch await hearing.attempt({ try await store.popupChannel() }) {
            case .done(let channel): return channel
            case .failed(let pause): try? await Task.sleep(for: pause)
            }
        }
        return nil
    }

    private func compareAll() async throws {
        let users = hub.users
        for start in stride(from: 0, to: users.count, by: PopupFeed.peopleAtOnce) {
            try await compare(Array(users[start..<min(start + PopupFeed.peopleAtOnce, users.count)]))
        }
    }

    private func compare(_ users: [OpaqueID]) async throws {
        let pending = try await store.pendingPopups(ofUsers: users, limit: PopupFeed.newest)
        for user in users {
            let popups = pending[user, default: []]
            for connection in hub.connections(of: user) {
                for event in connection.synchronize(popups) { connection.events.put(event) }
            }
        }
    }

    private func settle(_ payload: String) async {
        guard let value = try? JSONValue(parsing: payload.utf8), let user = value["user"]?.text.map({ OpaqueID($0) }),
            let how = value["kind"]?.text, case .array(let numbers)? = value["ids"]
        else {
            return logger.warning("a notification could not be read", metadata: ["channel": "popups"])
        }
        guard how == "restored" else { return hub.settle(numbers.compactMap(\.integer), how: how, userID: user) }
        // What was taken back is on the list again.
        guard !hub.connections(of: user).isEmpty else { return }
        do {
            try await compare([user])
        } catch {
            wake.continuation.yield()
        }
    }
}
