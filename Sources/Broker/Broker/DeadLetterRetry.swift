import Logging
import RemindersAMQP
import RemindersContracts
import RemindersDomain
import RemindersStore

/// Sends dead letters to their queues again, for an operator.
///
/// The copy in the queue of dead letters stays where it is: it is for people who look there, and taking one message out
/// of the middle of a queue would mean to hand out and put back all that lie before it. Once its letters are settled,
/// the queue can be purged.
public struct DeadLetterRetry: Sendable {
    private let store: ReminderStore
    private let channels: ChannelRegistry
    private let publish: @Sendable (Message) async -> PublishOutcome

    /// Retries over a connection that is opened for each letter: that happens now and then.
    ///
    /// - Parameter channels: those of the installation; their queues are known.
    public init(
        store: ReminderStore, broker: AMQPConfiguration, channels: ChannelRegistry = .standard, logger: Logger
    ) {
        self.init(store: store, channels: channels) { message in
            let publisher = Publisher(configuration: broker, logger: logger)
            return await withTaskGroup(of: PublishOutcome?.self) { group in
                group.addTask {
                    await publisher.run()
                    return nil
                }
                group.addTask {
                    // Whoever waits for the answer of a request does not wait longer.
                    try? await Task.sleep(for: .seconds(10))
                    await publisher.stop()
                    return nil
                }
                let isReady = await publisher.waitUntilReady()
                let outcome = isReady ? await publisher.publish(message) : .failed(.notConnected)
                await publisher.stop()
                group.cancelAll()
                return outcome
            }
        }
    }

    init(
        store: ReminderStore, channels: ChannelRegistry = .standard,
        publish: @escaping @Sendable (Message) async -> PublishOutcome
    ) {
        self.store = store
        self.channels = channels
        self.publish = publish
    }

    /// Sends a letter to its queue again, and settles it once the broker has confirmed that. If this process dies in
    /// between, the letter can be retried again: what our queues carry may come twice.
    ///
    /// - Returns: the letter as it is then.
    /// - Throws: `DeadLetterRefusal`, and what the database throws.
    public func callAsFunction(_ id: Int64) async throws -> StoredDeadLetter {
        try await store.retryDeadLetter(id) { letter in
            let message = try await message(for: letter)
            if case .failed(let error) = await publish(message) {
                throw DeadLetterRefusal.notPublished(reason: "\(error)")
            }
        }
    }

    private func message(for letter: StoredDeadLetter) async throws -> Message {
        guard let queue = RemindersContracts.Queue(rawValue: letter.summary.queue, in: channels) else {
            throw DeadLetterRefusal.unknownQueue(letter.summary.queue)
        }
        guard !letter.body.isEmpty else { throw DeadLetterRefusal.withoutBody }
        if let state = try await stateOfDelivery(in: letter, of: queue), state.isFinal {
            throw DeadLetterRefusal.deliveryEnded(state)
        }
        var headers = FieldTable()
        for header in letter.headers { headers[header.name] = .string(header.value) }
        return Message(
            exchange: "", routingKey: queue.rawValue, body: letter.body,
            properties: MessageProperties(
                contentType: letter.contentType ?? MessageKind.contentType, headers: headers,
                messageID: letter.summary.messageID, type: letter.summary.type))
    }

    /// Where the delivery stands that the letter asks for; nil for another message, or one that can't be read.
    private func stateOfDelivery(
        in letter: StoredDeadLetter, of queue: RemindersContracts.Queue
    ) async throws -> DeliveryState? {
        guard queue.exchange == .deliveries, let request = try? DeliveryRequested(decoding: letter.body) else {
            return nil
        }
        return try await store.state(
            of: DeliveryKey(
                occurrenceID: request.reminder.occurrenceID, recipient: request.recipient, channel: request.channel,
                generation: request.reminder.generation))
    }
}
