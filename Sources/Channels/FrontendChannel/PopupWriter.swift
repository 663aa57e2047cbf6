import RemindersContracts
import RemindersDomain
import RemindersStore
import Synchronization

/// Writes pop-ups in batches: what comes in while one batch is being written is the next.
final class PopupWriter: Sendable {
    typealias Written = [OccurrenceRecipient: WrittenPopup]

    private struct Waiting {
        let popup: NewPopup
        let continuation: CheckedContinuation<Int64, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    /// How many requests one transaction takes.
    static let batchSize = 256

    private let write: @Sendable ([NewPopup]) async throws -> Written
    private let announce: @Sendable ([PopupShown]) async -> Void
    private let state = Mutex(State())

    init(
        write: @escaping @Sendable ([NewPopup]) async throws -> Written,
        announce: @escaping @Sendable ([PopupShown]) async -> Void
    ) {
        self.write = write
        self.announce = announce
    }

    /// How many requests wait for the batch after the one that is being written.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Writes a pop-up and announces it.
    ///
    /// - Returns: its number.
    /// - Throws: what the store threw; whether it was written is then unknown, and trying again does no harm.
    func write(_ popup: NewPopup) async throws -> Int64 {
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting.append(Waiting(popup: popup, continuation: continuation))
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if isFirst { Task { await writeAll() } }
        }
    }

    private func writeAll() async {
        while let batch = next() { await write(batch) }
    }

    /// The next batch; nil when there is none, and the next request begins anew.
    private func next() -> [Waiting]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            let batch = Array(state.waiting.prefix(PopupWriter.batchSize))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func write(_ batch: [Waiting]) async {
        var popups: [OccurrenceRecipient: NewPopup] = [:]
        for popup in batch.lazy.map(\.popup) { popups[popup.key] = popup }
        do {
            let written = try await write(Array(popups.values))
            let shown = written.compactMap { key, written in
                written.isPending ? popups[key].map { PopupShown($0, written) } : nil
            }
            if !shown.isEmpty { await announce(shown.sorted { $0.popup.id < $1.popup.id }) }
            for waiting in batch {
                waiting.continuation.resume(returning: written[waiting.popup.key]?.id ?? 0)
            }
        } catch {
            for waiting in batch { waiting.continuation.resume(throwing: error) }
        }
    }
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
