import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersStore

/// The second step of the walk: who is told through which channels, now or later, and why.
///
/// Any number may run: decisions about one person are made one after the other under a lock in PostgreSQL, so the
/// limit is exact. What must wait is a row with a time, not an unacknowledged message; whichever rate-limiter looks
/// first releases it.
public final class RateLimiter: Sendable {
    /// What the operator says about limits and switches.
    public struct Policy: Sendable {
        /// Limit, switches and exceptions.
        public var switches: DecisionFacts.Switches
        /// How long a released delivery is this process's to publish.
        public var publishingLease: Duration = .seconds(30)
        /// Makes the id of a new delivery.
        public var newID: @Sendable (Instant) -> DeliveryID = { now in
            var random = SystemRandomNumberGenerator()
            return DeliveryID(at: now, random: (random.next(), random.next()))
        }

        /// A policy with these switches.
        public init(switches: DecisionFacts.Switches) {
            self.switches = switches
        }
    }

    /// Where due occurrences arrive.
    public static let queue = RemindersContracts.Queue.due

    let store: ReminderStore
    let consumer: Consumer
    let publisher: Publisher
    let deadLetters: DeadLetterOffice
    let policy: Policy
    let logger: Logger
    private let batchSize: Int
    private let batchesInFlight = 2

    /// A rate-limiter. Consumer and publisher stay the caller's to run.
    ///
    /// - Parameter batchSize: how many occurrences are decided about at once.
    public init(
        store: ReminderStore, consumer: Consumer, publisher: Publisher, deadLetters: DeadLetterOffice, policy: Policy,
        batchSize: Int = 256, logger: Logger
    ) {
        self.store = store
        self.consumer = consumer
        self.publisher = publisher
        self.deadLetters = deadLetters
        self.policy = policy
        self.batchSize = batchSize
        self.logger = logger
    }

    /// Decides until the consumer is stopped; returns when what was decided is published.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            var pace = Pace(.milliseconds(4))
            while let deliveries = await consumer.nextBatch(upTo: batchSize) {
                let due = await decode(deliveries)
                guard let outgoing = await decide(due.map(\.occurrenceID), isRelease: false)?.outgoing else { continue }
                if inFlight == batchesInFlight {
                    await group.next()
                    inFlight -= 1
                }
                group.addTask { await self.publishAndAcknowledge(outgoing, due) }
                inFlight += 1
                await pace.keep()
            }
            await group.waitForAll()
        }
    }

    private func decode(_ deliveries: [Delivery]) async -> [DueDelivery] {
        var due: [DueDelivery] = []
        var refused: [RefusedDelivery] = []
        for delivery in deliveries {
            do {
                try MessageKind.reminderDue.require(type: delivery.properties.type)
                due.append(
                    DueDelivery(delivery: delivery, occurrenceID: try ReminderDue(decoding: delivery.body).occurrenceID)
                )
            } catch {
                refused.append(RefusedDelivery(delivery: delivery, reason: error.description))
            }
        }
        if !refused.isEmpty { await deadLetters.take(refused, from: consumer) }
        return due
    }

    /// Decides and writes, trying until the database takes it or the shutdown's deadline has come (nil): nothing is
    /// acknowledged before.
    ///
    /// - Returns: what is to be published, and what was found to be published already.
    func decide(
        _ occurrences: [Int64], isRelease: Bool
    ) async -> (outgoing: [BatchDecision.Outgoing], published: [DeliveryKey])? {
        guard !occurrences.isEmpty else { return ([], []) }
        let policy = policy
        var failures = 0
        while !Task.isCancelled {
            do {
                let decision = try await store.decide(
                    occurrences: occurrences, window: policy.switches.limit?.length ?? .seconds(3600)
                ) { batch in
                    var decision = BatchDecision(batch, policy: policy, isRelease: isRelease)
                    decision.decide()
                    return (decision.writes, decision)
                }
                RateLimitingMetrics.decided.increment(by: occurrences.count)
                await announce(decision.ended)
                return (decision.outgoing, decision.alreadyPublished)
            } catch {
                failures += 1
                logger.error(
                    "deciding has to wait", metadata: ["count": "\(occurrences.count)", "error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(min(100 << min(failures, 6), 5_000)))
            }
        }
        return nil
    }

    /// Tells whoever listens about deliveries that ended here; the log is the truth.
    private func announce(_ ended: [BatchDecision.Ended]) async {
        guard !ended.isEmpty else { return }
        for delivery in ended {
            let logged = delivery.logged
            logger.notice(
                "not delivered",
                metadata: [
                    "trace_id":
                        "\(TraceContext.id(delivery.traceparent, occurrence: logged.occurrenceID, at: logged.dueAt))",
                    "delivery.id": "\(logged.deliveryID)", "delivery.state": "\(logged.outcome.rawValue)",
                    "reason": "\(logged.reason ?? "")", "reminder.id": "\(logged.reminderID)",
                ])
        }
        await publisher.publishWithoutConfirm(
            ended.map { Message(deliveryLogged: $0.logged, traceparent: $0.traceparent) })
    }

    /// What the broker does not confirm comes back with its due message, and finds its rows in the ledger.
    private func publishAndAcknowledge(_ outgoing: [BatchDecision.Outgoing], _ due: [DueDelivery]) async {
        let unpublished = Set(await publish(outgoing).map(\.request.occurrenceID))
        let (done, again) = due.settled(unpublished: unpublished)
        consumer.acknowledge(done)
        guard !again.isEmpty else { return }
        try? await Task.sleep(for: .milliseconds(500))
        consumer.reject(again, requeue: true)
    }

    /// Publishes requests, and returns those that were not confirmed.
    func publish(_ outgoing: [BatchDecision.Outgoing]) async -> [BatchDecision.Outgoing] {
        guard !outgoing.isEmpty else { return [] }
        let outcomes = await publisher.publish(
            outgoing.map { Message(deliveryRequested: $0.request, traceparent: $0.traceparent) })
        var failed: [BatchDecision.Outgoing] = []
        var reason: PublishError?
        for (delivery, outcome) in zip(outgoing, outcomes) {
            guard case .failed(let error) = outcome else { continue }
            failed.append(delivery)
            reason = error
        }
        RateLimitingMetrics.requested.increment(by: outgoing.count - failed.count)
        if let reason {
            logger.warning(
                "deliveries were not published", metadata: ["count": "\(failed.count)", "error": "\(reason)"])
        }
        return failed
    }
}
