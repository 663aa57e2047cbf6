import RemindersContracts
import RemindersDomain
import RemindersGround
import RemindersStore

/// Writes pop-ups in batches.
final class PopupWriter: Sendable {
    typealias Written = [OccurrenceRecipient: WrittenPopup]

    /// How many requests one transaction takes.
    static let batchSize = 256

    private let batches: Batches<NewPopup, Int64>

    init(
        write: @escaping @Sendable ([NewPopup]) async throws -> Written,
        announce: @escaping @Sendable ([PopupShown]) async -> Void
    ) {
        batches = Batches(size: PopupWriter.batchSize) { batch in
            var popups: [OccurrenceRecipient: NewPopup] = [:]
            for popup in batch { popups[popup.key] = popup }
            do {
                let written = try await write(Array(popups.values))
                let shown = written.compactMap { key, written in
                    written.isPending ? popups[key].map { PopupShown($0, written) } : nil
                }
                if !shown.isEmpty { await announce(shown.sorted { $0.popup.id < $1.popup.id }) }
                return batch.map { .success(written[$0.key]?.id ?? 0) }
            } catch {
                return batch.map { _ in .failure(error) }
            }
        }
    }

    /// How many requests wait for the batch after the one that is being written.
    var waitingCount: Int { batches.waitingCount }

    /// Writes a pop-up and announces it.
    ///
    /// - Returns: its number.
    /// - Throws: what the store threw; whether it was written is then unknown, and trying again does no harm.
    func write(_ popup: NewPopup) async throws -> Int64 { try await batches.answer(to: popup) }
}

extension NewPopup {
    var key: OccurrenceRecipient {
        OccurrenceRecipient(occurrenceID: reminder.occurrenceID, recipient: .user(userID))
    }
}

extension PopupShown {
    init(_ new: NewPopup, _ written: WrittenPopup) {
        self.init(
            userID: OpaqueID(new.userID),
            popup: Popup(
                id: written.id, new.reminder, isRecurring: written.isRecurring, createdAt: written.createdAt))
    }
}
