import Logging
import RemindersAMQP
import RemindersContracts
import RemindersDomain
import Synchronization

@testable import RemindersSending

/// A channel that answers as it is told and remembers what it was asked.
final class StubChannel: Channel {
    let kind = ChannelKind.email
    private let outcome: AttemptOutcome
    private let fault: RenderingError?
    private let seen = Mutex<[String]>([])
    private let shown = Mutex<[String]>([])

    init(_ outcome: AttemptOutcome = .delivered(reply: "250 OK"), fault: RenderingError? = nil) {
        self.outcome = outcome
        self.fault = fault
    }

    /// The delivery ids that were attempted.
    var attempted: [String] { seen.withLock { $0 } }

    /// The titles that the attempts showed, those of one message joined by commas.
    var titles: [String] { shown.withLock { $0 } }

    func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage {
        if let fault { throw fault }
        return RenderedMessage(content: Array("To: \(request.address ?? "")\r\n\r\n\(request.title)".utf8))
    }

    func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        seen.withLock { $0.append(request.deliveryID) }
        shown.withLock { $0.append(request.reminders.map(\.title).joined(separator: ", ")) }
        return outcome
    }
}

extension Attempting {
    /// With the standard ladder; not a dry run unless said so.
    init(
        _ channel: StubChannel, dryRun: Bool = false, unknownPolicy: RetryLadder.UnknownPolicy = .resend
    ) {
        var configuration = Sending.Configuration()
        configuration.isDryRun = dryRun
        configuration.ladder.unknownPolicy = unknownPolicy
        self.init(
            channel: channel, configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

extension ClaimedDelivery {
    /// The given attempt at a delivery of occurrence 7 to user 1.
    ///
    /// - Parameter digest: the occurrences it carries beside its own.
    /// - Parameter withdrawn: occurrences that are not wanted any more.
    static func numbered(
        _ attempt: Int, inDoubt: Bool = false, digest: [Int64] = [], withdrawn: [Int64: WithdrawReason] = [:]
    ) -> ClaimedDelivery {
        let due = Instant(seconds: 1_770_000_000)
        let request = DeliveryRequested(
            deliveryID: "0190a6d2-7c1e-7a3b-8f00-0123456789ab", occurrenceID: 7, reminderID: 3, recipient: .user("1"),
            channel: .email, address: "ada@example.com", locale: "da", timeZone: "Europe/Copenhagen",
            priority: .normal, title: "Følg op", about: CaseSummary(reference: .init(entityType: "case", id: "123")),
            trigger: .timeBased, dueAt: due, requestedAt: due,
            digest: digest.map {
                DigestItem(
                    deliveryID: "0190a6d2-7c1e-7a3b-8f00-00000000000\($0)", occurrenceID: $0, reminderID: 3,
                    priority: .normal, title: "Nr. \($0)",
                    about: CaseSummary(reference: .init(entityType: "case", id: "123")), trigger: .timeBased, dueAt: due
                )
            })
        let decoded = DecodedDelivery(delivery: Delivery(body: request.encode()), request: request)
        return ClaimedDelivery(decoded: decoded, attempt: attempt, isInDoubt: inDoubt, withdrawn: withdrawn)
    }
}
