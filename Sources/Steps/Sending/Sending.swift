import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersGround
import RemindersStore
import Synchronization

/// The last step of the walk, one for each channel: receive, decode, claim, attempt, record, settle.
///
/// Each verb is one file of this folder and works on batches; only attempting is one by one, for a channel knows no
/// more than one message. What is claimed ends in exactly one final record: the ledger row and its line in the log are
/// one statement, and only then is the message acknowledged.
public final class Sending: Sendable {
    /// How a sender works.
    public struct Configuration: Sendable {
        /// How many messages are claimed, or recorded, in one round trip.
        public var batchSize = 256
        /// How far apart round trips are at the least while there is much to do.
        public var pace: Duration = .milliseconds(4)
        /// How long an attempt is this process's alone. Longer than any attempt takes.
        public var lease: Duration = .seconds(120)
        /// When to try again, and when to give up.
        public var ladder = RetryLadder.standard
        /// How many attempts a delivery may have had that a dead sender left, to be attempted beside others.
        public var unsuspectedAttempts = 1
        /// How many senders may die of a delivery before it is given up as unknown.
        public var mostDeaths = 8
        /// The longest time between two trials of a channel that makes a pause.
        public var longestTrialWait: Duration = .seconds(60)
        /// How long attempts may go on after `stop`; then the channel cuts them off, so that there is time to record them.
        public var finishesWithin: Duration = .seconds(12)
        /// Whom this deployment may write to; nil: everybody.
        public var onlyTo: AllowList?
        /// Everything is done but the attempt; the message is logged with the outcome `dry_run`.
        public var isDryRun = true

        /// The defaults: a dry run.
        public init() {}
    }

    let channel: any Channel
    let store: ReminderStore
    let consumer: Consumer
    let publisher: Publisher
    let announcer: Announcer
    let deadLetters: DeadLetterOffice
    let presence: Presence
    let configuration: Configuration
    let deployment: DeploymentGuard?
    let logger: Logger
    let claiming: Duty
    let recording: Duty
    /// That a pause has begun or ended is shown in the database.
    let showingPause: Duty
    let pauseChanges = Mailbox<String?>()
    let attempted = Mailbox<AttemptedDelivery>()
    let suspects = Mailbox<DecodedDelivery>()
    /// What was received and is not claimed yet.
    let line: Line
    /// The deliveries between their claim and their record.
    let inHand = Mutex(InHand())
    /// Whether the channel works.
    let health: Mutex<ChannelHealth>
    /// Which destinations let attempts wait for nothing.
    let destinations = Mutex(DestinationHealth())

    /// What it waits for besides deliveries, to be ended by `stop`; and whether that was called.
    private let waiting = Mutex<(task: Task<Bool, Never>?, isStopped: Bool)>((nil, false))

    /// What cuts off attempts some time after `stop`.
    private let cutting = Mutex<Task<Void, Never>?>(nil)

    /// What it has to get done.
    public var duties: [Duty] { [claiming, recording, showingPause] + deadLetters.duties }

    var owner: Int32 { presence.instance }

    /// The queue whose messages this sender takes.
    var queue: RemindersContracts.Queue { deadLetters.queue }

    /// A sender for `channel`. Consumer and publisher stay the caller's to run.
    ///
    /// - Parameters:
    ///   - presence: this process, as the others see it; it stays the caller's to run.
    ///   - deployment: holds everything while the database is another's; likewise. nil: nothing is held.
    public init(
        channel: any Channel, store: ReminderStore, consumer: Consumer, publisher: Publisher,
        deadLetters: DeadLetterOffice,
        presence: Presence, configuration: Configuration, deployment: DeploymentGuard? = nil, logger: Logger
    ) {
        self.channel = channel
        self.store = store
        self.consumer = consumer
        self.publisher = publisher
        announcer = Announcer(publisher)
        self.deadLetters = deadLetters
        self.presence = presence
        self.configuration = configuration
        self.deployment = deployment
        health = Mutex(ChannelHealth(patience: configuration.ladder.reach, longestWait: configuration.longestTrialWait))
        // Who would rather have a person look than send a copy gets no claim that is not an attempt.
        let mostAhead = configuration.ladder.unknownPolicy == .record ? 0 : configuration.batchSize
        line = Line(ClaimWindow(attemptsAtOnce: channel.attemptsAtOnce, mostAhead: mostAhead))
        self.logger = logger
        claiming = Duty("claiming", logger: logger)
        recording = Duty("recording", logger: logger)
        showingPause = Duty("showing pause", logger: logger)
        SendingMetrics.countFromZero(channel.kind)
    }

    /// Receives no more; `run` returns when all that was claimed is settled.
    public func stop() async {
        let wait = waiting.withLock { waiting in
            waiting.isStopped = true
            return waiting.task
        }
        wait?.cancel()
        cutting.withLock { cutting in
            cutting =
                cutting
                ?? Task {
                    // Cancelled when there is nothing left to cut off.
                    guard (try? await Task.sleep(for: configuration.finishesWithin)) != nil else { return }
                    logger.warning("attempts take too long to be waited for: they are cut off")
                    await channel.cutOff()
                }
        }
        await consumer.stop()
    }

    /// Waits until others see that this process lives: what is claimed before would look like a dead sender's, and be
    /// sent twice.
    private func isPresent() async -> Bool {
        if let deployment, deployment.isHeld {
            guard await unlessStopped({ await deployment.released() }) else { return false }
        }
        if presence.isCertain { return true }
        return await unlessStopped { [presence] in await presence.certain() }
    }

    /// Waits for something that heeds cancellation.
    ///
    /// - Returns: false when the sender is to stop.
    func unlessStopped(_ wait: @escaping @Sendable () async -> Bool) async -> Bool {
        let wait = waiting.withLock { waiting -> Task<Bool, Never>? in
            guard !waiting.isStopped else { return nil }
            let task = Task { await wait() }
            waiting.task = task
            return task
        }
        guard let wait else { return false }
        return await withTaskCancellationHandler {
            await wait.value
        } onCancel: {
            wait.cancel()
        }
    }

    /// Walks until the consumer is stopped, and returns when all that was claimed is settled.
    public func run() async {
        async let ending: Void = recordAndSettle()
        async let clearing: Void = attemptSuspects()
        let showing = Task { await showPauses() }
        async let receiving: Void = receive()
        await claimAndAttempt()
        await receiving
        suspects.closeAndTakeAll()
        await clearing
        cutting.withLock { $0?.cancel() }
        attempted.close()
        await ending
        pauseChanges.close()
        // Its end is seen without a word: what a sender that is gone has shown counts for nothing.
        showing.cancel()
        await showing.value
    }

    /// Takes what the broker hands over, up to the prefetch, and lets it wait in line. It is the broker's until it is settled.
    private func receive() async {
        while let deliveries = await consumer.nextBatch(upTo: configuration.batchSize) {
            line.put(await decode(deliveries).map { (delivery: $0, lane: lane(of: $0)) })
        }
        consumer.reject(line.close().map(\.delivery), requeue: true)
    }

    /// Claims what can be begun, and begins it; returns when all attempts have ended.
    private func claimAndAttempt() async {
        await withDiscardingTaskGroup { group in
            var pace = Pace(configuration.pace)
            while true {
                await waitForTrial()
                guard pause == nil else {
                    guard let waiting = await line.nextForTrial() else { break }
                    guard await isPresent() else {
                        giveBack(waiting)
                        continue
                    }
                    await makeTrial(waiting)
                    continue
                }
                guard let next = await line.next(upTo: configuration.batchSize) else { break }
                guard await isPresent(), pause == nil else {
                    for delivery in next { line.end(delivery, wasAttempted: false) }
                    giveBack(next)
                    continue
                }
                let claimed = await claim(next, suspectFrom: configuration.unsuspectedAttempts + 1)
                if claimed.count < next.count {
                    let ours = Set(claimed.map { ObjectIdentifier($0.decoded) })
                    for delivery in next where !ours.contains(ObjectIdentifier(delivery)) {
                        line.end(delivery, wasAttempted: false)
                    }
                }
                for claimed in claimed {
                    group.addTask {
                        let attempted = await self.attempt(claimed)
                        self.line.end(claimed.decoded)
                        self.attempted.put(attempted)
                    }
                }
                await pace.keep()
            }
        }
    }

    private func lane(of delivery: DecodedDelivery) -> Lanes.Name {
        Lanes.Name(
            destination: channel.destination(of: delivery.request),
            isForRetries: delivery.delivery.properties.headers[Header.attempt] != nil)
    }

    private func giveBack(_ waiting: [DecodedDelivery]) {
        consumer.reject(waiting.map(\.delivery), requeue: true)
    }

    /// The second half, beside the first: what the attempts came to is recorded as it comes in.
    private func recordAndSettle() async {
        var pace = Pace(configuration.pace)
        while let attempted = await attempted.take(upTo: configuration.batchSize) {
            await finish(attempted)
            await pace.keep(afterTaking: attempted.count)
        }
    }

    /// Records and settles what attempts came to.
    func finish(_ attempted: [AttemptedDelivery]) async {
        let counted = attempted.filter(\.counts)
        if !counted.isEmpty { await settle(await record(counted)) }
        if counted.count < attempted.count { await putBack(attempted.filter { !$0.counts }) }
    }
}
