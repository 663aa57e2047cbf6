import RemindersAMQP
import RemindersContracts
import Synchronization

/// Announces ends of deliveries to whoever listens on `reminders.log`, and spares the broker those that nobody hears.
///
/// Now and then one is published as mandatory, with a confirm: where it comes back, nobody is bound for its routing key,
/// and the next ones are left out for a while. So who binds a queue hears what ends from a second later on, and nothing
/// waits for a probe.
public final class Announcer: Sendable {
    private let publisher: Publisher
    let audience = Mutex(Audience())

    /// Announces over `publisher`, which stays the caller's to run.
    public init(_ publisher: Publisher) {
        self.publisher = publisher
    }

    /// Announces ends, each with the trace of the message that asked for the delivery. What is lost is lost without a word:
    /// the log is the truth.
    public func announce(_ ends: [(logged: DeliveryLogged, traceparent: String?)]) async {
        var messages: [Message] = []
        let now = ContinuousClock.now
        for end in ends {
            let key = end.logged.routingKey
            switch audience.withLock({ $0.choice(of: key, at: now) }) {
            case .leaveOut: continue
            case .publish: messages.append(Message(deliveryLogged: end.logged, traceparent: end.traceparent))
            case .probe: probe(Message(deliveryLogged: end.logged, traceparent: end.traceparent))
            }
        }
        await publisher.publishWithoutConfirm(messages)
    }

    private func probe(_ message: Message) {
        Task {
            var probe = message
            probe.mandatory = true
            let outcome = await publisher.publish(probe)
            audience.withLock { $0.learn(outcome, of: message.routingKey, at: .now) }
        }
    }
}

/// Which routing keys are heard, as far as is known. Pure.
struct Audience {
    /// What becomes of an announcement.
    enum Choice: Hashable {
        case publish
        /// Publish it so that its outcome tells whether anybody hears it.
        case probe
        case leaveOut
    }

    /// How soon somebody who binds a queue is heard of.
    static let silence: Duration = .seconds(1)
    /// How soon it is seen that nobody listens any more.
    static let attention: Duration = .seconds(10)

    private struct Knowledge {
        /// Until a probe says otherwise everybody is taken to be heard.
        var isHeard = true
        /// When to probe next.
        var nextProbe: ContinuousClock.Instant
    }

    private var known: [String: Knowledge] = [:]

    mutating func choice(of key: String, at now: ContinuousClock.Instant) -> Choice {
        var knowledge = known[key] ?? Knowledge(nextProbe: now)
        guard now >= knowledge.nextProbe else { return knowledge.isHeard ? .publish : .leaveOut }
        knowledge.nextProbe = now + (knowledge.isHeard ? Self.attention : Self.silence)
        known[key] = knowledge
        return .probe
    }

    /// What a probe came to. An outcome that says nothing about who listens changes nothing.
    mutating func learn(_ outcome: PublishOutcome, of key: String, at now: ContinuousClock.Instant) {
        switch outcome {
        case .confirmed: known[key] = Knowledge(isHeard: true, nextProbe: now + Self.attention)
        case .failed(.returned): known[key] = Knowledge(isHeard: false, nextProbe: now + Self.silence)
        case .failed: break
        }
    }
}
