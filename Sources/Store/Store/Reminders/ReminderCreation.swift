import RemindersDomain
import RemindersPostgres

/// A reminder to be created, and the answer to whoever asked for it.
public struct ReminderCreation: Sendable {
    /// What it says.
    public var definition: ReminderDefinition
    /// When it is due first; nil leaves that to the database's triggers.
    public var nextCheckAt: Instant?
    /// The user who creates it.
    public var createdBy: String
    /// Where it came from: up to 20 characters.
    public var createdVia: String
    /// With it the same request creates no second one.
    public var key: IdempotencyKey?
    /// The answer, which is kept under the key in the same transaction.
    public var answer: @Sendable (StoredReminder) -> KeptAnswer

    /// A reminder that `createdBy` creates.
    public init(
        definition: ReminderDefinition, nextCheckAt: Instant?, createdBy: String, createdVia: String,
        key: IdempotencyKey?, answer: @escaping @Sendable (StoredReminder) -> KeptAnswer
    ) {
        self.definition = definition
        self.nextCheckAt = nextCheckAt
        self.createdBy = createdBy
        self.createdVia = createdVia
        self.key = key
        self.answer = answer
    }
}

/// What became of a `ReminderCreation`.
public enum ReminderCreationOutcome: Sendable {
    /// It was created now; this is the answer.
    case created(KeptAnswer)
    /// It was created by an earlier request, or is by another at this moment: see the claim.
    case known(IdempotencyClaim)
}

extension ReminderStore {
    /// Creates reminders in one transaction: all of them, or none.
    ///
    /// - Returns: what became of each, in their order.
    /// - Throws: what the database says; see `StoreFailure`.
    public func createReminders(_ batch: [ReminderCreation]) async throws -> [ReminderCreationOutcome] {
        guard batch.contains(where: { $0.key != nil }) else {
            let rows = try await pool.pipeline(batch.map(\.query))
            return try zip(batch, rows).map { .created($0.answer(try StoredReminder(created: $1))) }
        }
        return try await pool.transaction { transaction in
            let known = try await ReminderStore.claimKeys(of: batch, transaction)
            let new = batch.indices.filter { known[$0] == nil }
            let rows = try await transaction.pipeline(new.map { batch[$0].query })
            var outcomes = known.mapValues(ReminderCreationOutcome.known)
            var keep: [Query] = []
            for (index, rows) in zip(new, rows) {
                let answer = batch[index].answer(try StoredReminder(created: rows))
                outcomes[index] = .created(answer)
                if let key = batch[index].key { keep.append(SQL.keepAnswer(key.userID, key.route, key.key, answer)) }
            }
            try await transaction.finish(keep)
            return batch.indices.compactMap { outcomes[$0] }
        }
    }

    /// Creates a reminder.
    ///
    /// - Parameters:
    ///   - nextCheckAt: when it is due first, where that is not the anchor: a rule may leave its anchor out.
    ///   - createdBy: the user who creates it.
    ///   - createdVia: where it comes from: up to 20 characters.
    /// - Returns: it as it stands.
    public func addReminder(
        _ definition: ReminderDefinition, nextCheckAt: Instant? = nil, createdBy: String?, createdVia: String
    ) async throws -> StoredReminder {
        try StoredReminder(
            created: await pool.query(SQL.createReminder(definition, nextCheckAt, createdBy, createdVia)))
    }

    /// Claims the keys in their order, so that two transactions never wait for each other.
    ///
    /// A key that another transaction has just claimed is waited for.
    ///
    /// - Returns: what is known of those that were not free, by their place in the batch.
    private static func claimKeys(
        of batch: [ReminderCreation], _ transaction: Transaction
    ) async throws -> [Int: IdempotencyClaim] {
        let keys = batch.indices.compactMap { index in batch[index].key.map { (index: index, key: $0) } }
            .sorted { $0.key.order < $1.key.order }
        let claims = try await transaction.pipeline(keys.map { SQL.claimIdempotencyKey($0.key) })
        let taken = zip(keys, claims).filter { $1.isEmpty }.map(\.0)
        guard !taken.isEmpty else { return [:] }
        let answers = try await transaction.pipeline(taken.map { SQL.answerOfIdempotencyKey($0.key) })
        var known: [Int: IdempotencyClaim] = [:]
        for (taken, rows) in zip(taken, answers) {
            known[taken.index] = try rows.readFirst(IdempotencyClaim.init(row:)) ?? .inProgress
        }
        return known
    }
}

extension ReminderCreation {
    fileprivate var query: Query {
        SQL.createReminder(definition, nextCheckAt, createdBy, createdVia)
    }
}

extension StoredReminder {
    /// - Parameter rows: of `createReminder`.
    fileprivate init(created rows: Rows) throws {
        self = try rows.readOne(StoredReminder.init(row:))
    }
}
