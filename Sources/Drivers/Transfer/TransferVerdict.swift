/// What the classification says of an end: a `TransferResult` without its measurements.
struct TransferVerdict: Hashable, Sendable {
    var outcome: TransferResult.Outcome
    var reply: String
    var code: Int = 0
    var curlCode: Int32 = 0
    var stage: TransferResult.Stage
    var fault = TransferResult.Fault.none

    func result(duration: Duration, newConnection: Bool, responseBody: [UInt8] = []) -> TransferResult {
        TransferResult(
            outcome: outcome, reply: reply, code: code, curlCode: curlCode, responseBody: responseBody, stage: stage,
            duration: duration, newConnection: newConnection, fault: fault)
    }

    /// For what had not begun when the client closed.
    static let closed = TransferVerdict(
        outcome: .deferred(after: nil), reply: "the client is closing", stage: .queued)

    /// For what nobody wants to be handed over any more.
    static func unwanted(at stage: TransferResult.Stage) -> TransferVerdict {
        TransferVerdict(
            outcome: .deferred(after: nil),
            reply: "not handed over: whoever asked for it may not be the one to any more",
            stage: stage)
    }
}
