import RemindersAMQP
import TestSupport
import Testing

extension AMQPOwnBroker {
    /// What must hold while the broker fails.
    struct Faults {
        private func broker() async throws -> (RabbitMQServer, AMQPConfiguration) {
            let server = try await AMQPOwnBroker.encrypted.value.server
            return (server, try AMQPSupport.configuration(url: server.url))
        }

        @Test func afterAKillEveryConfirmedMessageIsDeliveredAndOldAcknowledgementsAreDropped() async throws {
            let (server, configuration) = try await broker()
            let queue = AMQPSupport.name()
            let topology = Topology(queues: [.quorum(queue)])
            try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
                var seen: Set<String> = []
                try await AMQPSupport.withConsumer(
                    configuration, topology: topology, queue: queue, prefetch: 10
                ) { consumer in
                    let declared = ContinuousClock.now
                    let messages = AMQPSupport.messages(100, to: queue)
                    #expect(await publisher.publish(messages).allSatisfy { $0 == .confirmed })
                    let old = try await consumer.take(10)
                    // A quorum queue is registered in a file that is written every half second: before that,
                    // RabbitMQ 3.10 comes back with the queue but without its data, and answers no consume.
                    try await eventually("the queue's registration is on disk") {
                        declared.duration(to: .now) > .seconds(2)
                    }
                    try await server.kill()
                    try await eventually("both know that the broker is gone") {
                        !publisher.isReady && !consumer.isReady
                    }
                    #expect(await publisher.publish(messages[0]) == .failed(.notConnected))
                    try await server.restart()
                    try await eventually(within: .seconds(30), "both are back") {
                        publisher.isReady && consumer.isReady
                    }

                    // On the new connection these tags are other messages.
                    let new = try await consumer.take(10)
                    #expect(new.allSatisfy { $0.epoch > 1 })
                    consumer.acknowledge(old)
                    consumer.acknowledge([new[0]])
                    seen.insert(new[0].text)
                }
                try await eventually("one of 100 is acknowledged") {
                    try await AMQPSupport.counts(configuration, queue).messages == 99
                }
                #expect(await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.confirmed])
                try await AMQPSupport.withConsumer(configuration, queue: queue) { consumer in
                    let rest = try await consumer.take(100)
                    seen.formUnion(rest.map(\.text))
                    consumer.acknowledge(rest)
                }
                #expect(seen.count == 100)
            }
        }

        @Test func aFrozenBrokerIsNoticedWhilePublishingAndWhileIdle() async throws {
            let (server, configuration) = try await broker()
            let queue = AMQPSupport.name()
            let topology = Topology(queues: [.quorum(queue)])
            // Bodies that fill every buffer, so that librabbitmq waits inside its call, and small ones.
            let large = AMQPSupport.messages(50, to: queue, bytes: 256 * 1024)
            let small = AMQPSupport.messages(50, to: queue)
            try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
                try await AMQPSupport.withPublisher(configuration, topology: topology) { other in
                    try await AMQPSupport.withConsumer(configuration, topology: topology, queue: queue, prefetch: 1) {
                        idle in
                        try await server.freeze()
                        let frozen = ContinuousClock.now
                        async let largeOutcomes = publisher.publish(large)
                        async let smallOutcomes = other.publish(small)
                        try await eventually("all three know") { !publisher.isReady && !other.isReady && !idle.isReady }
                        let noticed = ContinuousClock.now - frozen
                        #expect(noticed <= configuration.heartbeat * 2 + .seconds(1))
                        for outcome in await largeOutcomes + smallOutcomes {
                            #expect([.failed(.connectionLost), .failed(.notConnected)].contains(outcome))
                        }
                        try await server.resume()
                        try await eventually(within: .seconds(20), "all three are back") {
                            publisher.isReady && other.isReady && idle.isReady
                        }
                        #expect(await publisher.publish(small[0]) == .confirmed)
                    }
                }
            }
        }

        @Test func aMemoryAlarmFailsPublishesInTimeWhileAcknowledgementsGoOn() async throws {
            let (server, configuration) = try await broker()
            let queue = AMQPSupport.name()
            let topology = Topology(queues: [.quorum(queue)])
            let limit = Duration.seconds(2)
            try await AMQPSupport.withPublisher(configuration, topology: topology, confirmTimeout: limit) { publisher in
                let messages = AMQPSupport.messages(40, to: queue)
                #expect(await publisher.publish(messages).allSatisfy { $0 == .confirmed })
                try await server.setMemoryAlarm(true)
                // The broker says that it is blocked when something is published.
                let start = ContinuousClock.now
                let outcomes = await publisher.publish(messages)
                #expect(ContinuousClock.now - start < limit + .seconds(1.5))
                #expect(outcomes.allSatisfy { [.failed(.timedOut), .failed(.blocked)].contains($0) })
                #expect(!publisher.isReady)
                #expect(await publisher.publish(messages[0]) == .failed(.blocked))

                try await AMQPSupport.withConsumer(configuration, queue: queue, prefetch: 5) { consumer in
                    for _ in 0..<8 {
                        let batch = try await consumer.take(5, within: .seconds(5))
                        consumer.acknowledge(batch)
                    }
                }
                try await server.setMemoryAlarm(false)
                try await eventually("the broker takes messages again") { publisher.isReady }
                #expect(await publisher.publish(messages[0]) == .confirmed)
            }
        }

        @Test func aPublishThatLibrabbitmqWouldNeverReturnFromEndsInTime() async throws {
            let (server, configuration) = try await broker()
            let queue = AMQPSupport.name()
            let large = AMQPSupport.messages(100, to: queue, bytes: 256 * 1024)
            let topology = Topology(queues: [Queue(name: queue)])
            let limit = Duration.seconds(3)
            try await AMQPSupport.withPublisher(configuration, topology: topology, confirmTimeout: limit) { publisher in
                try await server.setMemoryAlarm(true)
                let start = ContinuousClock.now
                let outcomes = await publisher.publish(large)
                #expect(ContinuousClock.now - start < limit + configuration.heartbeat * 2)
                #expect(outcomes.allSatisfy { $0 != .confirmed })
                try await server.setMemoryAlarm(false)
                try await eventually("the broker takes messages again") {
                    await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.confirmed]
                }
            }
        }
    }
}
