import Foundation
import Logging
import RemindersContracts
import RemindersDomain
import RemindersGround
import RemindersTransfer
import Synchronization

/// The issuer's keys, kept and renewed: every half minute in which there are requests, so that a key the issuer has
/// withdrawn is good for a minute at most; and when a token names an unknown one, then at most once a minute, so that nobody
/// can make us ask the issuer at will. When they cannot be had, the last good ones stay.
public final class IssuerKeys: Sendable {
    /// How often keys are asked for.
    public struct Pace: Sendable {
        /// Older keys are renewed, behind the back of whoever needs one.
        public var renewal = Duration.seconds(30)
        /// Still older ones are renewed before a token is checked with them, unless the last attempt failed: then the issuer
        /// is away, and nobody is to wait for it at each attempt.
        public var longest = Duration.seconds(60)
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
        var hasFailed = false
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
        state.withLock {
            $0.triedAt = now()
            $0.hasFailed = true
        }
        let keys = try await KeySet(source.load())
        let isNew = state.withLock { state in
            let isNew = state.keys?.source != keys.source
            state.keys = keys
            state.loadedAt = now()
            state.hasFailed = false
            if isNew { state.generation += 1 }
            return isNew
        }
        if isNew { logger.info("Keys for tokens are loaded", metadata: ["keys.count": "\(keys.count)"]) }
    }

    /// The key a token names.
    func key(for token: CompactToken) async throws(TokenError) -> VerificationKey {
        if let key = find(token) { return key }
        await begin()?.value
        if let key = find(token) { return key }
        throw hasKeys ? .unknownKey : .keysUnavailable
    }

    private func find(_ token: CompactToken) -> VerificationKey? {
        state.withLock { $0.keys }?.key(token.keyIdentifier, algorithm: token.algorithm)
    }

    /// Renews keys that were loaded, when they are due: to be called before each use of them, and of what was found with
    /// them.
    func renewIfDue() async {
        let (age, hasFailed) = state.withLock { state in (state.loadedAt.map { now() - $0 } ?? .zero, state.hasFailed) }
        guard age > pace.renewal else { return }
        let attempt = begin(after: hasFailed ? pace.unknownKey : pace.renewal)
        if age > pace.longest, !hasFailed { await attempt?.value }
    }

    /// The attempt under way, or a new one; nil when the last one is too recent.
    ///
    /// - Parameter gap: the shortest time since the last one; nil: that of the pace.
    private func begin(after gap: Duration? = nil) -> Task<Void, Never>? {
        state.withLock { state in
            if let loading = state.loading { return loading }
            let gap = gap ?? (state.keys == nil ? pace.firstKeys : pace.unknownKey)
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

/// The public keys of an issuer: a JWKS (RFC 7517 §5).
struct KeySet: Sendable {
    private var byIdentifier: [OpaqueID: VerificationKey] = [:]
    private var withoutIdentifier: [VerificationKey] = []
    /// The bytes it was read from, to see whether it has changed.
    let source: [UInt8]

    /// How many keys tokens can be signed with.
    var count: Int { byIdentifier.count + withoutIdentifier.count }

    /// Reads a set. Keys that are of no use here are left out; of two with the same `kid` the first counts.
    ///
    /// - Throws: `KeySetError` when it is none, or without any key of use.
    init(_ bytes: [UInt8]) async throws(KeySetError) {
        source = bytes
        guard let value = try? JSONValue(parsing: bytes, sizeLimit: KeySetError.largest),
            case .array(let keys) = value["keys"]
        else { throw .notAKeySet }
        for key in keys {
            guard let usable = await VerificationKey.published(key) else { continue }
            if let identifier = key["kid"]?.text.map({ OpaqueID($0) }) {
                if byIdentifier[identifier] == nil { byIdentifier[identifier] = usable }
            } else {
                withoutIdentifier.append(usable)
            }
        }
        guard count > 0 else { throw .noUsableKey }
    }

    /// The key a token names. Without `kid` there has to be exactly one key of its algorithm.
    func key(_ identifier: String?, algorithm: String) -> VerificationKey? {
        if let identifier { return byIdentifier[OpaqueID(identifier)] }
        let candidates = (withoutIdentifier + byIdentifier.values).filter { $0.algorithm == algorithm }
        return candidates.count == 1 ? candidates.first : nil
    }
}

/// Why the keys of the issuer could not be read.
public enum KeySetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No answer, or another than 200; the text says which.
    case notFetched(String)
    /// The file cannot be read; the text says why.
    case unreadable(String)
    /// No JSON object with an array `keys`.
    case notAKeySet
    /// No key for RS256 (2048 bits or more) or ES256 among them.
    case noUsableKey

    /// The most bytes of a set.
    static let largest = 1 << 20

    /// What is wrong.
    public var description: String {
        switch self {
        case .notFetched(let reply): "the key set could not be fetched: \(reply)"
        case .unreadable(let reason): "the key set could not be read: \(reason)"
        case .notAKeySet: "it is no key set (RFC 7517), or larger than 1 MiB"
        case .noUsableKey: "it has no public key for RS256 (of at least 2048 bits) or ES256"
        }
    }
}

/// Where the issuer's keys come from.
public struct KeySource: Sendable {
    /// The bytes of the set, now.
    let load: @Sendable () async throws(KeySetError) -> [UInt8]

    /// Any function.
    public init(_ load: @escaping @Sendable () async throws(KeySetError) -> [UInt8]) {
        self.load = load
    }

    /// A file, read again when a token names an unknown key.
    public static func file(_ path: String) -> KeySource {
        KeySource { () throws(KeySetError) in
            do {
                return Array(try Data(contentsOf: URL(filePath: path)))
            } catch {
                throw .unreadable((error as? CocoaError).map { "\($0.code)" } ?? "no such file, or not readable")
            }
        }
    }

    /// A URL. Unlike a webhook's, its host may be anywhere: it is the operator's own choice.
    ///
    /// - Parameters:
    ///   - url: `https:`, or `http:` to this machine itself: whoever can change the keys on their way signs tokens.
    ///   - caFile: PEM certificates to trust instead of the system's.
    ///   - logger: learns at debug level of connections that failed.
    /// - Throws: `FieldError` for a URL that is none of these.
    public static func url(_ url: String, caFile: String? = nil, logger: Logger) throws(FieldError) -> KeySource {
        let request = try HTTPRequest(
            method: .get, url: url, headers: [("Accept", "application/jwk-set+json, application/json")], body: [],
            connectTimeout: .seconds(5), timeout: .seconds(10), maximumResponseBytes: KeySetError.largest,
            caFile: caFile, allowsClearText: LoopbackHost.includes(URL(string: url)?.host() ?? ""))
        let client = TransferClient(logger: logger, maximumConnectionsPerHost: 1, addressGuard: .all)
        return KeySource { () throws(KeySetError) in
            let result = await client.perform(request)
            guard result.code == 200, result.curlCode == 0 else { throw .notFetched(result.reply) }
            return result.responseBody
        }
    }
}
