import RemindersDomain
import RemindersGround
import RemindersStore

/// What a scheduler remembers from one claim to the next.
struct ClaimMemory: Sendable {
    /// Who is read apart.
    var turns: FairTurns
    /// What was claimed of them, and of what triggers queued in masses, and is not decided about yet.
    var underWay = CrowdUnderWay()
    /// Reminders that the database refused to take once: the second time they are set aside.
    var refusedOnce: Set<Int64> = []
    /// When what was made more than a week ago is to be looked for again; nil while there is nothing else to claim.
    var oldWeeksAt: ContinuousClock.Instant?
}

extension Scheduler {
    /// Due reminders, and what triggers and dead schedulers left in the queue.
    ///
    /// - Returns: the occurrences to publish, and whether there may be more to claim at once.
    func claim(_ memory: inout ClaimMemory) async throws -> (occurrences: [ClaimedOccurrence], isFull: Bool) {
        if !memory.underWay.ends.isEmpty {
            memory.underWay.keep(try await store.undecidedOccurrences(of: memory.underWay.ends), now: .now)
        }
        let hasRoom = memory.underWay.hasRoom
        let ofAllWeeks = memory.oldWeeksAt.map { .now >= $0 } ?? true
        async let queued = hasRoom ? claimQueued(ofAllWeeks: ofAllWeeks) : []
        let (due, areMore, isCrowd) = try await readDue(&memory.turns, crowdToo: hasRoom)
        let batch = PlannedBatch(
            FairTurns.inTurn(due.reminders), planner: planner, within: configuration.planningTime)
        let fired = try await fire(batch.planned, &memory)
        if isCrowd { memory.underWay.note(fired.map(\.id), now: .now) }
        try await setAside(due.unreadable + batch.failed)
        let waiting = try await queued
        let areMoreQueued = waiting.count == configuration.batchSize
        // Nobody knows whose that many are: while they are on their way, who has a time of their own is not behind more.
        if areMoreQueued { memory.underWay.note(waiting.map(\.id), now: .now) }
        if !hasRoom, fired.isEmpty { await alarm.wait(for: configuration.pauseOfCrowd) }
        SchedulingMetrics.claimed.increment(by: fired.count + waiting.count)
        if fired.isEmpty, waiting.isEmpty {
            memory.oldWeeksAt = nil
        } else if hasRoom, ofAllWeeks {
            memory.oldWeeksAt = .now + configuration.pauseOfOldWeeks
        }
        return (fired + waiting, !hasRoom || areMore || batch.isCut || areMoreQueued)
    }

    /// What is due, so that everybody's turn comes.
    ///
    /// - Parameter crowdToo: whether what is due of who is read apart is to be read as well.
    /// - Returns: also whether there are more, and whether anything was read of who is read apart.
    private func readDue(
        _ turns: inout FairTurns, crowdToo: Bool
    ) async throws -> (due: DueBatch, areMore: Bool, isCrowd: Bool) {
        let limit = configuration.batchSize
        var others = DueBatch()
        let begin = ContinuousClock.now
        if turns.mayLookAtOthers(begin) {
            let isApart = !turns.crowded.isEmpty
            others = try await store.dueReminders(limit: limit, exceptOf: turns.crowded)
            let now = ContinuousClock.now
            turns.noteOthers(others, took: begin.duration(to: now), now: now)
            if !isApart { return (others, others.count == limit, false) }
        }
        guard crowdToo else { return (others, true, false) }
        let quota = turns.quota(beside: others.count)
        let own = try await store.dueReminders(ofEach: turns.crowded, limit: quota)
        turns.noteCrowded(own, quota: quota)
        return (others + own, true, true)
    }

    /// Fires what was planned. What the database refuses is found by halves, so that it holds up nothing else, and set
    /// aside when it is refused a second time.
    private func fire(
        _ planned: [PlannedReminder], _ memory: inout ClaimMemory
    ) async throws -> [ClaimedOccurrence] {
        var occurrences: [ClaimedOccurrence] = []
        var fired = 0
        var halving = Halving(planned)
        while let part = halving.next() {
            do {
                let batch = try await store.fireRemindersIfUnchanged(part, owner: owner, lease: configuration.lease)
                occurrences += batch.occurrences
                fired += batch.reminders
            } catch {
                guard FailureKind(of: error) == .final else { throw error }
                if let one = halving.refused() { try await refuse(one.reminder, error, &memory) }
            }
        }
        if fired * 2 < planned.count {
            // Another scheduler is at the same: let one of the two be ahead.
            await alarm.wait(for: .milliseconds(.random(in: 1...20)))
        }
        return occurrences
    }

    private func refuse(_ reminder: DueReminder, _ error: any Error, _ memory: inout ClaimMemory) async throws {
        guard memory.refusedOnce.insert(reminder.id).inserted else {
            memory.refusedOnce.remove(reminder.id)
            return try await setAside([ReminderToSetAside(reminder, reason: "it could not be fired twice: \(error)")])
        }
        logger.warning(
            "a reminder could not be fired", metadata: ["reminder.id": "\(reminder.id)", "error": "\(error)"])
    }

    private func setAside(_ reminders: [ReminderToSetAside]) async throws {
        guard !reminders.isEmpty else { return }
        let done = try await store.setAsideRemindersIfUnchanged(reminders)
        SchedulingMetrics.setAside.increment(by: done.count)
        for reminder in reminders where done.contains(reminder.id) {
            logger.error(
                "reminder set aside", metadata: ["reminder.id": "\(reminder.id)", "reason": "\(reminder.reason)"])
        }
    }

    private func claimQueued(ofAllWeeks: Bool) async throws -> [ClaimedOccurrence] {
        let claimed = try await store.claimUnpublished(
            limit: configuration.batchSize, owner: owner, lease: configuration.lease, ofAllWeeks: ofAllWeeks)
        let unreadable = claimed.unreadable
        guard !unreadable.isEmpty else { return claimed.rows }
        try await store.putOffUnreadableOccurrences(unreadable, owner: owner, rest: configuration.restOfUnreadable)
        SchedulingMetrics.unreadable.increment(by: unreadable.count)
        for occurrence in unreadable {
            logger.error(
                "occurrence put off",
                metadata: ["occurrence.id": "\(occurrence.id)", "reason": "\(occurrence.reason)"])
        }
        return claimed.rows
    }
}

/// What a batch of due reminders leads to, planned for so long and no longer.
struct PlannedBatch: Sendable {
    /// To be fired.
    private(set) var planned: [PlannedReminder] = []
    /// To be set aside: they cannot be planned.
    private(set) var failed: [ReminderToSetAside] = []
    /// Whether some were not planned for want of time: nothing holds them, and they are read again.
    private(set) var isCut = false

    /// Plans reminders one by one, at least the first.
    init(_ reminders: [DueReminder], planner: FiringPlanner, within duration: Duration) {
        let end = ContinuousClock.now + duration
        planned.reserveCapacity(reminders.count)
        for (index, reminder) in reminders.enumerated() {
            if index > 0, ContinuousClock.now >= end {
                isCut = true
                return
            }
            do {
                planned.append(PlannedReminder(reminder, try planner.plan(reminder)))
            } catch {
                failed.append(ReminderToSetAside(reminder, reason: error.reason))
            }
        }
    }
}
