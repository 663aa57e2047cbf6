import Testing

@testable import RemindersSending

/// How many deliveries are claimed at a time.
@Suite struct ClaimWindowTests {
    private let begin = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { begin + .milliseconds(milliseconds) }

    @Test func `as many as are attempted at once, and no more until one has ended`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 256)
        window.beginTurn(at: at(0))
        #expect(window.room() == 8)
        window.claim(8, at: at(0))
        window.beginTurn(at: at(1))
        #expect(window.room() == 0)
        window.end()
        #expect(window.room() == 1)
    }

    @Test func `with a fast server it grows within a few turns to what ends in a tenth of a second`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 1_000)
        // 4 end each millisecond; what is claimed is known 2 ms later.
        var claims: [Int] = []
        var time = 0
        for _ in 1...600 {
            time += 1
            for _ in 0..<min(4, window.inHand) { window.end() }
            window.beginTurn(at: at(time))
            let batch = window.room()
            guard batch > 0 else { continue }
            claims.append(batch)
            window.claim(batch, at: at(time))
            #expect(window.inHand <= 408)
        }
        #expect(claims.prefix(10).contains { $0 > 100 }, "\(claims)")
        #expect(claims.suffix(2).allSatisfy { 200...408 ~= $0 }, "\(claims)")
    }

    @Test func `with a slow server it is hardly more than is attempted`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 256)
        for time in 1...100 {
            window.beginTurn(at: at(time * 100))
            window.claim(window.room(), at: at(time * 100))
            #expect(window.inHand <= 9)
            window.end()
        }
    }

    @Test func `a burst of ends is forgotten when the server becomes slow`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 256)
        window.beginTurn(at: at(0))
        window.claim(8, at: at(0))
        for _ in 1...8 { window.end() }
        window.beginTurn(at: at(1))
        window.claim(window.room(), at: at(1))
        #expect(window.inHand == 48)
        for time in 1...100 {
            if window.inHand > 0 { window.end() }
            window.beginTurn(at: at(time * 1_000))
            window.claim(window.room(), at: at(time * 1_000))
        }
        #expect(window.inHand <= 9)
    }

    @Test func `nothing is claimed until half of what was claimed ahead has begun`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 256)
        window.claim(8, at: at(0))
        for _ in 1...8 { window.end() }
        window.beginTurn(at: at(20))
        window.claim(48, at: at(20))
        for _ in 1...19 { window.end() }
        #expect(window.room() == 0)
        window.end()
        #expect(window.room() == 20)
    }

    @Test func `where each claim is to be an attempt, nothing is claimed ahead`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 0)
        for time in 1...100 {
            window.beginTurn(at: at(time))
            window.claim(window.room(), at: at(time))
            #expect(window.inHand == 8)
            for _ in 1...8 { window.end() }
        }
    }

    @Test func `what could not be claimed takes no place`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 0)
        window.beginTurn(at: at(0))
        window.claim(8, at: at(0))
        window.giveUp(5)
        window.beginTurn(at: at(1))
        #expect(window.room() == 5)
    }
}
