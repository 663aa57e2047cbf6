import RemindersAMQP
import RemindersContracts
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersBroker

/// `delivery.logged.v1` is published while somebody listens, and not while nobody does.
@Suite struct AudienceTests {
    private let start = ContinuousClock.now
    private var returned: PublishOutcome { .failed(.returned(code: 312, text: "NO_ROUTE")) }

    @Test func `until a probe says otherwise everybody is heard, and the first is the probe`() {
        var audience = Audience()
        #expect(audience.choice(of: "email.sent", at: start) == .probe)
        #expect(audience.choice(of: "email.sent", at: start) == .publish)
        #expect(audience.choice(of: "email.dead", at: start) == .probe)
        audience.learn(.failed(.timedOut), of: "email.sent", at: start)
        #expect(audience.choice(of: "email.sent", at: start) == .publish)
    }

    @Test func `where nobody listens one in a second is a probe, and the others are left out`() {
        var audience = Audience()
        _ = audience.choice(of: "email.sent", at: start)
        audience.learn(returned, of: "email.sent", at: start)
        #expect(audience.choice(of: "email.sent", at: start + .milliseconds(999)) == .leaveOut)
        #expect(audience.choice(of: "email.sent", at: start + Audience.silence) == .probe)
        #expect(audience.choice(of: "email.sent", at: start + Audience.silence) == .leaveOut)
        audience.learn(.confirmed, of: "email.sent", at: start + Audience.silence)
        #expect(audience.choice(of: "email.sent", at: start + Audience.silence) == .publish)
        #expect(audience.choice(of: "email.sent", at: start + Audience.silence + Audience.attention) == .probe)
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct AnnouncerTests {
    @Test func `nothing is published for nobody, and who binds a queue hears what ends from then on`() async throws {
        let broker = try await BrokerScene()
        let publisher = Publisher(configuration: broker.configuration, logger: Scene.quiet)
        let running = Task { await publisher.run() }
        try await eventually { publisher.isReady }
        let announcer = Announcer(publisher)
        func announce() async {
            let logged = DeliveryLogged(
                deliveryID: DeliveryID(high: 1, low: 1), occurrenceID: 1, reminderID: 1, recipient: .user("1"),
                channel: .email, outcome: .sent, attempts: 1, dueAt: Instant(microseconds: 0),
                recordedAt: Instant(microseconds: 0))
            await announcer.announce([(logged: logged, traceparent: nil)])
        }
        await announce()
        try await eventually("that nobody listens is known") { announcer.leavesOut("email.sent") }

        let listener = BrokerScene.listener
        try await declareTopology(
            configuration: broker.configuration,
            topology: Topology(
                queues: [RemindersAMQP.Queue(name: listener)],
                bindings: [RemindersAMQP.Binding(exchange: "reminders.log", queue: listener, routingKey: "email.*")]))
        try await eventually("somebody who hears it") {
            await announce()
            return try await broker.count(listener) > 0
        }
        try await eventually("that somebody listens is known") { !announcer.leavesOut("email.sent") }
        let heard = try await broker.count(listener)
        for _ in 1...20 { await announce() }
        try await eventually { try await broker.count(listener) == heard + 20 }
        await publisher.stop()
        await running.value
    }
}

extension Announcer {
    fileprivate func leavesOut(_ key: String) -> Bool {
        audience.withLock { audience in
            var copy = audience
            return copy.choice(of: key, at: .now) == .leaveOut
        }
    }
}
