import Hummingbird
import RemindersDomain
import Synchronization

/// Keeps one user from taking the service away from all others. Services and operators are not limited.
public struct RateCap: RouterMiddleware {
    /// How many requests a user may send.
    public struct Limit: Hashable, Sendable {
        /// As many at once, after a pause.
        public var burst = 6_000
        /// As many for ever.
        public var perSecond = 100

        /// The defaults.
        public init() {}
    }

    private let allowances: Allowances

    init(limit: Limit) {
        allowances = Allowances(limit: limit)
    }

    /// Lets the request through, or answers 429.
    public func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        if let identity = context.identity, !identity.isService,
            let wait = allowances.wait(of: identity.userID, now: .now)
        {
            throw Problem.tooManyRequests(retryAfter: wait)
        }
        return try await next(request, context)
    }
}

/// The token buckets of all users, each kept as the one moment at which it will be full again (the generic cell rate
/// algorithm, ITU-T I.371): a full one needs no memory.
final class Allowances: Sendable {
    private let interval: Duration
    private let depth: Duration
    private let fullAt = Mutex<[OpaqueID: ContinuousClock.Instant]>([:])
    /// Above it full buckets are forgotten.
    private static let usual = 10_000

    init(limit: RateCap.Limit) {
        interval = .seconds(1) / max(1, limit.perSecond)
        depth = interval * max(1, limit.burst)
    }

    /// Takes one from a user's bucket; when it is empty, how long until there is one again.
    func wait(of user: OpaqueID, now: ContinuousClock.Instant) -> Duration? {
        fullAt.withLock { fullAt in
            let full = max(fullAt[user] ?? now, now) + interval
            let missing = full - now - depth
            guard missing <= .zero else { return missing }
            fullAt[user] = full
            if fullAt.count > Self.usual, fullAt.count.isMultiple(of: Self.usual / 10) {
                fullAt = fullAt.filter { $0.value > now }
            }
            return nil
        }
    }
}
