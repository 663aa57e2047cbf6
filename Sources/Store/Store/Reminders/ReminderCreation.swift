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
    /// Whether it counts against what one person may create. What services create does not.
    public var countsAgainstQuota: Bool
    /// With it the same request creates no second one.
    public var key: IdempotencyKey?
    /// The answer, which is kept under the key in the same transaction.
    public var answer: @Sendable (StoredReminder) -> KeptAnswer

    /// A reminder that `createdBy` creates.
    public init(
        definition: ReminderDefinition, nextCheckAt: Instant?, createdBy: String, createdVia: String,
        countsAgainstQuota: Bool, key: IdempotencyKey?, answer: @escaping @Sendable (StoredReminder) -> KeptAnswer
    ) {
        self.definition = definition
        self.nextCheckAt = nextCheckAt
        self.createdBy = createdBy
        self.createdVia = createdVia
        self.countsAgainstQuota = countsAgainstQuota
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
    /// Its creator may create no more at the moment.
    case overQuota(CreationQuotaExceeded)
}

extension ReminderStore {
    /// Creates reminders in one transaction: all that are new and within their creators' quotas, or none.
    ///
    /// - Returns: what became of each, in their order.
    /// - Throws: what the database says; see `StoreFailure`.
    public func createReminders(
        _ batch: [ReminderCreation], quota: CreationQuota
    ) async throws -> [ReminderCreationOutcome] {
        var outcomes: [Int: ReminderCreationOutcome] = [:]
        var open = Array(batch.indices)
        while !open.isEmpty {
            do {
                let created = try await create(open.map { batch[$0] }, within: quota)
                for (index, outcome) in zip(open, created) { outcomes[index] = outcome }
                open = []
            } catch {
                guard let exceeded = CreationQuotaExceeded(error) else { throw error }
                let theirs = open.filter {
                    batch[$0].countsAgainstQuota && OpaqueID(batch[$0].createdBy) == exceeded.creator
                }
                // In the order in which they came, as many as there is room for go on.
                for index in theirs.dropFirst(exceeded.room) {
                    // What was answered before is answered again, whatever the quota.
                    let claim =
                        if let key = batch[index].key { try await claimed(key) } else { nil as IdempotencyClaim? }
                    outcomes[index] = claim.map(ReminderCreationOutcome.known) ?? .overQuota(exceeded)
                }
                guard theirs.count > exceeded.room else { throw error }
                open.removeAll { outcomes[$0] != nil }
            }
        }
        return batch.indices.compactMap { outcomes[$0] }
    }

    private func create(
        _ batch: [ReminderCreation], within quota: CreationQuota
    ) async throws -> [ReminderCreationOutcome] {
        guard batch.contains(where: { $0.key != nil }) else {
            let taking = SQL.takeCreations(batch, quota)
            let rows = try await pool.pipeline(taking + batch.map(\.query))
            return try zip(batch, rows.dropFirst(taking.count)).map {
                .created($0.answer(try StoredReminder(created: $1)))
            }
        }
        var outcomes: [Int: ReminderCreationOutcome] = [:]
        // A key that comes twice is the first one's, and known to the second.
        let firsts = Dictionary(
            batch.indices.map { (Array((batch[$0].key?.order ?? "\($0)").utf8), $0) },
            uniquingKeysWith: { first, _ in first })
        var new = firsts.values.sorted()
        var attempt = 0
        while !new.isEmpty {
            attempt += 1
            do {
                let created = try await createWithKeys(new.map { batch[$0] }, quota)
                for (index, outcome) in zip(new, created) { outcomes[index] = outcome }
                new = []
            } catch let found as KeysInUse {
                for (place, claim) in found.claims {
                    if let claim {
                        outcomes[new[place]] = .known(claim)
                    } else if let key = batch[new[place]].key {
                        _ = try await pool.query(SQL.forgetIdempotencyKeyIfFree(key.userID, key.route, key.key))
                    }
                }
                new.removeAll { outcomes[$0] != nil }
            } catch let error as PostgresError where error.constraint == "idempotency_keys_pkey" && attempt < 5 {
                // Another request used one of the keys at the same moment: it is known next time.
            }
        }
        for index in batch.indices where outcomes[index] == nil {
            guard let key = batch[index].key else { continue }
            outcomes[index] = .known(try await claimed(key) ?? .inProgress)
        }
        return batch.indices.compactMap { outcomes[$0] }
    }

    /// Creates reminders and keeps the answers of their keys, if none of these is in use: two round trips.
    ///
    /// - Throws: `KeysInUse` when some are; nothing was created then.
    private func createWithKeys(
        _ batch: [ReminderCreation], _ quota: CreationQuota
    ) async throws -> [ReminderCreationOutcome] {
        try await pool.transaction { transaction in
            let keyed = batch.indices.filter { batch[$0].key != nil }
            let keys = keyed.compactMap { batch[$0].key }
            let taking = SQL.takeCreations(batch, quota)
            let rows = try await transaction.pipeline(
                [SQL.answersOfIdempotencyKeys(keys)] + taking + batch.map(\.query))
            let claims = try rows[0].read { row in
                (keyed[try row.int("place") - 1], try row.bool("is_free") ? nil : try IdempotencyClaim(row: &row))
            }
            guard claims.isEmpty else { throw KeysInUse(claims: claims) }
            let answers = try zip(batch, rows.dropFirst(1 + taking.count)).map {
                $0.answer(try StoredReminder(created: $1))
            }
            try await transaction.finish([
                SQL.keepNewAnswers(zip(keyed, keys).map { NewKeptAnswer(key: $1, answer: answers[$0]) })
            ])
            return answers.map(ReminderCreationOutcome.created)
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
}

/// Keys of a batch that were used before, by their place in it; nil for what is so long ago that the key is free.
private struct KeysInUse: Error {
    let claims: [(place: Int, claim: IdempotencyClaim?)]
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
