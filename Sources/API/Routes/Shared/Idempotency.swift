import Crypto
import Hummingbird
import RemindersContracts
import RemindersHTTPService
import RemindersStore
import RemindersTokens

/// Makes sure that a POST with an `Idempotency-Key` is done once, however often it is sent: the answer is kept for 24
/// hours and given again, with `Idempotency-Replayed: true`.
///
/// The same key with another body is 422; while the first request is worked on, a second one is 409. A request that
/// failed changed nothing and leaves its key free.
struct Idempotency: Sendable {
    let store: ReminderStore

    /// Answers a POST.
    ///
    /// - Parameter work: does what is asked, once. It must be able to bear being done again after a crash: what it does
    ///   and the answer that is kept are two transactions.
    func answer(
        _ request: Request, _ body: JSONBody, _ identity: Identity, doing work: () async throws -> KeptAnswer
    ) async throws -> Response {
        guard let key = try IdempotencyKey(of: request, body, identity) else {
            return Response(try await work(), isReplayed: false)
        }
        let claim = try await store.claim(key)
        guard claim == .claimed else { return try Response(claim) }
        do {
            let answer = try await work()
            try await store.keep(answer, of: key)
            return Response(answer, isReplayed: false)
        } catch {
            try? await store.giveUp(key)
            throw error
        }
    }
}

extension IdempotencyKey {
    /// The key that came with a request; nil when none did.
    ///
    /// - Throws: `Problem`, 400, for a key that is empty, too long, or not visible ASCII.
    init?(of request: Request, _ body: JSONBody, _ identity: Identity) throws(Problem) {
        let fields = request.headers[values: .idempotencyKey]
        guard let text = fields.first else { return nil }
        guard fields.count == 1, (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .badRequest(
                "The header Idempotency-Key is not valid",
                [FieldProblem("header/Idempotency-Key", "must be 1 to 255 visible ASCII characters, given once")])
        }
        self.init(
            userID: identity.userID.text, route: request.uri.path, key: text,
            bodyHash: Array(SHA256.hash(data: body.bytes)))
    }
}

extension Response {
    /// An answer that is kept, for the first time or again.
    init(_ answer: KeptAnswer, isReplayed: Bool) {
        var headers = HTTPFields()
        headers[.location] = answer.location
        headers[.eTag] = answer.tag
        if isReplayed { headers[.idempotencyReplayed] = "true" }
        self = .json(HTTPResponse.Status(code: answer.status), answer.body, headers: headers)
    }

    /// The answer to a request whose key was not free.
    ///
    /// - Throws: `Problem`, when that is not the answer of an earlier one.
    init(_ claim: IdempotencyClaim) throws(Problem) {
        switch claim {
        case .answered(let answer): self.init(answer, isReplayed: true)
        case .usedForAnother:
            throw .invalid("header/Idempotency-Key", "was used for a request with another body: take a new one")
        case .inProgress, .claimed:
            throw Problem(
                .conflict, detail: "A request with this Idempotency-Key is being worked on",
                headers: [.retryAfter: "1"])
        }
    }
}
