import Crypto
import Synchronization

/// Tokens that were found good, by their hash, so that a client's next request costs no signature.
///
/// Two halves: when the young one is full it becomes the old one, and the old one is forgotten. What is in use moves
/// back into the young half.
final class TokenCache: Sendable {
    private struct State {
        var young: [SHA256Digest: TokenGrant] = [:]
        var old: [SHA256Digest: TokenGrant] = [:]
        var generation = 0
    }

    private let state = Mutex(State())
    private let half: Int

    init(capacity: Int) {
        half = max(1, capacity / 2)
    }

    /// The grant of a token seen before with the same keys, if it has not ended.
    func grant(_ token: SHA256Digest, generation: Int, now: Int64) -> TokenGrant? {
        state.withLock { state in
            guard state.generation == generation else {
                state = State(generation: generation)
                return nil
            }
            if let grant = state.young[token] { return grant.endsAt > now ? grant : nil }
            guard let grant = state.old[token], grant.endsAt > now else { return nil }
            keep(grant, token, &state)
            return grant
        }
    }

    /// Remembers a grant that was found with these keys.
    func keep(_ grant: TokenGrant, for token: SHA256Digest, generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            keep(grant, token, &state)
        }
    }

    private func keep(_ grant: TokenGrant, _ token: SHA256Digest, _ state: inout State) {
        if state.young.count >= half {
            state.old = state.young
            state.young = [:]
        }
        state.young[token] = grant
    }
}
