import RemindersAMQP
import TestSupport
import Testing

@Suite("AMQP: topology") struct AMQPTopologyTests {
    private func named(_ name: String) -> Topology {
        Topology(
            exchanges: [Exchange(name: "\(name)-exchange", kind: .topic)],
            queues: [.quorum("\(name)-one"), .quorum("\(name)-two", arguments: ["x-message-ttl": .int64(5_000)])],
            bindings: [Binding(exchange: "\(name)-exchange", queue: "\(name)-one", routingKey: "#")])
    }

    @Test func lookingNamesAllThatIsMissingAndDeclaresNothing() async throws {
        let configuration = try await AMQPSupport.configuration()
        let name = AMQPSupport.name()
        var topology = named(name)
        topology.passive = true
        topology.remedy = "ask who may"
        for _ in 1...2 {
            let error = await #expect(throws: AMQPError.self) {
                try await declareTopology(configuration: configuration, topology: topology)
            }
            #expect(error?.replyCode == 404)
            #expect(
                error?.text
                    == "exchange \(name)-exchange, queue \(name)-one, queue \(name)-two are not there; ask who may")
        }
        try await declareTopology(configuration: configuration, topology: Topology(queues: [.quorum("\(name)-one")]))
        let error = await #expect(throws: AMQPError.self) {
            try await declareTopology(configuration: configuration, topology: topology)
        }
        #expect(error?.text == "exchange \(name)-exchange, queue \(name)-two are not there; ask who may")
        try await declareTopology(configuration: configuration, topology: named(name))
        try await declareTopology(configuration: configuration, topology: topology)
    }

    /// Nobody else could have declared it.
    @Test func aQueueOfTheConnectionItselfIsDeclaredAndBoundAllTheSame() async throws {
        let configuration = try await AMQPSupport.configuration()
        let name = AMQPSupport.name()
        try await declareTopology(configuration: configuration, topology: named(name))
        let own = "\(name)-own"
        let topology = Topology(
            exchanges: [Exchange(name: "\(name)-exchange", kind: .topic)],
            queues: [Queue(name: own, durable: false, exclusive: true, autoDelete: true)],
            bindings: [Binding(exchange: "\(name)-exchange", queue: own, routingKey: "#")], passive: true)
        try await AMQPSupport.withConsumer(configuration, topology: topology, queue: own) { consumer in
            try await AMQPSupport.withPublisher(configuration) { publisher in
                let message = Message(exchange: "\(name)-exchange", routingKey: "any", body: [1])
                #expect(await publisher.publish(message) == .confirmed)
            }
            let deliveries = try await consumer.take(1)
            #expect(deliveries.map(\.body) == [[1]])
            consumer.acknowledge(deliveries)
        }
    }

    @Test func comparingFindsWhatIsMissingOrOtherAndChangesNothing() async throws {
        let configuration = try await AMQPSupport.configuration()
        let name = AMQPSupport.name()
        let topology = named(name)
        let compare = { try await compareTopology(configuration: configuration, topology: topology) }
        let all = ["exchange \(name)-exchange", "queue \(name)-one", "queue \(name)-two"]
        for _ in 1...2 {
            let found = try await compare()
            #expect(found.map(\.subject) == all && found.allSatisfy { $0.kind == .missing })
        }

        let other = Topology(
            exchanges: [Exchange(name: "\(name)-exchange", kind: .fanout)],
            queues: [
                .quorum("\(name)-one"), .quorum("\(name)-two", arguments: ["x-message-ttl": .int64(7_000)]),
            ])
        try await declareTopology(configuration: configuration, topology: other)
        let found = try await compare()
        #expect(found.map(\.subject) == [all[0], all[2]])
        for (difference, word) in zip(found, ["type", "x-message-ttl"]) {
            guard case .other(let text) = difference.kind else {
                Issue.record("\(difference)")
                continue
            }
            #expect(text.contains("inequivalent arg '\(word)'"), "\(text)")
        }
        #expect(try await compareTopology(configuration: configuration, topology: other).isEmpty)
    }
}
