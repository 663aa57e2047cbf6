import RemindersGround
import Testing

@Suite("Backoff") struct BackoffTests {
    @Test func itDoublesUpToItsLongest() {
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(5))
        let delays = (0..<6).map { _ in backoff.next(jitter: 1) }
        #expect(delays == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
        backoff.reset()
        #expect(backoff.next(jitter: 1) == .milliseconds(500))
    }

    @Test(arguments: [-1.0, 0, 0.3, 1, 2]) func jitterTakesAwayAtMostHalf(_ jitter: Double) {
        var backoff = Backoff(first: .seconds(1), longest: .seconds(1))
        #expect((.milliseconds(500) ... .seconds(1)).contains(backoff.next(jitter: jitter)))
    }

    @Test func manyFailuresDoNotOverflow() {
        var backoff = Backoff(first: .seconds(3600), longest: .seconds(7200))
        for _ in 0..<1000 { #expect(backoff.next(jitter: 1) <= .seconds(7200)) }
    }
}
