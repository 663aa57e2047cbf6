import RemindersHTTPService
import RemindersStore

/// Creates the reminders of many requests at a time: one transaction, one round trip and one write to disk for all that
/// came while the one before was on its way.
///
/// A reminder waits for nobody when nothing is on its way. When the database refuses one of a batch, each is tried
/// alone, so that only the request with the mistake fails.
actor ReminderCreator {
    private struct Waiting {
        let creation: ReminderCreation
        let answer: CheckedContinuation<ReminderCreationOutcome, any Error>
    }

    private let store: ReminderStore
    private let batchesAtATime: Int
    private let batchSize: Int
    private let capacity: Int
    private var waiting: [Waiting] = []
    private var batchesUnderWay = 0

    /// - Parameters:
    ///   - batchesAtATime: each takes a connection.
    ///   - batchSize: the most reminders in one transaction.
    ///   - capacity: the most that wait; more are refused with 503.
    init(store: ReminderStore, batchesAtATime: Int = 2, batchSize: Int = 100, capacity: Int = 10_000) {
        self.store = store
        self.batchesAtATime = batchesAtATime
        self.batchSize = batchSize
        self.capacity = capacity
    }

    /// Creates a reminder.
    ///
    /// - Throws: `Problem`, 503, when too many wait; what the database says, see `StoreFailure`.
    func create(_ creation: ReminderCreation) async throws -> ReminderCreationOutcome {
        guard waiting.count < capacity else {
            throw Problem.unavailable("Too many reminders are being created at the moment", retryAfter: .seconds(1))
        }
        return try await withCheckedThrowingContinuation { continuation in
            waiting.append(Waiting(creation: creation, answer: continuation))
            guard batchesUnderWay < batchesAtATime else { return }
            batchesUnderWay += 1
            Task { await work() }
        }
    }

    /// Creates whatever waits, until nothing does.
    private func work() async {
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(batchSize))
            waiting.removeFirst(batch.count)
            await create(batch)
        }
        batchesUnderWay -= 1
    }

    private nonisolated func create(_ batch: [Waiting]) async {
        do {
            let outcomes = try await store.createReminders(batch.map(\.creation))
            for (waiting, outcome) in zip(batch, outcomes) { waiting.answer.resume(returning: outcome) }
        } catch {
            if batch.count > 1, case .refused = StoreFailure(error) {
                for waiting in batch { await create([waiting]) }
            } else {
                for waiting in batch { waiting.answer.resume(throwing: error) }
            }
        }
    }
}
