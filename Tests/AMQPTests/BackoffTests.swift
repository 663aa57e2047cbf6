import Testing

@testable import RemindersAMQP

struct BackoffTests {
    @Test func doublesUpToItsLimit() {
        var backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
        let waits = (0..<6).map { _ in backoff.next(lived: .zero, random: 1) }
        #expect(
            waits == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
                .seconds(1),
            ])
    }

    @Test func halfOfTheWaitIsChance() {
        var backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
        #expect(backoff.next(lived: .zero, random: 0) == .milliseconds(50))
    }

    @Test func startsOverAfterAConnectionThatWorked() {
        var backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
        for _ in 0..<5 { _ = backoff.next(lived: .zero) }
        #expect(backoff.next(lived: .seconds(2), random: 1) == .milliseconds(100))
    }
}
