import RemindersContracts
import RemindersDomain
import RemindersSending
import Synchronization

/// A channel for mail that answers as it was told and remembers what it was asked.
final class ScriptedChannel: Channel {
    private struct State {
        var script: [Recipient: [AttemptOutcome]] = [:]
        var attempts: [String] = []
        var shown: [String] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isOpen = true
        var fault: AttemptOutcome?
    }

    let kind = ChannelKind.email
    private let state = Mutex(State())

    /// What was attempted, in order: occurrence and recipient.
    var attempts: [String] { state.withLock { $0.attempts } }

    /// The titles each attempt showed.
    var shown: [String] { state.withLock { $0.shown } }

    /// The answers to the next attempts for a recipient, in their order; then all are delivered.
    func script(_ recipient: Recipient, _ outcomes: AttemptOutcome...) {
        state.withLock { $0.script[recipient] = outcomes }
    }

    /// Answers every attempt for everybody, before any script, until it is nil again.
    func answerAll(_ fault: AttemptOutcome?) {
        state.withLock { $0.fault = fault }
    }

    /// From now on attempts hang until `open`.
    func close() {
        state.withLock { $0.isOpen = false }
    }

    /// Lets all attempts go on.
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage {
        if request.reminder.title == "unrenderable" {
            throw RenderingError(field: "title", description: "cannot be rendered")
        }
        return RenderedMessage(content: Array(request.reminder.title.utf8))
    }

    func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        state.withLock { state in
            state.attempts.append("\(request.reminder.occurrenceID) \(request.recipient.key)")
            state.shown.append(request.reminders.map(\.title).joined(separator: ", "))
        }
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if goesOn { continuation.resume() }
        }
        return state.withLock { state in
            if let fault = state.fault { return fault }
            guard var rest = state.script[request.recipient], !rest.isEmpty else { return .delivered(reply: "250 OK") }
            defer { state.script[request.recipient] = rest }
            return rest.removeFirst()
        }
    }
}
