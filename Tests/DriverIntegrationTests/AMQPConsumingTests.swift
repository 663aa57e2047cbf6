import RemindersAMQP
import TestSupport
import Testing

/// Taking and settling deliveries, over a connection that works.
struct AMQPConsumingTests {
    /// A queue with a dead-letter queue behind it, both filled by the default exchange.
    private func deadLettered(_ queue: String) -> Topology {
        let arguments: FieldTable = [
            "x-dead-letter-exchange": .string(""), "x-dead-letter-routing-key": .string("\(queue).dead"),
        ]
        return Topology(queues: [.quorum("\(queue).dead"), .quorum(queue, arguments: arguments)])
    }

    private func fill(_ queue: String, _ count: Int, _ topology: Topology, _ configuration: AMQPConfiguration)
        async throws
    {
        try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
            let outcomes = await publisher.publish(AMQPSupport.messages(count, to: queue))
            #expect(outcomes.allSatisfy { $0 == .confirmed })
        }
    }

    @Test func prefetchBoundsWhatIsTaken() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let topology = Topology(queues: [.quorum(queue)])
        try await fill(queue, 50, topology, configuration)
        try await AMQPSupport.withConsumer(configuration, queue: queue, prefetch: 20) { consumer in
            let first = try await consumer.take(20)
            // What is not here stays there, and a batch of one acknowledged frees one place.
            try await eventually { try await AMQPSupport.counts(configuration, queue).messages == 30 }
            consumer.acknowledge([first[0]])
            let next = try await consumer.take(1)
            #expect(next.map(\.text) == ["20"])
            consumer.acknowledge(first + next)
            for _ in 0..<29 { consumer.acknowledge(try await consumer.take(1)) }
        }
        try await eventually { try await AMQPSupport.counts(configuration, queue).messages == 0 }
    }

    @Test func rejectedGoesBackOrToTheDeadLetterQueue() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await fill(queue, 3, deadLettered(queue), configuration)
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            let deliveries = try await consumer.take(3)
            #expect(deliveries.allSatisfy { !$0.redelivered })
            consumer.acknowledge([deliveries[0]])
            consumer.reject([deliveries[1]], requeue: true)
            consumer.reject([deliveries[2]], requeue: false)
            let again = try await consumer.take(1)
            #expect(again.map(\.text) == ["1"])
            #expect(again.first?.redelivered == true)
            #expect(again.first?.deliveryCount == 1)
            consumer.acknowledge(again)
        }
        try await AMQPSupport.withConsumer(configuration, queue: "\(queue).dead") { consumer in
            let dead = try await consumer.take(1)
            #expect(dead.map(\.text) == ["2"])
            // x-death is an array of tables.
            guard case .array(let deaths)? = dead.first?.properties.headers["x-death"],
                case .table(let death)? = deaths.first
            else {
                Issue.record("no x-death")
                return
            }
            #expect(death["reason"] == .string("rejected"))
            #expect(death["queue"] == .string(queue))
            consumer.acknowledge(dead)
        }
    }

    @Test func acknowledgingTwiceOrInAnyOrderDoesNoHarm() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await fill(queue, 200, Topology(queues: [.quorum(queue)]), configuration)
        try await AMQPSupport.withConsumer(configuration, queue: queue, prefetch: 250) { consumer in
            let deliveries = try await consumer.take(200)
            for delivery in deliveries.shuffled() { consumer.acknowledge([delivery, delivery]) }
            consumer.acknowledge(deliveries)
            // A tag that the broker does not know would have closed the channel (406), and a new one begins at 1.
            try await fill(queue, 1, Topology(), configuration)
            let last = try await consumer.take(1)
            #expect(last.map(\.tag) == [201])
            #expect(last.map(\.epoch) == [1])
            consumer.acknowledge(last)
        }
        try await eventually { try await AMQPSupport.counts(configuration, queue).messages == 0 }
    }

    @Test func deliveriesAreASequenceThatEndsWithStop() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await fill(queue, 10, Topology(queues: [.quorum(queue)]), configuration)
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            var texts: [String] = []
            for await delivery in consumer.deliveries {
                texts.append(delivery.text)
                consumer.acknowledge([delivery])
                if texts.count == 10 { await consumer.stop() }
            }
            #expect(texts == (0..<10).map { "\($0)" })
        }
    }

    @Test func stopGivesBackWhatIsBufferedAndWhatIsHandedOutCanStillBeSettled() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await fill(queue, 30, Topology(queues: [.quorum(queue)]), configuration)
        try await AMQPSupport.withConsumer(configuration, queue: queue, prefetch: 20) { consumer in
            let taken = try await consumer.take(5)
            await consumer.stop()
            #expect(await consumer.nextBatch(upTo: 10) == nil)
            try await eventually("the buffered ones back in the queue") {
                try await AMQPSupport.counts(configuration, queue).messages == 25
            }
            consumer.acknowledge(taken)
        }
        try await eventually { try await AMQPSupport.counts(configuration, queue).messages == 25 }
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            let rest = try await consumer.take(25)
            #expect(Set(rest.map(\.text)) == Set((5..<30).map { "\($0)" }))
            consumer.acknowledge(rest)
        }
    }

    @Test func whatADeadConsumerHeldIsDeliveredAgain() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await fill(queue, 5, Topology(queues: [.quorum(queue)]), configuration)
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            consumer.acknowledge(Array(try await consumer.take(5).prefix(2)))
        }
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            let again = try await consumer.take(3)
            #expect(Set(again.map(\.text)) == ["2", "3", "4"])
            #expect(again.allSatisfy { $0.redelivered })
            consumer.acknowledge(again)
        }
    }

    @Test func aHandlerThatTakesFiveHeartbeatsKeepsItsConnection() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await fill(queue, 1, Topology(queues: [.quorum(queue)]), configuration)
        try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
            let delivery = try await consumer.take(1)
            try await Task.sleep(for: configuration.heartbeat * 5)
            consumer.acknowledge(delivery)
            try await fill(queue, 1, Topology(), configuration)
            let next = try await consumer.take(1)
            #expect(next.map(\.epoch) == [1])
            #expect(next.map(\.redelivered) == [false])
            consumer.acknowledge(next)
        }
    }

    @Test func anOversizedMessageIsHandedOnWithoutItsBody() async throws {
        var generous = try await AMQPSupport.configuration()
        generous.maximumBodyBytes = 1 << 20
        let queue = AMQPSupport.name()
        try await AMQPSupport.withPublisher(generous, topology: deadLettered(queue)) { publisher in
            var messages = AMQPSupport.messages(2, to: queue)
            messages[0].body = Array(repeating: 7, count: 1 << 20)
            #expect(await publisher.publish(messages) == [.confirmed, .confirmed])
        }
        var strict = generous
        strict.maximumBodyBytes = 1000
        try await AMQPSupport.withConsumer(strict, queue: queue) { consumer in
            let deliveries = try await consumer.take(2)
            #expect(deliveries.map(\.isOversized) == [true, false])
            #expect(deliveries.map(\.bodySize) == [1 << 20, 1])
            #expect(deliveries[0].body.isEmpty)
            #expect(deliveries[0].properties.messageID == "0")
            consumer.reject([deliveries[0]], requeue: false)
            consumer.acknowledge([deliveries[1]])
        }
        try await eventually("the large one in the dead-letter queue") {
            try await AMQPSupport.counts(generous, "\(queue).dead").messages == 1
        }
    }

    @Test func aDeletedQueueIsDeclaredAndConsumedAgain() async throws {
        let server = try await RabbitMQServer.shared()
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let topology = Topology(queues: [.quorum(queue)])
        // The publisher declares nothing: RabbitMQ 3.10 gives a quorum queue that another client declares again in
        // the same moment the consumers of the deleted one, and does not deliver to them.
        try await AMQPSupport.withPublisher(configuration) { publisher in
            try await AMQPSupport.withConsumer(configuration, topology: topology, queue: queue) { consumer in
                try await server.rabbitmqctl("delete_queue", "-p", configuration.virtualHost, queue)
                try await eventually("the queue is there again") {
                    await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.confirmed]
                }
                let delivery = try await consumer.take(1)
                #expect(delivery.first.map { $0.epoch > 1 } == true)
                consumer.acknowledge(delivery)
            }
        }
    }

    @Test func aQueueThatForgetsItsConsumerWithoutAWordIsConsumedAgain() async throws {
        let server = try await RabbitMQServer.shared()
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let topology = Topology(queues: [.quorum(queue)])
        try await AMQPSupport.withConsumer(configuration, topology: topology, queue: queue) { consumer in
            // As when a node is lost and the queue is removed by force: nobody sends basic.cancel.
            try await server.rabbitmqctl(
                "eval",
                """
                {ok, Q} = rabbit_amqqueue:lookup(
                    {resource, <<"\(configuration.virtualHost)">>, queue, <<"\(queue)">>}),
                ra:force_delete_server(quorum_queues, amqqueue:get_pid(Q)),
                rabbit_amqqueue:internal_delete(amqqueue:get_name(Q), <<"test">>).
                """)
            try await fill(queue, 1, topology, configuration)
            let delivery = try await consumer.take(1)
            #expect(delivery.first.map { $0.epoch > 1 } == true)
            consumer.acknowledge(delivery)
        }
    }

    @Test func aDeletedQueueThatIsNotOursToDeclareIsVisible() async throws {
        let server = try await RabbitMQServer.shared()
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        try await declareTopology(configuration: configuration, topology: Topology(queues: [.quorum(queue)]))
        let passive = Topology(queues: [.quorum(queue)], passive: true)
        try await AMQPSupport.withConsumer(configuration, topology: passive, queue: queue) { consumer in
            try await server.rabbitmqctl("delete_queue", "-p", configuration.virtualHost, queue)
            try await eventually("a consumer that says it is not ready") { !consumer.isReady }
            try await declareTopology(configuration: configuration, topology: Topology(queues: [.quorum(queue)]))
            try await eventually("a consumer that is ready again") { consumer.isReady }
        }
    }

    @Test func oneShotsSayWhatTheBrokerRefused() async throws {
        let configuration = try await AMQPSupport.configuration()
        let queue = AMQPSupport.name()
        let missing = await #expect(throws: AMQPError.self) {
            try await queueStatus(configuration: configuration, queue: queue)
        }
        #expect(missing?.replyCode == 404)

        try await fill(queue, 4, Topology(queues: [.quorum(queue)]), configuration)
        let changed = await #expect(throws: AMQPError.self) {
            try await declareTopology(configuration: configuration, topology: Topology(queues: [Queue(name: queue)]))
        }
        #expect(changed?.replyCode == 406)
        try await eventually { try await AMQPSupport.counts(configuration, queue).messages == 4 }
        let purged = try await purgeQueue(configuration: configuration, queue: queue)
        #expect(purged == 4)

        let wrong = AMQPConfiguration(
            host: configuration.host, port: configuration.port, virtualHost: configuration.virtualHost,
            user: configuration.user, password: "canary")
        let refused = await #expect(throws: AMQPError.self) {
            try await queueStatus(configuration: wrong, queue: queue)
        }
        #expect(refused?.replyCode == 403)
        #expect(refused.map { "\($0)".contains("canary") } == false)
    }
}
