import RemindersDomain
import RemindersGround
import RemindersStore

/// Tells what time it is, and on whose clock times are read that a request gives without a zone.
///
/// Requests that come at once are answered by one query.
struct PeopleClocks: Sendable {
    private let batches: Batches<[OpaqueID], ClockAndZones>

    init(store: ReminderStore) {
        batches = Batches(size: 100, atATime: 2) { requests in
            do {
                let answer = try await store.clockAndZones(ofUsers: Array(Set(requests.joined())))
                return requests.map { _ in .success(answer) }
            } catch {
                return requests.map { _ in .failure(error) }
            }
        }
    }

    /// The database's clock at a moment after this was asked, and the zone of the first of the people that is known;
    /// UTC where nobody is.
    ///
    /// - Throws: what the database says; see `StoreFailure`.
    func read(for people: [OpaqueID]) async throws -> (now: Instant, zone: IANAZone) {
        let people = people.filter { !$0.text.utf8.contains(0) }
        let answer = try await batches.answer(to: people)
        let name = people.lazy.compactMap { answer.zones[$0] }.first
        return (answer.now, name.flatMap { try? ZoneCatalog.shared.zone($0) } ?? .utc)
    }
}
