import RemindersGround

/// Lets one task sleep for a while, until it is woken, or until it is stopped for good.
///
/// A ring while nobody sleeps is kept for the next sleep: nothing that happens between looking and sleeping is missed.
/// Cancelling the task does not end its sleep: it looks at `isStopped`.
final class Alarm: Sendable {
    private let rings = Mailbox<Void>()

    var isStopped: Bool { rings.isClosed }

    /// Sleeps until `duration` is over, the alarm rings, or it is stopped.
    func wait(for duration: Duration) async {
        let sleep = Task { _ = await rings.take(upTo: .max) }
        let timer = Task {
            try await Task.sleep(for: duration)
            sleep.cancel()
        }
        await sleep.value
        timer.cancel()
    }

    /// Wakes the sleeper, or the next one at once.
    func ring() {
        if rings.isEmpty { rings.put(()) }
    }

    /// Wakes the sleeper and lets nobody sleep any more.
    func stop() { rings.close() }
}
