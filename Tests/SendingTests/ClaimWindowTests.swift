import Testing

@testable import RemindersSending

/// How many deliveries are claimed at a time.
@Suite struct ClaimWindowTests {
    @Test func `as many as are attempted at once, and no more until one has ended`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 256)
        window.beginTurn()
        #expect(window.room() == 8)
        window.claim(8)
        window.beginTurn()
        #expect(window.room() == 0)
        window.claim(0)
        window.beginTurn()
        window.end()
        #expect(window.room() == 1)
    }

    @Test func `with a fast server it grows within a few turns to what ends during two of them`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 256)
        // Up to 50 end while the next are being claimed.
        var claims: [Int] = []
        for _ in 1...8 {
            window.beginTurn()
            let batch = window.room()
            claims.append(batch)
            window.claim(batch)
            for _ in 0..<min(50, window.inHand) { window.end() }
        }
        #expect(claims.prefix(3) == [8, 24, 56])
        #expect(claims.last == 50)
        #expect(window.inHand + 50 == 108, "8 and twice 50")
    }

    @Test func `with a slow server it is hardly more than is attempted`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 256)
        for _ in 1...100 {
            window.beginTurn()
            window.claim(window.room())
            #expect(window.inHand <= 10)
            window.end()
        }
    }

    @Test func `a burst of ends is forgotten by the next turn`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 256)
        window.beginTurn()
        window.claim(8)
        for _ in 1...8 { window.end() }
        window.beginTurn()
        window.claim(window.room())
        #expect(window.inHand == 24)
        for _ in 1...16 {
            window.beginTurn()
            window.claim(window.room())
            window.end()
        }
        window.beginTurn()
        #expect(window.inHand <= 10)
    }

    @Test func `where each claim is to be an attempt, nothing is claimed ahead`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 0)
        for _ in 1...100 {
            window.beginTurn()
            window.claim(window.room())
            #expect(window.inHand == 8)
            for _ in 1...8 { window.end() }
        }
    }

    @Test func `what could not be claimed takes no place`() {
        var window = ClaimWindow(attemptsAtOnce: 8, mostAhead: 0)
        window.beginTurn()
        window.claim(8)
        window.giveUp(5)
        window.beginTurn()
        #expect(window.room() == 5)
    }
}
