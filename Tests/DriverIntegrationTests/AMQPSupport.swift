import Foundation
import Logging
import RemindersAMQP
import TestSupport

/// What the AMQP tests share: the broker, names of their own, and clients that end with the test.
enum AMQPSupport {
    static let logger: Logger = {
        var logger = Logger(label: "test.amqp")
        // AMQP_TEST_LOG=info shows what the clients do.
        let wanted = ProcessInfo.processInfo.environment["AMQP_TEST_LOG"].flatMap(Logger.Level.init(rawValue:))
        logger.logLevel = wanted ?? .critical
        return logger
    }()

    /// The shared broker, with short limits.
    static func configuration() async throws -> AMQPConfiguration {
        try configuration(url: await RabbitMQServer.shared().url)
    }

    static func configuration(url: String) throws -> AMQPConfiguration {
        var configuration = try AMQPConfiguration(url: url)
        configuration.heartbeat = .seconds(1)
        // RabbitMQ 3.10 may leave a consume unanswered while a quorum queue recovers; another try gets through.
        configuration.connectTimeout = .seconds(3)
        return configuration
    }

    /// A name that no other test uses.
    static func name(_ test: String = #function) -> String {
        "\(test.prefix { $0 != "(" })-\(UUID().uuidString.prefix(8))"
    }

    /// Runs `body` beside a publisher that is ready, and stops the publisher.
    static func withPublisher<Result>(
        _ configuration: AMQPConfiguration, topology: Topology? = nil, window: Int = 1024,
        confirmTimeout: Duration = .seconds(15), isolation: isolated (any Actor)? = #isolation,
        _ body: (Publisher) async throws -> Result
    ) async throws -> Result {
        let publisher = Publisher(
            configuration: configuration, topology: topology, window: window, confirmTimeout: confirmTimeout,
            logger: logger)
        let running = Task { await publisher.run() }
        let result: Result
        do {
            try await eventually(within: .seconds(20), "a publisher that is ready") { publisher.isReady }
            result = try await body(publisher)
        } catch {
            running.cancel()
            throw error
        }
        await publisher.stop()
        await running.value
        return result
    }

    /// Runs `body` beside a consumer that is ready, and closes the consumer.
    static func withConsumer<Result>(
        _ configuration: AMQPConfiguration, topology: Topology? = nil, queue: String, prefetch: Int = 100,
        isolation: isolated (any Actor)? = #isolation, _ body: (Consumer) async throws -> Result
    ) async throws -> Result {
        let consumer = Consumer(
            configuration: configuration, topology: topology, queue: queue, prefetch: prefetch, logger: logger)
        let running = Task { await consumer.run() }
        let result: Result
        do {
            try await eventually(within: .seconds(20), "a consumer that is ready") { consumer.isReady }
            result = try await body(consumer)
        } catch {
            running.cancel()
            throw error
        }
        await consumer.close()
        await running.value
        return result
    }

    /// Messages for a queue by way of the default exchange; the bodies count from 0, unless they have a size.
    static func messages(_ count: Int, to queue: String, bytes: Int? = nil) -> [Message] {
        (0..<count).map { number in
            Message(
                exchange: "", routingKey: queue,
                body: bytes.map { Array(repeating: 1, count: $0) } ?? Array("\(number)".utf8),
                properties: MessageProperties(messageID: "\(number)"))
        }
    }

    static func counts(_ configuration: AMQPConfiguration, _ queue: String) async throws -> QueueStatus {
        try await queueStatus(configuration: configuration, queue: queue)
    }
}

extension Consumer {
    /// Takes exactly `count` deliveries.
    ///
    /// - Throws: `NotInTime` when they do not come.
    func take(_ count: Int, within limit: Duration = .seconds(20)) async throws -> [Delivery] {
        try await withThrowingTaskGroup(of: [Delivery]?.self) { group in
            group.addTask {
                var taken: [Delivery] = []
                while taken.count < count, let batch = await self.nextBatch(upTo: count - taken.count) {
                    taken += batch
                }
                return taken
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let taken = try await group.next() ?? nil, taken.count == count else { throw TooFew(wanted: count) }
            return taken
        }
    }
}

struct TooFew: Error {
    let wanted: Int
}

extension Delivery {
    var text: String { String(decoding: body, as: UTF8.self) }
}
