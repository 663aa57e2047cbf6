import RemindersGround
import RemindersHTTPService
import RemindersStore

/// Creates the reminders of many requests at a time, in one transaction, one round trip and one write to disk.
///
/// When the database refuses one of a batch, each is tried alone, so that only the request with the mistake fails.
struct ReminderCreator: Sendable {
    private let batches: Batches<ReminderCreation, ReminderCreationOutcome>

    /// - Parameters:
    ///   - quota: how many one person may create.
    ///   - batchesAtATime: each takes a connection.
    ///   - batchSize: the most reminders in one transaction.
    ///   - capacity: the most that wait; more are refused with 503.
    init(
        store: ReminderStore, quota: CreationQuota, batchesAtATime: Int = 2, batchSize: Int = 100,
        capacity: Int = 10_000
    ) {
        batches = Batches(size: batchSize, atATime: batchesAtATime, capacity: capacity) { batch in
            await ReminderCreator.create(batch, store, quota)
        }
    }

    /// Creates a reminder.
    ///
    /// - Throws: `Problem`, 503, when too many wait; what the database says, see `StoreFailure`.
    func create(_ creation: ReminderCreation) async throws -> ReminderCreationOutcome {
        do {
            return try await batches.answer(to: creation)
        } catch is BatchesFull {
            throw Problem.unavailable("Too many reminders are being created at the moment", retryAfter: .seconds(1))
        }
    }

    private static func create(
        _ batch: [ReminderCreation], _ store: ReminderStore, _ quota: CreationQuota
    ) async -> [Result<ReminderCreationOutcome, any Error>] {
        do {
            return try await store.createReminders(batch, quota: quota).map { .success($0) }
        } catch {
            guard batch.count > 1, case .refused = StoreFailure(error) else {
                return batch.map { _ in .failure(error) }
            }
            var outcomes: [Result<ReminderCreationOutcome, any Error>] = []
            for creation in batch { outcomes += await create([creation], store, quota) }
            return outcomes
        }
    }
}
