import RemindersDomain
import RemindersStore

extension RateLimiter {
    /// Releases what was held when its time comes: decides again, and publishes or holds on. Runs until the task is
    /// cancelled.
    ///
    /// It looks once a second at least, because other rate-limiters hold deliveries too, and when its turn was missed
    /// (a process died between commit and confirm) the lease on the row brings it back.
    public func release() async {
        await releaseSwitchedOn()
        while !Task.isCancelled {
            do {
                if try await releaseBatch() { continue }
                let (next, now) = try await store.nextRelease()
                let left = next.map { $0 - now } ?? .seconds(1)
                // Something overdue is left only where it cannot be released now: no broker, or another is at it.
                try? await Task.sleep(for: left > .zero ? min(left, .seconds(1)) : .milliseconds(200))
            } catch {
                logger.error("releasing has to wait", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// - Returns: whether there may be more to release at once.
    private func releaseBatch() async throws -> Bool {
        guard publisher.isReady else { return false }
        let digesting = policy.switches.digestedReasons
        // What goes into digests brings more with it, so that the batches come out alike.
        let (occurrences, areMore) = try await store.releasableOccurrences(
            limit: digesting.isEmpty ? 256 : 64, digesting: digesting)
        guard !occurrences.isEmpty,
            let (outgoing, published) = await decide(occurrences, isRelease: true)
        else { return false }
        let failed = Set(await publish(outgoing).map(\.key))
        let confirmed = published + outgoing.filter { !failed.contains($0.key) }.flatMap(\.keys)
        if !confirmed.isEmpty { try await store.clearRelease(of: confirmed) }
        try await store.clearReleaseOfEnded(occurrences: occurrences)
        return failed.isEmpty && areMore
    }

    private func releaseSwitchedOn() async {
        var released = false
        while !released, !Task.isCancelled {
            do {
                let count = try await store.releaseSwitchedOn(channels: Set(policy.switches.channels.channels))
                if count > 0 {
                    logger.info("released what waited for a switch", metadata: ["count": "\(count)"])
                }
                released = true
            } catch {
                logger.error("releasing has to wait", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
