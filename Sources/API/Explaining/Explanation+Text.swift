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
        return lines.joined(separator: "\n") + "\n"
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
