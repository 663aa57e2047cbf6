import RemindersDomain
import RemindersStore

/// The first sentence of an explanation: where things stand for this person.
struct SummarySentence {
    let text: String

    init(_ explanation: Explanation, isAddressed: Bool, words: DeliveryWords) {
        var sentences: [String] = []
        let reminder = explanation.reminder
        // What is still under way says more than what ended since.
        let open = explanation.occurrences.first { occurrence in
            occurrence.forecast != nil || occurrence.deliveries.contains { !$0.entry.state.isFinal }
        }
        let last = open ?? explanation.occurrences.first { !$0.deliveries.isEmpty } ?? explanation.occurrences.first
        if let last {
            sentences.append(last.words)
        } else if isAddressed, reminder.state == .active || reminder.state == .finished {
            sentences.append(SummarySentence.notDue(explanation, words))
        }
        if !isAddressed {
            sentences.append(
                "The reminder is \(last == nil ? "not" : "no longer") addressed to \(explanation.recipient.key).")
        } else if let dismissed = reminder.response.dismissedAt, reminder.state != .deleted {
            sentences.append(
                "Dismissed \(words.clock.words(dismissed)): nothing more comes of it for \(words.isReader ? "you" : "them")."
            )
        }
        switch reminder.state {
        case .deleted:
            sentences.append("The reminder was \(reminder.words.prefix { $0 != ";" }): nothing more comes of it.")
        case .inactive: sentences.append("The reminder is switched off.")
        case .setAside: sentences.append("The reminder was \(reminder.words).")
        case .active, .finished:
            guard isAddressed, reminder.response.dismissedAt == nil, last != nil, let next = explanation.next else {
                break
            }
            sentences.append(SummarySentence.next(next, words))
        }
        text = sentences.joined(separator: " ")
    }

    /// `Not due yet: due tomorrow 09:00 (Europe/Copenhagen); then it goes by email.`
    private static func notDue(_ explanation: Explanation, _ words: DeliveryWords) -> String {
        guard let next = explanation.next else {
            return explanation.reminder.stored.definition.trigger.awaited.map { "Not due yet: it waits for \($0)." }
                ?? "Nothing was due, and nothing more is to come."
        }
        let due = "due \(words.clock.wordsWithZone(next.dueAt))"
        return (next.overdue.map { "It was \(due) and is \($0.words)" } ?? "Not due yet: \(due)")
            + (next.words.isEmpty ? "." : "; then \(next.words).")
    }

    /// `Next: tomorrow 09:00 (Europe/Copenhagen); then it goes by email.`
    private static func next(_ next: ExplainedNext, _ words: DeliveryWords) -> String {
        "Next: \(words.clock.wordsWithZone(next.dueAt))" + (next.overdue.map { ", \($0.words)" } ?? "")
            + (next.words.isEmpty ? "." : "; then \(next.words).")
    }
}
