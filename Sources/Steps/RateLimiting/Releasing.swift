import RemindersDomain
import RemindersStore

extension RateLimiter {
    /// Releases what was held when its time comes: decides again, and publishes or holds on. Runs until the task is
    /// cancelled.
    ///
    /// It looks once a second at least, because other rate-limiters hold deliveries too, and when its turn was missed
    /// (a process died between commit and confirm) the lease on the row brings it back.
    public func release() async {
        guard await isReleased() else { return }
        await releaseSwitchedOn()
        while !Task.isCancelled {
            guard await isReleased() else { return }
            releasing.isExpected(within: .seconds(30))
            let attempt = await releasing.attempt {
                if try await releaseBatch() { return Duration.zero }
                // Only when nothing else is due: one person's many don't go before another's.
                if try await store.goOnDecidingAgain() { return Duration.zero }
                let (next, now) = try await store.nextRelease()
                let left = next.map { $0 - now } ?? .seconds(1)
                // Something overdue is left only where it cannot be released now: no broker, or another is at it.
                return left > .zero ? min(left, .seconds(1)) : .milliseconds(200)
            }
            switch attempt {
            case .done(.zero): continue
            case .done(let pause), .failed(let pause): try? await Task.sleep(for: pause)
            }
        }
    }

    /// Waits until nothing is held; false when the task was cancelled first.
    func isReleased() async -> Bool {
        guard let deployment else { return true }
        // It does not stand still meanwhile: readiness says what it waits for.
        if deployment.isHeld { releasing.isExpected(within: .seconds(86_400 * 365)) }
        return await deployment.released()
    }

    /// - Returns: whether there may be more to release at once.
    private func releaseBatch() async throws -> Bool {
        guard publisher.isReady else { return false }
        let digesting = policy.switches.digestedReasons
        // What goes into digests brings more with it, so that the batches come out alike.
        let (occurrences, areMore) = try await store.releasableOccurrences(
            limit: digesting.isEmpty ? 256 : 64, digesting: digesting, channels: policy.switches.installed)
        guard !occurrences.isEmpty else { return false }
        let decided = await decide(occurrences, isRelease: true, \.self)
        let outgoing = decided.done.flatMap(\.value.outgoing)
        let failed = Set(await publish(outgoing).map(\.key))
        let confirmed =
            decided.done.flatMap(\.value.published) + outgoing.filter { !failed.contains($0.key) }.flatMap(\.keys)
        if !confirmed.isEmpty { try await store.clearRelease(of: confirmed) }
        try await store.clearReleaseOfEnded(occurrences: decided.done.flatMap(\.elements))
        for (occurrence, error) in decided.refused { try await setAside(occurrence, error) }
        return failed.isEmpty && areMore && decided.left.isEmpty
    }

    /// What the database refuses for good waits for somebody to mend it, out of the way of the others.
    private func setAside(_ occurrence: Int64, _ error: any Error) async throws {
        logger.error(
            "occurrence can not be released",
            metadata: ["occurrence.id": "\(occurrence)", "error": "\(error)", "retried_after": "10 min"])
        try await store.postponeRelease(of: occurrence, by: .seconds(600))
    }

    private func releaseSwitchedOn() async {
        let count = try? await releasing.retrying {
            try await store.releaseSwitchedOn(channels: Set(policy.switches.channels.channels))
        }
        guard let count, count > 0 else { return }
        logger.info("released what waited for a switch", metadata: ["count": "\(count)"])
    }
}
