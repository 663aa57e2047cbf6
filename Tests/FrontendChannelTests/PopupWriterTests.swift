import RemindersContracts
import RemindersDomain
import RemindersStore
import Synchronization
import Testing

@testable import RemindersFrontendChannel

@Suite("Pop-ups are written to the lists")
struct PopupWriterTests {
    @Test("what comes while a batch is being written is one more batch")
    func batches() async throws {
        let lists = Lists()
        let writer = lists.writer()
        await lists.hold()
        try await withThrowingTaskGroup(of: Int64.self) { group in
            group.addTask { try await writer.write(popup(1)) }
            await lists.waitForWrite()
            for occurrence in 2...40 { group.addTask { try await writer.write(popup(Int64(occurrence))) } }
            while writer.waitingCount < 39 { await Task.yield() }
            await lists.release()
            var ids: [Int64] = []
            for try await id in group { ids.append(id) }
            #expect(ids.sorted() == Array(1...40).map { Int64($0) * 100 })
        }
        #expect(await lists.sizes == [1, 39])
        #expect(await lists.announced.count == 40)
    }

    @Test("a failure is told to everybody in the batch, and the next batch is written")
    func failure() async throws {
        let lists = Lists()
        let writer = lists.writer()
        await lists.fail()
        await #expect(throws: Lists.Broken.self) { try await writer.write(popup(1)) }
        #expect(try await writer.write(popup(2)) == 200)
        #expect(await lists.announced.map(\.popup.reminder.occurrenceID) == [2])
    }

    @Test("one that its person has settled already is not announced")
    func settled() async throws {
        let lists = Lists()
        await lists.settle(occurrence: 7)
        #expect(try await lists.writer().write(popup(7)) == 700)
        #expect(await lists.announced.isEmpty)
    }

    private func popup(_ occurrence: Int64) -> NewPopup {
        NewPopup(
            userID: "1",
            ShownReminder(
                deliveryID: DeliveryID(high: 1, low: UInt64(occurrence)), occurrenceID: occurrence, reminderID: 3,
                title: "Follow up", about: CaseSummary(reference: CaseReference(entityType: "case", id: "123")),
                dueAt: Instant(microseconds: occurrence)))
    }
}

/// Lists in memory, which can be held up and break.
private actor Lists {
    struct Broken: Error {}

    private(set) var sizes: [Int] = []
    private(set) var announced: [PopupShown] = []
    private var settledOccurrences: Set<Int64> = []
    private var isHeld = false
    private var isBroken = false
    private var held: CheckedContinuation<Void, Never>?
    private var writing: CheckedContinuation<Void, Never>?

    nonisolated func writer() -> PopupWriter {
        PopupWriter(write: { try await self.write($0) }, announce: { await self.announce($0) })
    }

    func hold() { isHeld = true }
    func fail() { isBroken = true }
    func settle(occurrence: Int64) { settledOccurrences.insert(occurrence) }

    func release() {
        isHeld = false
        held?.resume()
        held = nil
    }

    func waitForWrite() async {
        if sizes.isEmpty { await withCheckedContinuation { writing = $0 } }
    }

    private func announce(_ shown: [PopupShown]) { announced += shown }

    private func write(_ popups: [NewPopup]) async throws -> PopupWriter.Written {
        sizes.append(popups.count)
        writing?.resume()
        writing = nil
        if isHeld { await withCheckedContinuation { held = $0 } }
        if isBroken {
            isBroken = false
            throw Broken()
        }
        return Dictionary(
            uniqueKeysWithValues: popups.map { popup in
                (
                    popup.key,
                    WrittenPopup(
                        id: popup.reminder.occurrenceID * 100, isRecurring: false, createdAt: popup.reminder.dueAt,
                        isPending: !settledOccurrences.contains(popup.reminder.occurrenceID))
                )
            })
    }
}
