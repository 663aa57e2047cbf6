import Logging
import RemindersAMQP
import RemindersBroker
import RemindersDomain
import RemindersGround
import RemindersStore

/// The first step of the walk: what is due in PostgreSQL becomes `reminder.due.v1` on the broker.
///
/// Any number of schedulers may run: due rows are claimed with `SKIP LOCKED`. Each sleeps until the next row is due or
/// PostgreSQL notifies it of an earlier one.
public final class Scheduler: Sendable {
    /// How a scheduler works.
    public struct Configuration: Sendable {
        /// The longest sleep: when a notification is lost, a reminder is this late at the most. 1 to 60 minutes.
        public var longestSleep: Duration = .seconds(300)
        /// How many rows one transaction claims.
        public var batchSize = 500
        /// How many claimed batches may be on their way to the broker at once.
        public var batchesInFlight = 2
        /// How long a claim is this process's alone, should it neither publish nor die visibly.
        public var lease: Duration = .seconds(60)
        /// How long due rows are gathered before the next claim, so that a steady trickle is claimed in batches.
        public var gathering: Duration = .milliseconds(4)
        /// How long after its time a look at what is due is overdue, and the process not ready.
        public var overdueAfter: Duration = .seconds(30)
        /// How long an occurrence rests that the broker did not take.
        public var restAfterFailure: Duration = .seconds(1)

        /// The defaults.
        public init() {}
    }

    let store: ReminderStore
    let publisher: Publisher
    let presence: Presence
    let configuration: Configuration
    let logger: Logger
    let planner: FiringPlanner
    let alarm = Alarm()
    var owner: Int32 { presence.instance }
    let claiming: Duty
    let recording: Duty
    let housekeeping: Duty

    /// What it has to get done.
    public var duties: [Duty] { [claiming, recording, housekeeping] }

    /// A scheduler that publishes on `publisher`, which stays the caller's to run.
    ///
    /// - Parameter presence: this process, as the others see it; it stays the caller's to run.
    public init(
        store: ReminderStore, publisher: Publisher, presence: Presence, configuration: Configuration = Configuration(),
        logger: Logger
    ) {
        self.store = store
        self.publisher = publisher
        self.presence = presence
        self.configuration = configuration
        self.logger = logger
        self.planner = FiringPlanner(punctuality: configuration.longestSleep + .seconds(60))
        claiming = Duty("claiming", logger: logger)
        recording = Duty("recording", logger: logger)
        housekeeping = Duty("housekeeping", logger: logger)
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
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            var hasFailed = false
            while !alarm.isStopped {
                guard publisher.isReady, presence.isCertain else {
                    // Nothing is claimed that could not be published, or would look like a dead scheduler's: another
                    // one may have a broker.
                    await alarm.wait(for: .milliseconds(100))
                    continue
                }
                do {
                    if hasFailed { try await store.giveBackAllOccurrences(owner: owner) }
                    let claim = try await claim()
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

    /// Due reminders, and what triggers and dead schedulers left in the queue.
    private func claim() async throws -> (occurrences: [ClaimedOccurrence], isFull: Bool) {
        let limit = configuration.batchSize
        async let queued = store.claimUnpublished(limit: limit, owner: owner, lease: configuration.lease)
        let planner = planner
        let fired = try await store.fireDueReminders(limit: limit, owner: owner, lease: configuration.lease) {
            planner.plan($0)
        }
        let waiting = try await queued
        let unreadable = fired.occurrences.unreadable + waiting.unreadable
        for row in unreadable {
            logger.error(
                "what is due can't be read", metadata: ["row.id": "\(row.id)", "reason": "\(row.reason)"])
        }
        SchedulingMetrics.claimed.increment(by: fired.occurrences.rows.count + waiting.rows.count)
        if !unreadable.isEmpty { await alarm.wait(for: .seconds(1)) }
        return (fired.occurrences.rows + waiting.rows, fired.reminders == limit || waiting.rows.count == limit)
    }

    private func timeUntilDue() async throws -> Duration {
        let (due, now) = try await store.nextDue()
        let left = due.map { $0 - now } ?? configuration.longestSleep
        return max(min(left, configuration.longestSleep), configuration.gathering)
    }
}
