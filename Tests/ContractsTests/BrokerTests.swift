import RemindersDomain
import Testing

@testable import RemindersContracts

@Suite("The broker's names")
struct BrokerTests {
    @Test("of retry and dead-letter queues come from the queue's")
    func derived() {
        let tenMinutes = RetryLadder.standard.delays[2]
        #expect(Queue.deliveries(of: .email).retryQueue(after: tenMinutes) == "email-sender.deliveries.retry.10m")
        #expect(Queue.due.deadLetterQueue == "rate-limiter.due.dead")
        #expect(
            ChannelKind.withColumns.map { Queue.deliveries(of: $0).bindingKey } == ["email", "mattermost", "frontend"])
    }

    @Test("fit into AMQP short strings and are unique")
    func unique() {
        let names = BrokerTopology.allQueues().map(\.name) + Exchange.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        let retrying = Queue.all().filter(\.hasRetries)
        #expect(names.count == Queue.all().count * 2 + retrying.count * RetryLadder.standard.delays.count + 7)
        #expect(names.allSatisfy { $0.utf8.count <= 255 })
    }

    @Test("lead a waiting message back to the queue it came from, and to no other")
    func retryLeadsBack() throws {
        for queue in Queue.all() where queue.hasRetries {
            for delay in RetryLadder.standard.delays {
                let waiting = try #require(
                    BrokerTopology.queues(of: queue).first { $0.name == queue.retryQueue(after: delay) })
                #expect(waiting.binding.exchange == .retry)
                #expect(waiting.binding.routingKey == waiting.name)
                #expect(argument("x-dead-letter-exchange", waiting) == .text(""))
                #expect(argument("x-dead-letter-routing-key", waiting) == .text(queue.rawValue))
                #expect(argument("x-message-ttl", waiting) == .integer(delay.milliseconds))
            }
        }
    }

    @Test("of retry queues are there only where something is tried again")
    func noQueueWaitsForNothing() {
        #expect(Queue.all().filter { !$0.hasRetries } == [.caseEvents, .due])
        #expect(BrokerTopology.queues(of: .due).map(\.name) == ["rate-limiter.due", "rate-limiter.due.dead"])
    }

    @Test("of a channel follow from its kind, and lead back to it")
    func ofChannels() throws {
        let webhook = try #require(ChannelKind(rawValue: "webhook"))
        let wall = try #require(ChannelKind(rawValue: "wall"))
        let channels = ChannelRegistry.standard.adding(
            ChannelDescription(kind: webhook, name: "Webhook", way: "by webhook", switchWord: "WEBHOOK")
        ).adding(ChannelDescription(kind: wall, name: "Wall", way: "on a wall", switchWord: nil, process: "projector"))
        #expect(
            Queue.all(of: channels).map(\.rawValue) == [
                "scheduler.case-events", "rate-limiter.due", "email-sender.deliveries", "mattermost-sender.deliveries",
                "frontend-push.deliveries", "webhook-sender.deliveries", "projector.deliveries",
            ])
        for queue in Queue.all(of: channels) { #expect(Queue(rawValue: queue.rawValue, in: channels) == queue) }
        #expect(Queue(rawValue: "wall-sender.deliveries", in: channels) == nil)
        // Of what another installation has, as far as its name tells.
        #expect(Queue(rawValue: "webhook-sender.deliveries") == .deliveries(of: webhook))
        #expect(Queue(rawValue: "projector.deliveries") == nil)
        for name in ["frontend-sender.deliveries", "deliveries", ".deliveries", "A-sender.deliveries", "x-sender.due"] {
            #expect(Queue(rawValue: name) == nil, "\(name)")
        }
        #expect(BrokerTopology.allQueues(of: channels).count == BrokerTopology.allQueues().count + 12)
    }

    @Test("lose nothing when a message is dead-lettered")
    func nothingIsLost() {
        for declaration in BrokerTopology.allQueues() {
            #expect(argument("x-queue-type", declaration) == .text("quorum"))
            guard argument("x-dead-letter-exchange", declaration) != nil else { continue }
            #expect(argument("x-dead-letter-strategy", declaration) == .text("at-least-once"))
            #expect(argument("x-overflow", declaration) == .text("reject-publish"))
        }
    }

    private func argument(
        _ name: String, _ queue: BrokerTopology.QueueDeclaration
    ) -> BrokerTopology.Argument.Value? {
        queue.arguments.first { $0.name == name }?.value
    }
}
