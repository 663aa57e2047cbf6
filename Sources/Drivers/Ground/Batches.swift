import DequeModule

/// Answers many requests at a time: what comes in while a batch is on its way is the next. So a request waits for nobody
/// when nothing is on its way, and a thousand at once cost little more than one.
public final class Batches<Request: Sendable, Answer: Sendable>: Sendable {
    private struct Waiting {
        let request: Request
        let continuation: CheckedContinuation<Answer, any Error>
    }

    /// What becomes of a request that comes.
    private enum Fate {
        case waits
        case begins
        case refused
    }

    private struct State {
        var waiting = Deque<Waiting>()
        var underWay = 0
    }

    private let size: Int
    private let atATime: Int
    private let capacity: Int
    private let answer: @Sendable ([Request]) async -> [Result<Answer, any Error>]
    private let state = Locked(State())

    /// Batches that begin with the first request.
    ///
    /// - Parameters:
    ///   - size: the most requests of a batch, 1 or more.
    ///   - atATime: how many batches may be on their way, 1 or more.
    ///   - capacity: the most requests that wait for a batch; more are refused.
    ///   - answer: answers a batch, each request at its place.
    public init(
        size: Int, atATime: Int = 1, capacity: Int = .max,
        answer: @escaping @Sendable ([Request]) async -> [Result<Answer, any Error>]
    ) {
        self.size = size
        self.atATime = atATime
        self.capacity = capacity
        self.answer = answer
    }

    /// How many requests wait for a batch.
    public var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Waits for the answer to a request. It is not taken back when the task is cancelled: it may be on its way.
    ///
    /// - Throws: `BatchesFull` when too many wait; what the request was answered with.
    public func answer(to request: Request) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let fate = state.withLock { state -> Fate in
                guard state.waiting.count < capacity else { return .refused }
                state.waiting.append(Waiting(request: request, continuation: continuation))
                guard state.underWay < atATime else { return .waits }
                state.underWay += 1
                return .begins
            }
            switch fate {
            case .waits: break
            case .begins: Task { await answerAll() }
            case .refused: continuation.resume(throwing: BatchesFull())
            }
        }
    }

    private func answerAll() async {
        while let batch = next() {
            let answers = await answer(batch.map(\.request))
            precondition(answers.count == batch.count, "each request has one answer")
            for (waiting, answer) in zip(batch, answers) { waiting.continuation.resume(with: answer) }
        }
    }

    /// The next batch; nil when nothing waits, and the next request begins anew.
    private func next() -> [Waiting]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.underWay -= 1
                return nil
            }
            let batch = Array(state.waiting.prefix(size))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}

/// More requests wait than may.
public struct BatchesFull: Error {}
