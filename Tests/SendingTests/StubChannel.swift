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
        return RenderedMessage(content: Array("To: \(request.address ?? "")\r\n\r\n\(request.reminder.title)".utf8))
    }

    func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        seen.withLock { $0.append(request.reminder.deliveryID.text) }
        shown.withLock { $0.append(request.reminders.map(\.title).joined(separator: ", ")) }
        return outcome
    }
}

extension Attempting {
    /// With the standard ladder; not a dry run unless said so.
    init(
        _ channel: StubChannel, dryRun: Bool = false, unknownPolicy: RetryLadder.UnknownPolicy = .resend,
        onlyTo: AllowList? = nil
    ) {
        var configuration = Sending.Configuration()
        configuration.isDryRun = dryRun
        configuration.onlyTo = onlyTo
        configuration.ladder.unknownPolicy = unknownPolicy
        self.init(
            channel: channel, configuration: configuration,
            weigh: { outcome, delivery in
                var health = ChannelHealth(patience: .seconds(60))
                return health.note(outcome, of: delivery, at: .now)
            },
            admit: { _ in .goes }, note: { _, _ in }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
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
            ShownReminder(
                deliveryID: DeliveryID(high: 0x0190_a6d2_7c1e_7a3b, low: 0x8f00_0123_4567_89ab), occurrenceID: 7,
                reminderID: 3, title: "Følg op", about: CaseSummary(reference: .init(entityType: "case", id: "123")),
                dueAt: due),
            to: .user("1"), through: .email, address: "ada@example.com", locale: "da", timeZone: "Europe/Copenhagen",
            requestedAt: due,
            digest: digest.map {
                ShownReminder(
                    deliveryID: DeliveryID(high: 0x0190_a6d2_7c1e_7a3b, low: UInt64($0)), occurrenceID: $0,
                    reminderID: 3, title: "Nr. \($0)",
                    about: CaseSummary(reference: .init(entityType: "case", id: "123")), dueAt: due)
            })
        let decoded = DecodedDelivery(delivery: Delivery(body: request.encode()), request: request)
        return ClaimedDelivery(
            decoded: decoded, attempt: attempt, deaths: inDoubt ? 1 : 0, withdrawn: withdrawn.mapValues(\.rawValue))
    }
}
