import RemindersAMQP
import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersSending

/// Whose turn it is to be claimed.
@Suite struct LanesTests {
    private let start = ContinuousClock.now

    private func lanes(_ attemptsAtOnce: Int = 4) -> Lanes {
        Lanes(ClaimWindow(attemptsAtOnce: attemptsAtOnce, mostAhead: 0))
    }

    private func some(_ count: Int) -> [DecodedDelivery] {
        // Each is an object of its own.
        (0..<count).map { _ in ClaimedDelivery.numbered(1).decoded }
    }

    private func put(
        _ deliveries: [DecodedDelivery], _ destination: String, again: Bool = false, in lanes: inout Lanes
    ) {
        let lane = Lanes.Name(destination: destination, isForRetries: again)
        lanes.put(deliveries.map { (delivery: $0, lane: lane) })
    }

    private func count(_ taken: [DecodedDelivery], of deliveries: [DecodedDelivery]) -> Int {
        taken.count { one in deliveries.contains { $0 === one } }
    }

    @Test func `destinations take turns, in the order of their deliveries`() {
        var lanes = lanes()
        let (many, few) = (some(100), some(2))
        put(many, "many.example", in: &lanes)
        put(few, "few.example", in: &lanes)
        let taken = lanes.take(upTo: 256, at: start)
        #expect(taken.count == 4)
        #expect(taken.map { one in many.contains { $0 === one } } == [true, false, true, false])
        #expect(taken[0] === many[0] && taken[1] === few[0] && taken[2] === many[1] && taken[3] === few[1])
        #expect(lanes.take(upTo: 256, at: start).isEmpty)
    }

    @Test func `what is slow takes no place of the others, and its destination gets nothing more`() {
        var lanes = lanes(4)
        let hanging = some(100)
        put(hanging, "hangs.example", in: &lanes)
        var now = start
        var begun = lanes.take(upTo: 256, at: now)
        #expect(begun.count == 4)
        // Each second four more are slow, until there are eight of this destination.
        for expected in [4, 0, 0] {
            #expect(lanes.nextSlow != nil || expected == 0)
            now += .seconds(1)
            let taken = lanes.take(upTo: 256, at: now)
            #expect(taken.count == expected)
            begun += taken
        }
        let others = some(100)
        put(others, "works.example", in: &lanes)
        let taken = lanes.take(upTo: 256, at: now)
        #expect(count(taken, of: others) == 4, "all four places are theirs")
        // One place of the slow is free, but the four others are being attempted.
        lanes.end(begun[0], wasAttempted: true)
        #expect(lanes.take(upTo: 256, at: now).isEmpty)
        lanes.end(taken[0], wasAttempted: true)
        #expect(count(lanes.take(upTo: 256, at: now), of: hanging) == 1)
    }

    @Test func `what is tried again takes nothing from what is tried first, at the same destination`() {
        var lanes = lanes(4)
        put(some(100), "mixed.example", again: true, in: &lanes)
        var now = start
        #expect(lanes.take(upTo: 256, at: now).count == 4)
        now += .seconds(1)
        #expect(lanes.take(upTo: 256, at: now).isEmpty, "four slow retries are enough")
        let first = some(100)
        put(first, "mixed.example", in: &lanes)
        #expect(count(lanes.take(upTo: 256, at: now), of: first) == 4)
    }

    @Test func `all places of the slow taken, others still have theirs`() {
        var lanes = lanes(4)
        var now = start
        for number in 1...10 { put(some(100), "hangs\(number).example", in: &lanes) }
        var total = 0
        for _ in 1...10 {
            total += lanes.take(upTo: 256, at: now).count
            now += .seconds(1)
        }
        #expect(total == 16, "four, and three times as many that are slow")
    }

    @Test func `what could not be claimed leaves its place, and all that waits can be taken back`() {
        var lanes = lanes(4)
        put(some(10), "a.example", in: &lanes)
        for delivery in lanes.take(upTo: 256, at: start) { lanes.end(delivery, wasAttempted: false) }
        #expect(lanes.take(upTo: 256, at: start).count == 4)
        #expect(lanes.popAll().count == 2)
        #expect(lanes.popAll().isEmpty)
        #expect(lanes.nextSlow == nil)
    }
}
