import RemindersGround

/// Tells whoever waits that a session has lost its connection.
final class SessionLoss: Sendable {
    private let reason = Locked<PostgresError?>(nil)
    private let gate = Gate()

    var error: PostgresError? { reason.withLock { $0 } }

    /// The first reason counts.
    func signal(_ error: PostgresError) {
        reason.withLock { $0 = $0 ?? error }
        gate.open()
    }

    /// - Returns: the reason, or nil when the task was cancelled first.
    func wait() async -> PostgresError? {
        await gate.wait() ? error : nil
    }
}
