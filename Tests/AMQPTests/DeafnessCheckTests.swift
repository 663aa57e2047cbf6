import Testing

@testable import RemindersAMQP

struct DeafnessCheckTests {
    private let start = ContinuousClock.now
    private var check: DeafnessCheck

    init() {
        check = DeafnessCheck(interval: .seconds(10), limit: .seconds(5), now: start)
    }

    private mutating func answer(at seconds: Int, messages: Int, consumers: Int, unsettled: Int = 0) throws(AMQPError) {
        let now = start + .seconds(seconds)
        #expect(try check.tick(now: now))
        try check.answered(
            QueueStatus(messages: messages, consumers: consumers), unsettled: unsettled, now: now + .milliseconds(1))
    }

    @Test mutating func asksOnlyAfterSilence() throws {
        #expect(try !check.tick(now: start + .seconds(9)))
        check.heard(now: start + .seconds(9))
        #expect(try !check.tick(now: start + .seconds(18)))
        #expect(try check.tick(now: start + .seconds(19)))
        #expect(try !check.tick(now: start + .seconds(20)), "one question at a time")
    }

    @Test mutating func aQueueWithoutMessagesIsMerelyQuiet() throws {
        for round in 1...5 { try answer(at: 11 * round, messages: 0, consumers: 1) }
    }

    @Test mutating func aConsumerThatHasItsHandsFullIsNotDeaf() throws {
        for round in 1...5 { try answer(at: 11 * round, messages: 9, consumers: 1, unsettled: 3) }
    }

    @Test mutating func messagesThatNobodyBringsAreNoticedAtTheSecondAnswer() throws {
        try answer(at: 11, messages: 1, consumers: 2)
        #expect(throws: AMQPError.self) { try answer(at: 22, messages: 1, consumers: 2) }
    }

    @Test mutating func aQueueWithoutConsumersIsNoticedAtTheSecondAnswer() throws {
        try answer(at: 11, messages: 0, consumers: 0)
        #expect(throws: AMQPError.self) { try answer(at: 22, messages: 0, consumers: 0) }
    }

    @Test mutating func aDeliveryInBetweenStartsOver() throws {
        try answer(at: 11, messages: 1, consumers: 1)
        check.heard(now: start + .seconds(12))
        try answer(at: 23, messages: 1, consumers: 1)
    }

    @Test mutating func aQuestionWithoutAnAnswerIsNoticed() throws {
        #expect(try check.tick(now: start + .seconds(10)))
        #expect(throws: AMQPError.self) { try check.tick(now: start + .seconds(16)) }
    }
}
