import RemindersAMQP
import TestSupport
import Testing

/// What the broker may do with a message, over one connection that works.
struct AMQPPublishingTests {
    @Test func tellsConfirmedReturnedAndRefusedApartInOneCall() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let topology = Topology(queues: [.quorum(queue)])
        try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
            let good = Message(exchange: "", routingKey: queue, body: [1])
            let nowhere = Message(exchange: "", routingKey: "\(queue).nowhere", body: [2])
            var silent = nowhere
            silent.mandatory = false
            var long = good
            long.properties.messageID = String(repeating: "x", count: 256)
            var large = good
            large.body = Array(repeating: 0, count: configuration.maximumBodyBytes + 1)

            let outcomes = await publisher.publish([good, nowhere, long, good, nowhere, silent, large, good])
            let returned = PublishOutcome.failed(.returned(code: 312, text: "NO_ROUTE"))
            #expect(outcomes[0] == .confirmed)
            #expect(outcomes[1] == returned)
            #expect(outcomes[3] == .confirmed)
            #expect(outcomes[4] == returned)
            #expect(outcomes[5] == .confirmed, "without mandatory the broker confirms what it drops")
            for index in [2, 6] {
                guard case .failed(.refused) = outcomes[index] else {
                    Issue.record("message \(index): \(outcomes[index])")
                    continue
                }
            }
            #expect(outcomes[7] == .confirmed, "refused messages do no harm to the connection")
            let counts = try await AMQPSupport.counts(configuration, queue)
            #expect(counts.messages == 3)
        }
    }

    /// An exchange that goes by headers lets each of two messages pass that differ in nothing else or in their body only.
    @Test func whatIsReturnedIsFoundAmongMessagesWithTheSameKeyAndID() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let exchange = "\(queue).by-headers"
        let topology = Topology(
            exchanges: [Exchange(name: exchange, kind: .headers)], queues: [.quorum(queue)],
            bindings: [
                Binding(exchange: exchange, queue: queue, routingKey: "", arguments: ["wanted": .string("yes")])
            ])
        func message(_ body: UInt8, _ wanted: String) -> Message {
            Message(
                exchange: exchange, routingKey: "key", body: [body],
                properties: MessageProperties(headers: ["wanted": .string(wanted)], messageID: "id"))
        }
        try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
            let outcomes = await publisher.publish([
                message(1, "yes"), message(2, "no"), message(3, "yes"), message(3, "no"), message(4, "yes"),
            ])
            #expect(outcomes.map { $0 == .confirmed } == [true, false, true, false, true], "\(outcomes)")
        }
    }

    @Test func aFullQueueThatRejectsPublishesIsANack() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let arguments: FieldTable = ["x-max-length": .int32(2), "x-overflow": .string("reject-publish")]
        let topology = Topology(queues: [Queue(name: queue, arguments: arguments)])
        try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
            var outcomes: [PublishOutcome] = []
            for message in AMQPSupport.messages(6, to: queue) { outcomes.append(await publisher.publish(message)) }
            #expect(outcomes.prefix(2).allSatisfy { $0 == .confirmed })
            #expect(outcomes.suffix(2).allSatisfy { $0 == .failed(.nacked) })
        }
    }

    @Test func anUnknownExchangeClosesTheChannelAndTheNextPublishWorks() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await AMQPSupport.withPublisher(configuration, topology: Topology(queues: [.quorum(queue)])) { publisher in
            let lost = Message(exchange: "\(queue).unknown", routingKey: "", body: [])
            for _ in 0..<3 {
                guard case .failed(.channelClosed(404, _)) = await publisher.publish(lost) else {
                    Issue.record("a publish to nowhere went well")
                    return
                }
                #expect(publisher.isReady)
                #expect(await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.confirmed])
            }
            // The same on the channel without confirms.
            await publisher.publishWithoutConfirm([lost])
            try await eventually("a message on the reopened channel") {
                await publisher.publishWithoutConfirm(AMQPSupport.messages(1, to: queue))
                return try await AMQPSupport.counts(configuration, queue).messages > 3
            }
            #expect(await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.confirmed])
        }
    }

    @Test func moreThanTheWindowWaitsInsideInOrder() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let topology = Topology(queues: [.quorum(queue)])
        try await AMQPSupport.withPublisher(configuration, topology: topology, window: 10) { publisher in
            let outcomes = await publisher.publish(AMQPSupport.messages(500, to: queue))
            #expect(outcomes.allSatisfy { $0 == .confirmed })
        }
        try await AMQPSupport.withConsumer(configuration, queue: queue, prefetch: 1000) { consumer in
            let deliveries = try await consumer.take(500)
            #expect(deliveries.map(\.text) == (0..<500).map { "\($0)" })
            consumer.acknowledge(deliveries)
        }
    }

    @Test func tenThousandMessagesGoThroughFromManyTasks() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await AMQPSupport.withPublisher(configuration, topology: Topology(queues: [.quorum(queue)])) { publisher in
            async let received = AMQPSupport.withConsumer(configuration, queue: queue, prefetch: 1000) { consumer in
                var texts: [String: Int] = [:]
                while texts.count < 10_000 {
                    let batch = try await consumer.take(1)
                    let more = texts.count < 9_000 ? await consumer.nextBatch(upTo: 500) ?? [] : []
                    for delivery in batch + more { texts[delivery.text, default: 0] += 1 }
                    consumer.acknowledge(batch + more)
                }
                return texts
            }
            let all = AMQPSupport.messages(10_000, to: queue)
            let confirmed = await withTaskGroup(of: Int.self) { group in
                for start in stride(from: 0, to: 10_000, by: 250) {
                    group.addTask {
                        await publisher.publish(Array(all[start..<start + 250])).count { $0 == .confirmed }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(confirmed == 10_000)
            let deliveries = try await received
            #expect(deliveries.values.allSatisfy { $0 == 1 })
        }
        try await eventually("an empty queue") { try await AMQPSupport.counts(configuration, queue).messages == 0 }
    }

    @Test func bodiesOfManyFramesArriveWhole() async throws {
        var configuration = try await AMQPSupport.configuration()
        configuration.maximumBodyBytes = 2 << 20
        let queue = AMQPSupport.name()
        // Around one frame of 131,072 bytes with its 8 bytes of frame header and end.
        let sizes = [0, 1, 131_063, 131_064, 131_065, 2 * 131_064, 2 << 20]
        let messages = sizes.map { size in
            Message(exchange: "", routingKey: queue, body: (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7) })
        }
        try await AMQPSupport.withPublisher(configuration, topology: Topology(queues: [.quorum(queue)])) { publisher in
            #expect(await publisher.publish(messages).allSatisfy { $0 == .confirmed })
        }
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            let deliveries = try await consumer.take(sizes.count)
            #expect(zip(deliveries, messages).allSatisfy { $0.body == $1.body })
            consumer.acknowledge(deliveries)
        }
    }

    @Test func publishingWithoutAConnectionFailsAtOnce() async throws {
        let configuration = try await AMQPSupport.configuration()
        let publisher = Publisher(configuration: configuration, logger: AMQPSupport.logger)
        #expect(
            await publisher.publish(AMQPSupport.messages(2, to: "q"))
                == Array(repeating: .failed(.notConnected), count: 2))
        await publisher.publishWithoutConfirm(AMQPSupport.messages(1, to: "q"))
        await publisher.stop()
        await publisher.run()
        #expect(await !publisher.waitUntilReady())
    }

    @Test func stopWaitsForConfirmsAndThenAcceptsNothing() async throws {
        var configuration = try await AMQPSupport.configuration()
        // A connection given up on a busy machine would take the batch with it.
        configuration.heartbeat = .seconds(20)
        let queue = AMQPSupport.name()
        let publisher = Publisher(
            configuration: configuration, topology: Topology(queues: [.quorum(queue)]), logger: AMQPSupport.logger)
        let running = Task { await publisher.run() }
        #expect(await publisher.waitUntilReady())
        async let outcomes = publisher.publish(AMQPSupport.messages(200, to: queue))
        // The batch is under way once its first message has come through the queue.
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            consumer.acknowledge(try await consumer.take(1))
        }
        await publisher.stop()
        #expect(await outcomes.allSatisfy { $0 == .confirmed })
        await running.value
        #expect(await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.failed(.notConnected)])
        #expect(!publisher.isReady)
    }

    @Test func headersOfEveryKindArriveAsTheyWere() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let headers: FieldTable = [
            "bool": .bool(true), "int8": .int8(.min), "uint8": .uint8(.max), "int16": .int16(.min),
            "uint16": .uint16(.max), "int32": .int32(.min), "uint32": .uint32(.max), "int64": .int64(.min),
            "float": .float(1.5), "double": .double(-2.25), "decimal": .decimal(scale: 2, value: 12_345),
            "string": .string("blåbærgrød"), "bytes": .bytes([0, 255, 1]), "timestamp": .timestamp(1_700_000_000),
            "array": .array([.int32(1), .string("to"), .table(["three": .int64(3)])]), "void": .void,
            "table": .table(["inner": .table(["innermost": .int8(1)])]), "unsigned": .uint64(7),
        ]
        let properties = MessageProperties(
            contentType: "application/json", contentEncoding: "identity", headers: headers, isPersistent: true,
            priority: 3, correlationID: "c", replyTo: "r", expiration: "60000", messageID: "m",
            timestamp: 1_700_000_000, type: "t", userID: configuration.user, appID: "a")
        let message = Message(exchange: "", routingKey: queue, body: [1], properties: properties)
        try await AMQPSupport.withPublisher(configuration, topology: Topology(queues: [Queue(name: queue)])) {
            publisher in
            #expect(await publisher.publish(message) == .confirmed)
        }
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            let delivery = try #require(try await consumer.take(1).first)
            var expected = properties
            // Sent as a signed number, which is what RabbitMQ reads.
            expected.headers["unsigned"] = .int64(7)
            expected.headers = FieldTable(expected.headers.entries.sorted { $0.key < $1.key })
            var actual = delivery.properties
            actual.headers = FieldTable(actual.headers.entries.sorted { $0.key < $1.key })
            #expect(actual == expected)
            consumer.acknowledge([delivery])
        }
    }
}
