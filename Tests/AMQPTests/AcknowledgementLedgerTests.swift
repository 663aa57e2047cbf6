import SeededRandom
import Testing

@testable import RemindersAMQP

struct AcknowledgementLedgerTests {
    private typealias Frame = AcknowledgementLedger.Frame

    private func ledger(_ count: UInt64) -> AcknowledgementLedger {
        var ledger = AcknowledgementLedger()
        for tag in 1...count { _ = ledger.deliver(tag) }
        return ledger
    }

    private func ack(_ tag: UInt64, multiple: Bool = false) -> Frame {
        Frame(tag: tag, multiple: multiple, settlement: .acknowledge)
    }

    @Test func aBatchInARowIsOneFrame() {
        var ledger = ledger(100)
        #expect(ledger.settle(Array((1...100).shuffled()), .acknowledge) == [ack(100, multiple: true)])
        #expect(ledger.unsettled == 0)
    }

    @Test func aGapIsNotAcknowledged() {
        var ledger = ledger(5)
        #expect(ledger.settle([1, 2, 4, 5], .acknowledge) == [ack(2, multiple: true), ack(4), ack(5)])
        #expect(ledger.unsettled == 1)
        #expect(ledger.settle([3], .acknowledge) == [ack(3)])
    }

    @Test func nothingIsMultipleBehindAnOpenDelivery() {
        var ledger = ledger(3)
        #expect(ledger.settle([3, 2], .acknowledge) == [ack(3), ack(2)])
    }

    @Test func whatWasSettledBeforeClosesTheGap() {
        var ledger = ledger(4)
        #expect(ledger.settle([2], .discard) == [Frame(tag: 2, multiple: false, settlement: .discard)])
        #expect(ledger.settle([1, 3], .acknowledge) == [ack(3, multiple: true)])
        #expect(ledger.settle([4], .acknowledge) == [ack(4)])
    }

    @Test func multipleNeverReachesPastAnotherSettlement() {
        var ledger = ledger(4)
        #expect(ledger.settle([1, 2], .requeue) == [Frame(tag: 2, multiple: true, settlement: .requeue)])
        #expect(ledger.settle([3, 4], .acknowledge) == [ack(4, multiple: true)])
    }

    @Test func settlingTwiceOrTheUnknownSendsNothing() {
        var ledger = ledger(3)
        #expect(ledger.settle([1, 1], .acknowledge) == [ack(1)])
        #expect(ledger.settle([1, 0, 4, .max], .acknowledge) == [])
        #expect(ledger.unsettled == 2)
    }

    @Test func noticesTagsOutOfOrder() {
        var ledger = ledger(2)
        let inOrder = [4, 2, 3].map { ledger.deliver($0) }
        #expect(inOrder == [false, false, true])
    }

    /// The broker's side: applies frames to what is outstanding there.
    private struct Broker {
        var outstanding: Set<UInt64> = []

        mutating func apply(_ frame: Frame) -> Set<UInt64>? {
            guard outstanding.contains(frame.tag) else { return nil }
            let settled: Set<UInt64> = frame.multiple ? outstanding.filter { $0 <= frame.tag } : [frame.tag]
            outstanding.subtract(settled)
            return settled
        }
    }

    @Test(arguments: 0..<50)
    func theBrokerSettlesExactlyWhatWasSettledHere(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var ledger = AcknowledgementLedger()
        var broker = Broker()
        var next: UInt64 = 1
        for _ in 0..<40 {
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let inOrder = ledger.deliver(next)
                #expect(inOrder)
                broker.outstanding.insert(next)
                next += 1
            }
            let chosen = broker.outstanding.sorted().filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
            var settled: Set<UInt64> = []
            for frame in ledger.settle(chosen.shuffled(using: &random), .acknowledge) {
                let applied = broker.apply(frame)
                settled.formUnion(try #require(applied, "a tag that the broker does not know"))
            }
            #expect(settled == Set(chosen))
            #expect(ledger.unsettled == broker.outstanding.count)
        }
    }
}
