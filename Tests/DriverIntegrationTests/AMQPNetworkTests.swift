import Foundation
import TestSupport
import Testing

@testable import RemindersAMQP

/// What must hold while the network fails between here and a broker that works.
struct AMQPNetworkTests {
    @Test func aBlackHoleIsNoticedAndSurvived() async throws {
        var configuration = try await AMQPSupport.configuration()
        let proxy = try TCPProxy(to: UInt16(configuration.port))
        configuration.port = Int(proxy.port)
        configuration.connectTimeout = .seconds(2)
        let queue = AMQPSupport.name()
        let topology = Topology(queues: [.quorum(queue)])
        try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
            try await AMQPSupport.withConsumer(configuration, topology: topology, queue: queue) { consumer in
                proxy.blackHole()
                let start = ContinuousClock.now
                async let outcome = publisher.publish(AMQPSupport.messages(1, to: queue))
                try await eventually("both know") { !publisher.isReady && !consumer.isReady }
                #expect(ContinuousClock.now - start <= configuration.heartbeat * 2 + .seconds(1))
                #expect(await outcome == [.failed(.connectionLost)])
                proxy.pass()
                try await eventually(within: .seconds(20), "both are back") { publisher.isReady && consumer.isReady }
                #expect(await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.confirmed])
                // The lost message may have arrived when the proxy passed on what it held.
                let delivery = try await consumer.take(1)
                consumer.acknowledge(delivery)
            }
        }
    }

    @Test func whenANodeIsLostTheNextOneIsUsed() async throws {
        let whole = try await AMQPSupport.configuration()
        let nodes = try (0..<3).map { _ in try TCPProxy(to: UInt16(whole.port)) }
        var configuration = whole
        configuration.port = Int(nodes[0].port)
        for node in nodes.dropFirst() { configuration.add(host: "127.0.0.1", port: Int(node.port)) }
        configuration.connectTimeout = .seconds(2)
        nodes[0].refuse()
        let queue = AMQPSupport.name()
        try await AMQPSupport.withPublisher(configuration, topology: Topology(queues: [.quorum(queue)])) { publisher in
            #expect(await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.confirmed])
            nodes[1].refuse()
            nodes[1].reset()
            try await eventually("the lost connection is noticed") { !publisher.isReady }
            try await eventually(within: .seconds(10), "the third node is used") { publisher.isReady }
            #expect(await publisher.publish(AMQPSupport.messages(1, to: queue)) == [.confirmed])
        }
        #expect(try await queueStatus(configuration: configuration, queue: queue).messages == 2)
        nodes[2].refuse()
        let error = await #expect(throws: AMQPError.self) {
            try await queueStatus(configuration: configuration, queue: queue)
        }
        for node in nodes { #expect(error?.text.contains("127.0.0.1:\(node.port)") == true, "\(error as Any)") }
    }

    @Test func resetsUnderLoadLoseNothingThatWasConfirmed() async throws {
        var configuration = try await AMQPSupport.configuration()
        let proxy = try TCPProxy(to: UInt16(configuration.port))
        configuration.port = Int(proxy.port)
        let queue = AMQPSupport.name()
        let topology = Topology(queues: [.quorum(queue)])
        try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
            try await AMQPSupport.withConsumer(configuration, topology: topology, queue: queue, prefetch: 50) {
                consumer in
                let received = Task {
                    var texts: Set<String> = []
                    while texts.count < 300, let batch = await consumer.nextBatch(upTo: 20) {
                        texts.formUnion(batch.map(\.text))
                        consumer.acknowledge(batch)
                    }
                    return texts
                }
                // What fails is published again, as from an outbox, until all is confirmed.
                var left = AMQPSupport.messages(300, to: queue)
                var round = 0
                while !left.isEmpty {
                    let outcomes = await publisher.publish(Array(left.prefix(30)))
                    left = zip(left, outcomes).filter { $1 != .confirmed }.map(\.0) + left.dropFirst(30)
                    round += 1
                    if round.isMultiple(of: 4), round < 20 { proxy.reset() }
                    try await eventually("a connection") { publisher.isReady }
                }
                #expect(await received.value.count == 300)
            }
        }
    }

    @Test func aBrokerThatIsNotThereYetIsWaitedFor() async throws {
        var configuration = try await AMQPSupport.configuration()
        let proxy = try TCPProxy(to: UInt16(configuration.port))
        proxy.refuse()
        configuration.port = Int(proxy.port)
        let queue = AMQPSupport.name()
        let topology = Topology(queues: [.quorum(queue)])
        let consumer = Consumer(
            configuration: configuration, topology: topology, queue: queue, prefetch: 1, logger: AMQPSupport.logger)
        let running = Task { await consumer.run() }
        let waiting = Task { await consumer.waitUntilReady() }
        await #expect(throws: AMQPError.self) { try await queueStatus(configuration: configuration, queue: queue) }
        #expect(!consumer.isReady)
        proxy.pass()
        #expect(await waiting.value)
        // Cancelling ends it like `close`.
        running.cancel()
        await running.value
        #expect(await consumer.nextBatch(upTo: 1) == nil)
        #expect(!consumer.isReady)
    }
}
