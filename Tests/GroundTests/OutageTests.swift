import RemindersGround
import Testing

@Suite("Outage") struct OutageTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func itSpeaksAsItBeginsOnceAMinuteAndAsItEnds() {
        var outage = Outage()
        var lines: [Outage.Line] = []
        for second in 0..<150 { if let line = outage.failed(at: at(second)) { lines.append(line) } }
        if let line = outage.succeeded(at: at(150)) { lines.append(line) }
        #expect(
            lines == [
                .began, .goesOn(failures: 61, lasting: .seconds(60)), .goesOn(failures: 121, lasting: .seconds(120)),
                .ended(failures: 150, lasted: .seconds(150)),
            ])
        #expect(outage.since == nil)
    }

    @Test func withoutAFailureThereIsNothingToSay() {
        var outage = Outage()
        #expect(outage.succeeded(at: start) == nil)
    }

    @Test func failingInTurnsIsNotNewsEachTime() {
        var outage = Outage()
        var lines = 0
        for second in 0..<600 {
            if outage.failed(at: at(second)) != nil { lines += 1 }
            if outage.succeeded(at: at(second)) != nil { lines += 1 }
        }
        #expect(lines == 20)
    }

    @Test func aSecondOutageRightAfterTheFirstSpeaksWhenItLasts() {
        var outage = Outage()
        _ = outage.failed(at: at(0))
        _ = outage.succeeded(at: at(1))
        #expect(outage.failed(at: at(2)) == nil)
        #expect(outage.since == at(2))
        #expect(outage.failed(at: at(62)) == .goesOn(failures: 2, lasting: .seconds(60)))
        #expect(outage.succeeded(at: at(63)) == .ended(failures: 2, lasted: .seconds(61)))
    }
}
