import Logging
import RemindersGround
import Synchronization

/// The issuer's keys, kept and renewed: every ten minutes, and when a token names an unknown one, then at most once a
/// minute, so that nobody can make us ask the issuer at will. When they cannot be had, the last good ones stay.
public final class IssuerKeys: Sendable {
    /// How often keys are asked for.
    public struct Pace: Sendable {
        /// Older keys are renewed, behind the back of whoever needs one.
        public var renewal = Duration.seconds(600)
        /// The shortest time between two attempts.
        public var unknownKey = Duration.seconds(60)
        /// The shortest time between two attempts as long as there are no keys at all.
        public var firstKeys = Duration.seconds(5)

        /// The usual.
        public init() {}
    }

    private struct State {
        var keys: KeySet?
        var loadedAt: ContinuousClock.Instant?
        var triedAt: ContinuousClock.Instant?
        var loading: Task<Void, Never>?
        var generation = 0
    }

    private let state = Mutex(State())
    private let source: KeySource
    private let pace: Pace
    private let logger: Logger
    private let loading: Duty
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Keys that are loaded when the first token comes, or by `load()`.
    ///
    /// - Parameters:
    ///   - source: where from.
    ///   - logger: learns of new keys, and of attempts that failed.
    ///   - now: the time, for tests.
    public init(
        source: KeySource, pace: Pace = Pace(), logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.source = source
        self.pace = pace
        self.logger = logger
        loading = Duty("token keys", logger: logger, now: now)
        self.now = now
    }

    /// Rises whenever the keys change: what was verified before may not be valid any more.
    var generation: Int { state.withLock { $0.generation } }

    /// Whether there are keys; if there are none yet, tries to get them.
    public func areLoaded() async -> Bool {
        if !hasKeys { await begin()?.value }
        return hasKeys
    }

    private var hasKeys: Bool { state.withLock { $0.keys != nil } }

    /// Loads the keys.
    ///
    /// - Throws: `KeySetError`; the last good keys stay.
    public func load() async throws(KeySetError) {
        state.withLock { $0.triedAt = now() }
        let keys = try await KeySet(source.load())
        let isNew = state.withLock { state in
            let isNew = state.keys?.source != keys.source
            state.keys = keys
            state.loadedAt = now()
            if isNew { state.generation += 1 }
            return isNew
        }
        if isNew { logger.info("Keys for tokens are loaded", metadata: ["keys.count": "\(keys.count)"]) }
    }

    /// The key a token names.
    func key(for token: CompactToken) async throws(TokenError) -> VerificationKey {
        if let key = find(token) {
            if isStale { _ = begin() }
            return key
        }
        await begin()?.value
        if let key = find(token) { return key }
        throw hasKeys ? .unknownKey : .keysUnavailable
    }

    private func find(_ token: CompactToken) -> VerificationKey? {
        state.withLock { $0.keys }?.key(token.keyIdentifier, algorithm: token.algorithm)
    }

    private var isStale: Bool {
        state.withLock { $0.loadedAt.map { now() - $0 > pace.renewal } ?? true }
    }

    /// The attempt under way, or a new one; nil when the last one is too recent.
    private func begin() -> Task<Void, Never>? {
        state.withLock { state in
            if let loading = state.loading { return loading }
            let gap = state.keys == nil ? pace.firstKeys : pace.unknownKey
            if let triedAt = state.triedAt, now() - triedAt < gap { return nil }
            state.triedAt = now()
            let task = Task { await self.attempt() }
            state.loading = task
            return task
        }
    }

    private func attempt() async {
        _ = await loading.attempt { try await load() }
        state.withLock { $0.loading = nil }
    }
}
