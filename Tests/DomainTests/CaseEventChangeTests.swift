import RemindersDomain
import SeededRandom
import Testing

@Suite("Case events")
struct CaseEventChangeTests {
    private let reference = CaseReference(entityType: "case", id: "123")
    private let start = Instant(seconds: 1_770_733_800)

    private func known(at offset: Int = 0) -> CaseRecord {
        CaseRecord(
            reference: reference, title: "Leak", status: "open", deadline: start + .seconds(86_400),
            changedAt: start + .seconds(offset))
    }

    private func event(_ kind: CaseEventChange.Kind, at offset: Int) -> CaseEventChange {
        CaseEventChange(reference: reference, kind: kind, time: start + .seconds(offset))
    }

    @Test("an unknown case is made of what the event says")
    func created() {
        var change = event(.created, at: 0)
        change.title = "Leak"
        change.status = "open"
        change.deadline = .set(start)
        let merge = change.merged(into: nil)
        #expect(
            merge
                == .changed(
                    CaseRecord(reference: reference, title: "Leak", status: "open", deadline: start, changedAt: start)))
    }

    @Test("what an event doesn't say stays, a null deadline goes")
    func fields() {
        var change = event(.statusChanged, at: 1)
        change.status = "i_gang"
        let record = change.merged(into: known()).record
        #expect(record.status == "i_gang")
        #expect(record.title == "Leak")
        #expect(record.deadline == known().deadline)
        #expect(record.changedAt == start + .seconds(1))

        change = event(.deadlineChanged, at: 1)
        change.deadline = .removed
        #expect(change.merged(into: known()).record.deadline == nil)
        change.deadline = .set(start)
        #expect(change.merged(into: known()).record.deadline == start)
    }

    @Test("an older event changes nothing, one of the same time does, a repeated one is told apart")
    func order() {
        var change = event(.statusChanged, at: -1)
        change.status = "old"
        #expect(change.merged(into: known()) == .stale(known()))
        change.time = start
        #expect(change.merged(into: known()).record.status == "old")
        change.status = "open"
        #expect(change.merged(into: known()) == .repeated(known()))
        change.time = start + .seconds(5)
        #expect(change.merged(into: known()) == .repeated(known(at: 5)))
    }

    @Test("closed, opened again, deleted, made again")
    func life() {
        var record = event(.closed, at: 1).merged(into: known()).record
        #expect(record.isClosed)
        record = event(.changed, at: 2).merged(into: record).record
        #expect(record.isClosed)
        var reopened = event(.statusChanged, at: 3)
        reopened.isClosed = false
        record = reopened.merged(into: record).record
        #expect(!record.isClosed)
        record = event(.deleted, at: 4).merged(into: record).record
        #expect(record.isDeleted)
        record = event(.changed, at: 5).merged(into: record).record
        #expect(record.isDeleted)
        record = event(.created, at: 6).merged(into: record).record
        #expect(!record.isDeleted)
    }

    @Test("in whatever order they come in, the newest of events that say everything wins")
    func anyOrder() {
        var generator = SeededGenerator(seed: 11)
        let events = (1...6).map { index -> CaseEventChange in
            var change = event(.changed, at: index)
            change.title = "Title \(index)"
            change.status = "status \(index)"
            change.deadline = index % 2 == 0 ? .removed : .set(start + .seconds(index))
            change.isClosed = index % 3 == 0
            return change
        }
        for _ in 0..<100 {
            var record: CaseRecord?
            for change in events.shuffled(using: &generator) { record = change.merged(into: record).record }
            #expect(record == events[5].merged(into: known()).record)
        }
    }

    @Test("kinds of things")
    func entityTypes() {
        #expect(EntityType("Case") == .case)
        #expect(EntityType("sag") == .case)
        #expect(EntityType("project") == .project)
        #expect(EntityType("person") == nil)
    }
}
