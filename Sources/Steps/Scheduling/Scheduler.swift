import Logging
import RemindersAMQP
import RemindersBroker
import RemindersDomain
import RemindersGround
import RemindersStore
import Synchronization

/// The first step of the walk: what is due in PostgreSQL becomes `reminder.due.v1` on the broker.
///
/// Any number of schedulers may run: due rows are planned without holding them, and what follows is written where they are
/// still the same. Each sleeps until the next row is due or
/// PostgreSQL notifies it of an earlier one.
public final class Scheduler: Sendable {
    /// How a scheduler works.
    public struct Configuration: Sendable {
        /// The longest sleep: when a notification is lost, a reminder is this late at the most. 1 to 60 minutes.
        public var longestSleep: Duration = .seconds(300)
        /// How many rows one transaction claims.
        public var batchSize = 500
        /// For how long one batch is planned; what is left is read again. Each reminder's turn is its person's, so that
        /// rules that take long hold up only whose they are.
        public var planningTime: Duration = .milliseconds(200)
        /// How many claimed batches may be on their way to the broker at once.
        public var batchesInFlight = 2
        /// How long a claim is this process's alone, should it neither publish nor die visibly.
        public var lease: Duration = .seconds(60)
        /// How long due rows are gathered before the next claim, so that a steady trickle is claimed in batches.
        public var gathering: Duration = .milliseconds(4)
        /// How long after its time a look at what is due is overdue, and the process not ready.
        public var overdueAfter: Duration = .seconds(30)
        /// How long what the broker has confirmed may stay unmarked: most of it is decided about by then, which says so too,
        /// and its row is not changed twice. Should this process die meanwhile, it is published once more.
        public var markingDelay: Duration = .seconds(5)
        /// How long it waits, while all that is due is of people who have enough that is not decided about yet.
        public var pauseOfCrowd: Duration = .milliseconds(10)
        /// How long what is over is kept.
        public var retention = Retention()
        /// How long something may not go on before the auditor finds it.
        public var auditPatience = AuditFinding.usualPatience
        /// How long the auditor rests between two looks.
        public var auditPause: Duration = .seconds(10)
        /// How long an occurrence rests that the broker did not take.
        public var restAfterFailure: Duration = .seconds(1)
        /// While there is always something to claim: how often what was made more than a week ago (a snooze that ends, or
        /// what is to be published again) is looked for.
        public var pauseOfOldWeeks: Duration = .milliseconds(250)
        /// How long an occurrence rests that this version cannot read: another may.
        public var restOfUnreadable: Duration = .seconds(600)

        /// The defaults.
        public init() {}
    }

    let store: ReminderStore
    let publisher: Publisher
    let presence: Presence
    let configuration: Configuration
    let deployment: DeploymentGuard?
    let logger: Logger
    let planner: FiringPlanner
    let alarm = Alarm()
    let unmarked = Mutex<[Int64]>([])
    var owner: Int32 { presence.instance }
    var isHeld: Bool { deployment?.isHeld ?? false }
    let claiming: Duty
    let recording: Duty
    let housekeeping: Duty
    let partitioning: Duty
    let retaining: Duty
    let auditing: Duty
    let workingOnCases: Duty

    /// What it has to get done.
    public var duties: [Duty] {
        [claiming, recording, housekeeping, partitioning, retaining, auditing, workingOnCases]
    }

    /// A scheduler that publishes on `publisher`, which stays the caller's to run.
    ///
    /// - Parameters:
    ///   - presence: this process, as the others see it; it stays the caller's to run.
    ///   - deployment: holds everything while the database is another's; likewise. nil: nothing is held.
    public init(
        store: ReminderStore, publisher: Publisher, presence: Presence, configuration: Configuration = Configuration(),
        deployment: DeploymentGuard? = nil, logger: Logger
    ) {
        self.store = store
        self.publisher = publisher
        self.presence = presence
        self.configuration = configuration
        self.deployment = deployment
        self.logger = logger
        self.planner = FiringPlanner(punctuality: configuration.longestSleep + .seconds(60))
        claiming = Duty("claiming", logger: logger)
        recording = Duty("recording", logger: logger)
        housekeeping = Duty("housekeeping", logger: logger)
        partitioning = Duty("partitions ahead", first: .seconds(10), longest: .seconds(600), logger: logger)
        retaining = Duty("retention", first: .seconds(10), longest: .seconds(600), logger: logger)
        auditing = Duty("auditing", first: .seconds(10), longest: .seconds(600), logger: logger)
        workingOnCases = Duty("cases", first: .seconds(1), longest: .seconds(60), logger: logger)
        SchedulingMetrics.countFromZero()
    }

    /// Wakes it: something may be due before it would look again.
    public func wake() {
        alarm.ring()
    }

    /// Claims nothing more; `run` returns when what is claimed has been published or given back.
    public func stop() {
        alarm.stop()
    }

    /// Claims, publishes and sleeps until `stop` is called.
    public func run() async {
        logger.info("Reminder job scheduled", metadata: ["longest_sleep": "\(configuration.longestSleep)"])
        claiming.isExpected(within: configuration.overdueAfter)
        let marking = Task { await markWhatIsPublished() }
        await claimAndPublish()
        marking.cancel()
        await marking.value
    }

    private func claimAndPublish() async {
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            var hasFailed = false
            var memory = ClaimMemory(turns: FairTurns(limit: configuration.batchSize))
            while !alarm.isStopped {
                guard publisher.isReady, presence.isCertain, !isHeld else {
                    // Nothing is claimed that could not be published, or would look like a dead scheduler's: another
                    // one may have a broker.
                    await alarm.wait(for: .milliseconds(100))
                    continue
                }
                do {
                    if hasFailed {
                        try await mark(takeUnmarked())
                        try await store.giveBackAllOccurrences(owner: owner)
                    }
                    let claim = try await claim(&memory)
                    hasFailed = false
                    if !claim.occurrences.isEmpty {
                        if inFlight == configuration.batchesInFlight {
                            await group.next()
                            inFlight -= 1
                        }
                        group.addTask { await self.publish(claim.occurrences) }
                        inFlight += 1
                    }
                    let pause = claim.isFull ? .zero : try await timeUntilDue()
                    claiming.succeeded()
                    claiming.isExpected(within: pause + configuration.overdueAfter)
                    if pause > .zero { await alarm.wait(for: pause) }
                } catch {
                    hasFailed = true
                    let pause = claiming.failed(error)
                    // The claim may have been committed, and only the answer lost: it would wait for the end of its
                    // lease. With nothing on its way any more, all that is claimed can be given back first.
                    await group.waitForAll()
                    inFlight = 0
                    await alarm.wait(for: pause)
                }
            }
            await group.waitForAll()
        }
    }

    private func timeUntilDue() async throws -> Duration {
        let (due, now) = try await store.nextDue()
        let left = due.map { $0 - now } ?? configuration.longestSleep
        return max(min(left, configuration.longestSleep), configuration.gathering)
    }
}
