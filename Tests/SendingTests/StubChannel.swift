import AMQP
import Contracts
import Domain
import Logging
import Synchronization

@testable import Sending

/// A channel that answers as it is told and remembers what it was asked.
final class StubChannel: Channel {
    let kind = ChannelKind.email
    private let outcome: AttemptOutcome
    private let fault: RenderingError?
    private let seen = Mutex<[String]>([])

    init(_ outcome: AttemptOutcome = .delivered(reply: "250 OK"), fault: RenderingError? = nil) {
        self.outcome = outcome
        self.fault = fault
    }

    /// The delivery ids that were attempted.
    var attempted: [String] { seen.withLock { $0 } }

    func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage {
        if let fault { throw fault }
        return RenderedMessage(content: Array("To: \(request.address ?? "")\r\n\r\n\(request.title)".utf8))
    }

    func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        seen.withLock { $0.append(request.deliveryID) }
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
    static func numbered(_ attempt: Int, inDoubt: Bool = false) -> ClaimedDelivery {
        let due = Instant(seconds: 1_770_000_000)
        let request = DeliveryRequested(
            deliveryID: "0190a6d2-7c1e-7a3b-8f00-0123456789ab", occurrenceID: 7, reminderID: 3, recipient: .user("1"),
            channel: .email, address: "ada@example.com", locale: "da", timeZone: "Europe/Copenhagen",
            priority: .normal, title: "Følg op", about: CaseSummary(reference: .init(entityType: "case", id: "123")),
            trigger: .timeBased, dueAt: due, requestedAt: due)
        let decoded = DecodedDelivery(delivery: Delivery(body: request.encode()), request: request)
        return ClaimedDelivery(decoded: decoded, attempt: attempt, isInDoubt: inDoubt)
    }
}
