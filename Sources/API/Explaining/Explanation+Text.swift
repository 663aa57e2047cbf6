import RemindersDomain
import RemindersStore

extension Explanation {
    /// The explanation for a terminal, in lines.
    public var text: String {
        var lines = [summary, ""]
        let definition = reminder.stored.definition
        lines.append("Reminder \(reminder.stored.id), \(definition.about) “\(definition.title)”: \(reminder.words)")
        lines.append("For \(recipient.key), times in \(clock.zone.identifier); it is \(clock.words(now)) there")
        if let next {
            let overdue = next.overdue.map { "; \($0.words)" } ?? ""
            lines += ["", "Next: \(clock.words(next.dueAt)), when \(next.why)\(overdue)"]
            if let forecast = next.forecast { lines += forecast.lines(clock).indented }
        }
        for occurrence in occurrences { lines += [""] + occurrence.lines(clock) }
        for skip in skipped {
            let first = skip.dueAt.map { ", the first due \(clock.words($0))" } ?? ""
            lines += ["", "Not made up for: \(skip.count) occurrence\(skip.count == 1 ? "" : "s")\(first)"]
        }
        return lines.map { VisibleText.escaped($0) + "\n" }.joined()
    }
}

extension ExplainedOccurrence {
    fileprivate func lines(_ clock: PersonClock) -> [String] {
        var lines = ["Due \(clock.words(stored.dueAt)) (occurrence \(stored.id)), because \(why)"]
        if deliveries.isEmpty { lines.append("  \(words)") }
        for delivery in deliveries { lines += delivery.lines(clock).indented }
        if let forecast { lines += ["  What comes:"] + forecast.lines(clock).indented.indented }
        return lines
    }
}

extension ExplainedDelivery {
    fileprivate func lines(_ clock: PersonClock) -> [String] {
        var lines = ["\(entry.channel.rawValue): \(words)"]
        // A hold that lasts is the last decision itself.
        for hold in entry.state == .held ? holds.dropLast() : holds[...] {
            lines.append("  \(clock.words(hold.at))  held: \(hold.reason)")
            lines += hold.steps.map(\.line).indented.indented
        }
        for attempt in attempts {
            let told = attempt.reply.map { ": \($0)" } ?? attempt.reason.map { ": \($0)" } ?? ""
            lines.append("  \(clock.words(attempt.at))  attempt \(attempt.attempt) \(attempt.outcome)\(told)")
        }
        if !steps.isEmpty {
            lines.append("  decided:")
            lines += steps.map(\.line).indented.indented
        }
        return lines
    }
}

extension Forecast {
    fileprivate func lines(_ clock: PersonClock) -> [String] {
        var lines: [String] = []
        for turn in turns {
            lines.append("\(clock.words(turn.at))  decided:")
            lines += turn.decision.trace.map { ExplainedStep($0).line }.indented
        }
        for outlook in outlooks {
            let at = outlook.end.at.map { " \(clock.words($0))" } ?? ""
            lines.append(
                "\(outlook.channel.rawValue): \(outlook.end.outcome)\(at)\(outlook.end.reason.map { ", \($0)" } ?? "")")
        }
        return lines
    }
}

extension ExplainedStep {
    fileprivate var line: String { "\(rule): \(value): \(consequence)" }
}

extension [String] {
    fileprivate var indented: [String] { map { "  " + $0 } }
}

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
