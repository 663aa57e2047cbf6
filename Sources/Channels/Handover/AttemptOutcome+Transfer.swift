import RemindersContracts
import RemindersDomain
import RemindersTransfer

extension AttemptOutcome {
    /// What the end of a transfer means for a delivery. The reply is cut to 500 characters.
    ///
    /// - Parameter secret: text that must not be shown, such as the last part of a webhook's path: `…` stands for it.
    public init(_ result: TransferResult, withholding secret: String = "") {
        self.init(result.outcome, fault: result.fault, reply: result.reply, withholding: secret)
        if result.isSilence, case .deferred(_, let reply) = self { self = .silent(reply: reply) }
    }

    /// The same, of the parts that count.
    public init(
        _ outcome: TransferResult.Outcome, fault: TransferResult.Fault = .none, reply: String,
        withholding secret: String = ""
    ) {
        let parts = secret.isEmpty ? [reply[...]] : reply.split(separator: secret, omittingEmptySubsequences: false)
        let reply = parts.joined(separator: "…").clipped(to: Limits.serverReply)
        switch (outcome, fault) {
        case (.delivered, _): self = .delivered(reply: reply)
        case (.unknown, _): self = .unknown(reply: reply)
        case (_, .settings): self = .blocked(reply: reply)
        case (.rejected, .policy): self = .refusedByPolicy(reply: reply)
        case (.rejected, .none): self = .rejected(reply: reply)
        case (.deferred(let after), _): self = .deferred(after: after, reply: reply)
        }
    }
}
