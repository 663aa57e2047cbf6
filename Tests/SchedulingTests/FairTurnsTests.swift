import RemindersDomain
import Testing

@testable import RemindersScheduling
@testable import RemindersStore

@Suite struct FairTurnsTests {
    private func batch(_ turns: [(String, Int)]) throws -> DueBatch {
        var batch = DueBatch()
        for (turn, count) in turns {
            for _ in 0..<count {
                batch.reminders.append(
                    try .due(anchor: "2026-01-01T09:00", dueAt: "2026-01-05T08:00:00Z", turnOf: turn))
            }
        }
        return batch
    }

    private let now = ContinuousClock.now

    @Test func `as long as all fits a batch nobody is read apart`() throws {
        var turns = FairTurns(limit: 100)
        turns.noteOthers(try batch([("1", 98), ("2", 1)]), took: .seconds(1), now: now)
        #expect(turns.crowded.isEmpty)
        #expect(turns.mayLookAtOthers(now))
    }

    @Test func `who takes more than a tenth of a full batch is read apart until they have less than their quota`()
        throws
    {
        var turns = FairTurns(limit: 100)
        turns.noteOthers(try batch([("1", 79), ("2", 11), ("3", 10)]), took: .seconds(1), now: now)
        #expect(turns.crowded == ["1", "2"])
        #expect(turns.quota(beside: 0) == 50)
        #expect(turns.quota(beside: 80) == 25, "half of a batch is theirs however much others have")
        turns.noteCrowded(try batch([("1", 50), ("2", 49)]), quota: 50)
        #expect(turns.crowded == ["1"])
        turns.noteCrowded(try batch([]), quota: 50)
        #expect(turns.crowded.isEmpty)
    }

    @Test
    func `who is crowded stays it while others become it, a hundred at the most, and each has one reminder in turn`()
        throws
    {
        var turns = FairTurns(limit: 20)
        for person in 0..<110 {
            turns.noteOthers(try batch([("\(1_000 + person)", 20)]), took: .zero, now: now)
            #expect(turns.crowded.count == min(person + 1, 100))
        }
        #expect(turns.crowded == (0..<100).map { OpaqueID("\(1_000 + $0)") })
        #expect(turns.quota(beside: 0) == 1)
    }

    @Test func `a thousand of the crowded are on their way, until the last of a batch is decided about or lost`() {
        var underWay = CrowdUnderWay()
        underWay.note([], now: now)
        #expect(underWay.hasRoom && underWay.ends.isEmpty)
        underWay.note(Array(1...999).reversed(), now: now)
        #expect(underWay.hasRoom)
        underWay.note([1_000, 1_001], now: now + .seconds(1))
        #expect(!underWay.hasRoom && underWay.ends == [999, 1_001])
        underWay.keep([999, 1_001], now: now + .seconds(9))
        #expect(!underWay.hasRoom)
        underWay.keep([1_001], now: now + .seconds(9))
        #expect(underWay.hasRoom && underWay.ends == [1_001])
        underWay.keep([1_001], now: now + .seconds(1) + CrowdUnderWay.patience)
        #expect(underWay.ends.isEmpty)
    }

    @Test func `who becomes crowded anew does not wait for what was looked past before`() throws {
        var turns = FairTurns(limit: 10)
        turns.noteOthers(try batch([("1", 10)]), took: .zero, now: now)
        turns.noteOthers(try batch([]), took: .seconds(10), now: now)
        #expect(!turns.mayLookAtOthers(now))
        turns.noteCrowded(try batch([]), quota: 5)
        #expect(turns.mayLookAtOthers(now))
        turns.noteOthers(try batch([("1", 10)]), took: .zero, now: now)
        #expect(turns.crowded == ["1"] && turns.mayLookAtOthers(now))
    }

    @Test func `two whose ids only Unicode calls equal have a turn each`() throws {
        var turns = FairTurns(limit: 100)
        turns.noteOthers(try batch([("\u{e5}", 50), ("a\u{30a}", 50)]), took: .seconds(1), now: now)
        #expect(turns.crowded.count == 2)
    }

    @Test func `looking past the crowded takes a fifth of the time at the most`() throws {
        var turns = FairTurns(limit: 10)
        turns.noteOthers(try batch([("1", 10)]), took: .seconds(9), now: now)
        #expect(turns.mayLookAtOthers(now), "they are crowded since this moment")
        turns.noteOthers(try batch([]), took: .milliseconds(100), now: now)
        #expect(!turns.mayLookAtOthers(now + .milliseconds(399)))
        #expect(turns.mayLookAtOthers(now + .milliseconds(400)))
    }

    @Test func `everybody's first comes before anybody's second, and each person's stay in order`() throws {
        let due = try [("1", 1), ("1", 2), ("1", 3), ("2", 4), ("3", 5), ("2", 6)].map { turn, id in
            try DueReminder.due(
                anchor: "2026-01-01T09:00", dueAt: "2026-01-05T08:00:00Z", id: Int64(id), turnOf: turn)
        }
        #expect(FairTurns.inTurn(due).map(\.id) == [1, 4, 5, 2, 6, 3])
    }
}

@Suite struct PlannedBatchTests {
    private func due(_ count: Int, rrule: String? = nil) throws -> [DueReminder] {
        try (1...count).map { id in
            try .due(
                rrule == nil ? "daily" : "rrule", rrule: rrule, anchor: "2026-01-01T09:00",
                dueAt: "2026-01-05T08:00:00Z", id: Int64(id))
        }
    }

    @Test func `it stops when its time is over, and plans one at least`() throws {
        let cut = PlannedBatch(try due(3), planner: planner, within: .zero)
        #expect(cut.planned.map(\.reminder.id) == [1])
        #expect(cut.isCut)
        let whole = PlannedBatch(try due(3), planner: planner, within: .seconds(60))
        #expect(whole.planned.map(\.reminder.id) == [1, 2, 3])
        #expect(!whole.isCut)
    }

    @Test func `what cannot be planned is apart with its reason`() throws {
        let batch = PlannedBatch(
            try due(2) + due(1, rrule: "FREQ=HOURLY") + due(1), planner: planner, within: .seconds(60))
        #expect(batch.planned.map(\.reminder.id) == [1, 2, 1])
        #expect(batch.failed.count == 1)
        #expect(batch.failed[0].reason.hasPrefix("rrule: FREQ: "))
    }
}
