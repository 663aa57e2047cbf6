import RemindersDomain
import RemindersHTTPService
import RemindersStore
import RemindersTokens

/// Whether who asks may know what cases say, as `CaseReading` has it. Services and operators may.
struct CaseReadingChecks: Sendable {
    let store: ReminderStore
    let reading: CaseReading

    /// Which of these cases they may know the content of.
    func read(by identity: Identity, among cases: Set<CaseReference>) async throws -> Set<CaseReference> {
        if identity.isService { return cases }
        return try await store.casesRead(by: identity.userID, among: cases, reading)
    }

    /// Whether they may know what a case says; of what is not there, nil, nothing is kept from anybody.
    func mayRead(_ about: CaseReference?, _ identity: Identity) async throws -> Bool {
        guard let about else { return true }
        return try await !read(by: identity, among: [about]).isEmpty
    }

    /// Makes sure that nobody has told by a reminder what they may not know.
    ///
    /// - Throws: `Problem`, 422.
    static func check(_ trigger: Trigger, mayReadCase: Bool) throws(Problem) {
        guard trigger.isByCase, !mayReadCase else { return }
        throw .invalid("/trigger_type", "must be \(Trigger.timeBased.rawValue): you may not know what this case says")
    }
}
