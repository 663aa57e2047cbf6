import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersGround
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
        /// How long nobody has got on with a message before it may be taken to be lost; a second or more.
        public var patience: Duration = .seconds(120)
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
    let announcer: Announcer
    let deadLetters: DeadLetterOffice
    let policy: Policy
    let deployment: DeploymentGuard?
    let logger: Logger
    private let batchSize: Int
    private let batchesInFlight = 2
    private let deciding: Duty
    let releasing: Duty
    let reconciling: Duty
    let messagesReady: @Sendable (RemindersContracts.Queue) async throws -> Int

    /// What it has to get done.
    public var duties: [Duty] { [deciding, releasing, reconciling] + deadLetters.duties }

    /// A rate-limiter. Consumer and publisher stay the caller's to run.
    ///
    /// - Parameters:
    ///   - batchSize: how many occurrences are decided about at once.
    ///   - deployment: holds everything while the database is another's; it stays the caller's to run. nil: nothing is held.
    ///   - messagesReady: asks the broker how many messages of a queue nobody has yet.
    public init(
        store: ReminderStore, consumer: Consumer, publisher: Publisher, deadLetters: DeadLetterOffice, policy: Policy,
        batchSize: Int = 256, deployment: DeploymentGuard? = nil, logger: Logger,
        messagesReady: @escaping @Sendable (RemindersContracts.Queue) async throws -> Int
    ) {
        self.store = store
        self.consumer = consumer
        self.publisher = publisher
        announcer = Announcer(publisher)
        self.deadLetters = deadLetters
        self.policy = policy
        self.deployment = deployment
        self.batchSize = batchSize
        self.logger = logger
        self.messagesReady = messagesReady
        reconciling = Duty("reconciling", first: .seconds(1), logger: logger)
        deciding = Duty("deciding", logger: logger)
        releasing = Duty("releasing", first: .seconds(1), logger: logger)
        RateLimitingMetrics.countFromZero()
    }

    /// Decides until the consumer is stopped; returns when what was decided is published.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            var pace = Pace(.milliseconds(4))
            while let deliveries = await consumer.nextBatch(upTo: batchSize) {
                if let deployment, deployment.isHeld {
                    await deployment.giveBack(deliveries, to: consumer)
                    continue
                }
                let decided = await decide(await decode(deliveries), isRelease: false, \.occurrenceID, \.reminderID)
                for (due, decision) in decided.done {
                    if inFlight == batchesInFlight {
                        await group.next()
                        inFlight -= 1
                    }
                    group.addTask { await self.publishAndAcknowledge(decision.outgoing, due) }
                    inFlight += 1
                }
                await deadLetters.take(
                    decided.refused.map { (element: $0.element.delivery, error: $0.error) }, from: consumer)
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
                let message = try ReminderDue(decoding: delivery.body)
                due.append(
                    DueDelivery(
                        delivery: delivery, occurrenceID: message.occurrenceID, reminderID: message.reminderID))
            } catch {
                refused.append(RefusedDelivery(delivery: delivery, reason: error.description))
            }
        }
        if !refused.isEmpty { await deadLetters.take(refused, from: consumer) }
        return due
    }

    private static let isOfAnother =
        "/reminder_id is not that of this /occurrence_id: \(EarlierTimeLine.reason)"

    /// What was decided about a batch and is written.
    struct Decided: Sendable {
        /// What is to be published.
        let outgoing: [BatchDecision.Outgoing]
        /// What was found to be published already.
        let published: [DeliveryKey]
        /// Occurrences that this version can't read, and why: nothing was decided about those.
        let unreadable: [Int64: UnreadableRow]
    }

    /// Decides and writes, trying until the database takes it or the shutdown's deadline has come: nothing is
    /// acknowledged before. What it refuses for good is set apart from the rest of the batch.
    ///
    /// - Parameters:
    ///   - occurrence: of an element of the batch.
    ///   - reminder: of which that is, if it is known: numbers of occurrences are given again after the database was
    ///     restored from a backup, and a message from before would decide about another.
    func decide<Element: Sendable>(
        _ batch: [Element], isRelease: Bool, _ occurrence: (Element) -> Int64,
        _ reminder: (Element) -> Int64? = { _ in nil }
    ) async -> Duty.Parts<Element, Decided> {
        let policy = policy
        var parts = await deciding.inParts(batch) { part in
            let named = Dictionary(
                part.compactMap { element in reminder(element).map { (occurrence(element), $0) } },
                uniquingKeysWith: { first, _ in first })
            let (decision, unreadable) = try await store.decide(
                occurrences: part.map(occurrence), switches: policy.switches
            ) { batch in
                var batch = batch
                if !named.isEmpty {
                    batch.leaveOut(because: Self.isOfAnother) { facts in
                        named[facts.due.occurrenceID].map { $0 != facts.due.reminderID } ?? false
                    }
                }
                var decision = BatchDecision(batch, policy: policy, isRelease: isRelease)
                decision.decide()
                return (decision.writes, (decision, batch.unreadable))
            }
            RateLimitingMetrics.decided.increment(by: part.count - unreadable.count)
            await announce(decision.ended)
            return Decided(
                outgoing: decision.outgoing, published: decision.alreadyPublished, unreadable: unreadable)
        }
        for index in parts.done.indices where !parts.done[index].value.unreadable.isEmpty {
            let unreadable = parts.done[index].value.unreadable
            for element in parts.done[index].elements {
                if let error = unreadable[occurrence(element)] { parts.refused.append((element, error)) }
            }
            parts.done[index].elements.removeAll { unreadable[occurrence($0)] != nil }
        }
        RateLimitingMetrics.setAside.increment(by: parts.refused.count)
        return parts
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
        await announcer.announce(ended.map { (logged: $0.logged, traceparent: $0.traceparent) })
    }

    /// What the broker does not confirm comes back with its due message, and finds its rows in the ledger.
    private func publishAndAcknowledge(_ outgoing: [BatchDecision.Outgoing], _ due: [DueDelivery]) async {
        let unpublished = Set(await publish(outgoing).map(\.request.reminder.occurrenceID))
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
