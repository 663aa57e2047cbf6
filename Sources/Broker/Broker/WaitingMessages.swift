import Logging
import RemindersAMQP
import RemindersContracts

/// The messages that wait in a queue, read without being taken: they go back when the connection is closed, and somebody who
/// consumes the queue meanwhile gets the others.
///
/// - Parameter most: how many are read at the most, 1 to 65,535.
/// - Returns: those that could be had; and how many the broker said were waiting.
/// - Throws: `AMQPError`, with the reply code 404 when there is no such queue.
public func waitingMessages(
    of queue: RemindersContracts.Queue, on broker: AMQPConfiguration, most: Int = 10_000, logger: Logger
) async throws -> (messages: [Delivery], waiting: Int) {
    let waiting = try await queueStatus(configuration: broker, queue: queue.rawValue).messages
    guard waiting > 0 else { return ([], 0) }
    let wanted = min(waiting, most)
    let consumer = Consumer(
        configuration: broker, queue: queue.rawValue, prefetch: wanted, consumerTag: "audit", logger: logger)
    return await withTaskGroup(of: Void.self) { group in
        group.addTask { await consumer.run() }
        group.addTask {
            // Others may have taken what was waiting.
            try? await Task.sleep(for: .seconds(5))
            await consumer.stop()
        }
        var messages: [Delivery] = []
        while messages.count < wanted, let more = await consumer.nextBatch(upTo: wanted - messages.count) {
            messages += more
        }
        await consumer.close()
        group.cancelAll()
        return (messages, waiting)
    }
}

/// What says of a refused message that it is of a time line before a restored backup.
public enum EarlierTimeLine {
    /// The end of the reason.
    public static let reason = "the message is from before the database was restored from a backup"
    /// The reason for a delivery that the ledger does not have at all.
    public static let notInLedger = "/occurrence_id and /recipient are not in the ledger"
}
