/// Notices a consumer that the broker has forgotten: the connection answers heartbeats and nothing is delivered.
///
/// RabbitMQ 3.10 says nothing, for example, when a quorum queue is removed by force. While nothing arrives, the queue
/// is asked for its counts now and then. Not for queues with `x-single-active-consumer`, where waiting beside a full
/// queue is right.
struct DeafnessCheck {
    private let interval: Duration
    private let limit: Duration
    private var lastSign: ContinuousClock.Instant
    private var asked: ContinuousClock.Instant?
    private var strikes = 0

    /// - Parameters:
    ///   - interval: how long nothing has to arrive before each question.
    ///   - limit: how long the answer may take.
    init(interval: Duration, limit: Duration, now: ContinuousClock.Instant) {
        self.interval = interval
        self.limit = limit
        lastSign = now
    }

    /// A delivery has arrived.
    mutating func heard(now: ContinuousClock.Instant) {
        lastSign = now
        strikes = 0
    }

    /// - Returns: whether to ask the queue now.
    /// - Throws: when the last question has not been answered.
    mutating func tick(now: ContinuousClock.Instant) throws(AMQPError) -> Bool {
        if let asked {
            guard now - asked <= limit else { throw Self.deaf("the queue does not answer") }
            return false
        }
        guard now - lastSign >= interval else { return false }
        asked = now
        return true
    }

    /// The queue has answered.
    ///
    /// - Throws: at the second answer in a row that does not go with a consumer that listens. The first may cross a
    ///   delivery on its way.
    mutating func answered(
        _ status: QueueStatus, unsettled: Int, now: ContinuousClock.Instant
    ) throws(AMQPError) {
        guard asked.take() != nil else { return }
        let heardMeanwhile = now - lastSign < interval
        lastSign = now
        let waitsForNobody = status.messages > 0 && unsettled == 0
        guard !heardMeanwhile, status.consumers == 0 || waitsForNobody else {
            strikes = 0
            return
        }
        strikes += 1
        if strikes > 1 { throw Self.deaf("the queue does not know this consumer") }
    }

    private static func deaf(_ text: String) -> AMQPError {
        AMQPError(code: .driver, operation: "check consumer", text: text)
    }
}
