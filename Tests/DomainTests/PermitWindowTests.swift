import RemindersDomain
import SeededRandom
import Testing

@Suite("Permit window")
struct PermitWindowTests {
    private let now = Instant(seconds: 1_770_733_800)

    private func window(_ limit: Int) throws -> PermitWindow {
        try #require(PermitWindow(limit: limit))
    }

    @Test("five in an hour, and the sixth an hour after the first")
    func sixth() throws {
        let window = try window(5)
        var granted: [Instant] = []
        for index in 0..<5 {
            let moment = now + .seconds(index)
            #expect(window.answer(granted: granted, heldAhead: 0, now: moment) == .granted)
            granted.append(moment)
        }
        let answer = window.answer(granted: granted, heldAhead: 0, now: now + .seconds(10))
        #expect(answer == .nextSlot(now + .seconds(3_600)))
        let early = now + .seconds(3_600) - .microseconds(1)
        #expect(window.answer(granted: granted, heldAhead: 0, now: early) == .nextSlot(now + .seconds(3_600)))
        #expect(window.answer(granted: granted, heldAhead: 0, now: now + .seconds(3_600)) == .granted)
    }

    @Test("who waits ahead comes first, and whole windows pass for a long queue")
    func heldAhead() throws {
        let window = try window(2)
        let granted = [now - .seconds(100), now - .seconds(1_000)]
        func slot(_ ahead: Int) -> PermitWindow.Answer {
            window.answer(granted: granted, heldAhead: ahead, now: now)
        }
        #expect(slot(0) == .nextSlot(now + .seconds(2_600)))
        #expect(slot(1) == .nextSlot(now + .seconds(3_500)))
        #expect(slot(2) == .nextSlot(now + .seconds(6_200)))
        #expect(slot(3) == .nextSlot(now + .seconds(7_100)))
        #expect(slot(1_000) == .nextSlot(now + .seconds(2_600 + 500 * 3_600)))
        // A free slot belongs to the one that waits.
        #expect(window.answer(granted: [], heldAhead: 1, now: now) == .granted)
        #expect(window.answer(granted: [], heldAhead: 2, now: now) == .nextSlot(now + .seconds(3_600)))
    }

    @Test("a lowered limit waits until enough permits are over, order and old ones don't matter")
    func lowered() throws {
        let granted = [10, 3_599, 20, 30, 4_000, 40].map { now - .seconds($0) }
        #expect(try window(2).answer(granted: granted, heldAhead: 0, now: now) == .nextSlot(now + .seconds(3_580)))
        #expect(try window(6).answer(granted: granted, heldAhead: 0, now: now) == .granted)
        // Another machine's clock may be ahead.
        let ahead = [now + .seconds(5)]
        #expect(try window(1).answer(granted: ahead, heldAhead: 0, now: now) == .nextSlot(now + .seconds(3_605)))
    }

    @Test("a limit below one or a length of nothing is no window")
    func refused() {
        #expect(PermitWindow(limit: 0) == nil)
        #expect(PermitWindow(limit: -1) == nil)
        #expect(PermitWindow(limit: 5, length: .zero) == nil)
    }

    @Test("in any run: never more than the limit in any window, nobody waits beside a free slot, in order")
    func simulation() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<300 {
            let limit = Int.random(in: 1...6, using: &generator)
            let window = try #require(PermitWindow(limit: limit, length: .seconds(600)))
            var granted: [Instant] = []
            var waiting: [(order: Int, promised: Instant)] = []
            var served: [Int] = []
            var clock = now
            for order in 0..<80 {
                let arrival = clock + .seconds(.random(in: 0...240, using: &generator))
                // Those who wait are released when they were promised, the first first.
                while let first = waiting.first, first.promised <= arrival {
                    waiting.removeFirst()
                    let answer = window.answer(granted: granted, heldAhead: 0, now: first.promised)
                    #expect(answer == .granted, "a promise was not kept")
                    granted.append(first.promised)
                    served.append(first.order)
                }
                clock = arrival
                switch window.answer(granted: granted, heldAhead: waiting.count, now: clock) {
                case .granted:
                    #expect(waiting.isEmpty)
                    granted.append(clock)
                    served.append(order)
                case .nextSlot(let slot):
                    let active = granted.filter { $0 + window.length > clock }.count
                    #expect(slot > clock)
                    #expect(active + waiting.count >= limit, "a slot was free")
                    #expect(slot >= waiting.last?.promised ?? clock)
                    waiting.append((order, slot))
                }
            }
            #expect(served == served.sorted())
            for (index, first) in granted.enumerated() where index + limit < granted.count {
                #expect(granted[index + limit] >= first + window.length, "more than \(limit) in a window")
            }
        }
    }
}
