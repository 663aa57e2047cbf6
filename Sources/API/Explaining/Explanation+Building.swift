import RemindersContracts
import RemindersDomain
import RemindersStore

extension Explanation {
    /// Puts together what was read: pure.
    ///
    /// - Parameters:
    ///   - waiting: the facts of all that waits for the recipient, and of what is yet to be decided.
    ///   - next: the facts of the coming occurrence.
    init(
        _ story: ReminderStory, recipient: Recipient, audience: Audience, mayReadCase: Bool, coming: ComingOccurrence?,
        waiting: [StoredFacts],
        next: StoredFacts?, settings: Explainer.Settings
    ) {
        let forecasts = Forecasts(story, waiting: waiting, switches: settings.switches)
        let zone = audience == .creator ? nil : story.timeZone
        let clock = PersonClock(zoneName: zone ?? story.reminder.definition.timeZone, now: story.now)
        let words = DeliveryWords(
            clock: clock, audience: audience, mayReadCase: mayReadCase, isDryRun: settings.isDryRun,
            channels: settings.switches.installed,
            quietHours: (waiting.first ?? next).flatMap {
                DecisionFacts($0, now: story.now, switches: settings.switches)
            }
            .flatMap(\.recipient.quietHours))

        self.init(
            summary: "", now: story.now, clock: clock, recipient: recipient, audience: audience,
            reminder: ExplainedReminder(story, coming: coming, clock: clock),
            occurrences: story.occurrences.filter { $0.dueAt <= story.now || $0.publishedAt != nil }.map {
                ExplainedOccurrence($0, story, forecasts, words)
            }, skipped: story.lines.compactMap(ExplainedSkip.init))
        let isAddressed = story.reminder.isAddressed(to: recipient)
        if let coming, reminder.state != .deleted, isAddressed {
            let forecast = next.map { forecasts.forecast($0) }.flatMap {
                $0.told(to: audience, of: recipient, dueAt: coming.dueAt)
            }
            self.next = ExplainedNext(
                dueAt: coming.dueAt,
                why: coming.isWakeUp ? "the snooze ends" : story.reminder.definition.trigger.reasonToCome,
                words: forecast.map(words.sentence) ?? "", forecast: forecast,
                overdue: ExplainedOverdue(since: coming.dueAt, now: story.now, .notClaimed))
        }
        summary = SummarySentence(self, isAddressed: isAddressed, words: words).text
    }
}

/// What will become of everything that waits for the recipient.
struct Forecasts {
    private let now: Instant
    private let switches: DecisionFacts.Switches
    private var waiting: [Int64: Forecast.Waiting] = [:]

    init(_ story: ReminderStory, waiting facts: [StoredFacts], switches: DecisionFacts.Switches) {
        now = story.now
        self.switches = switches
        let holds = Dictionary(grouping: story.holds, by: \.occurrenceID)
        for facts in facts {
            waiting[facts.due.occurrenceID] = Forecast.Waiting(
                facts: DecisionFacts(facts, now: now, switches: switches),
                holds: (holds[facts.due.occurrenceID] ?? []).map {
                    .init(channel: $0.channel, reason: $0.reason, until: $0.until)
                })
        }
    }

    /// Of an occurrence that waits; nil for one that does not.
    subscript(occurrence: Int64) -> Forecast? {
        waiting[occurrence].map { Forecast.of($0, among: Array(waiting.values)) }
    }

    /// Of one that is to come.
    func forecast(_ facts: StoredFacts) -> Forecast {
        Forecast.of(
            .init(facts: DecisionFacts(facts, now: now, switches: switches)), among: Array(waiting.values))
    }
}

extension StoredReminder {
    /// Whether it is addressed to a user or a raw address.
    func isAddressed(to recipient: Recipient) -> Bool {
        if let address = recipient.address { return definition.addresses.contains { $0.lowercased() == address } }
        return recipient.userID.map(isAddressed) ?? false
    }
}

extension ExplainedReminder {
    fileprivate init(_ story: ReminderStory, coming: ComingOccurrence?, clock: PersonClock) {
        let reminder = story.reminder
        deletedBy = story.lines.first { $0.kind == "deleted" }?.userID
        stored = reminder
        response = story.response
        if let deletedAt = reminder.deletedAt {
            state = .deleted
            words = "deleted \(clock.words(deletedAt))" + (deletedBy.map { " by \($0)" } ?? "")
        } else if !reminder.definition.isActive {
            state = .inactive
            words = "switched off"
        } else if let setAside = reminder.setAside {
            state = .setAside
            words = "set aside \(clock.words(setAside.at)), until it is changed or released: \(setAside.reason)"
        } else if let coming {
            state = .active
            let overdue = ExplainedOverdue(since: coming.dueAt, now: story.now, .notClaimed)
            words =
                overdue.map { "active, due \(clock.words(coming.dueAt)) and \($0.words)" }
                ?? "active, due next \(clock.words(coming.dueAt))"
        } else if let awaited = reminder.definition.trigger.awaited {
            state = .active
            words = "active, waits for \(awaited)"
        } else {
            state = .finished
            words = "finished, nothing more is to come"
        }
        if let dismissed = response.dismissedAt {
            words += "; dismissed \(clock.words(dismissed))"
        } else if let until = response.snoozedUntil, until > story.now {
            words += "; snoozed until \(clock.words(until))"
        }
    }
}

extension ExplainedOccurrence {
    fileprivate init(_ stored: StoredOccurrence, _ story: ReminderStory, _ forecasts: Forecasts, _ words: DeliveryWords)
    {
        self.stored = stored
        why = words.mayReadCase || stored.isWakeUp ? stored.reason(words.clock) : stored.trigger.reasonWhenItCame
        let lines = story.lines.filter { $0.occurrenceID == stored.id }.reversed()
        let audience = words.audience
        let entries = story.ledger.filter { $0.occurrenceID == stored.id }.sorted { $0.channel < $1.channel }
        deliveries = audience.chosen(of: entries).map { audience.told(of: $0, mayReadCase: words.mayReadCase) }
            .map { entry in
                ExplainedDelivery(entry, lines.filter { $0.channel == entry.channel }, words)
            }
        let waits = deliveries.contains { $0.entry.state == .held } || story.isUndecided(stored)
        forecast = waits && audience != .creator ? forecasts[stored.id] : nil
        overdue =
            story.isUndecided(stored)
            ? ExplainedOverdue(
                since: stored.dueAt, now: story.now, stored.publishedAt == nil ? .notPublished : .notDecided) : nil
        self.words = words.sentence(about: deliveries, stored, forecast, overdue)
    }
}

extension StoredOccurrence {
    fileprivate func reason(_ clock: PersonClock) -> String {
        if isWakeUp { return "the snooze ended" }
        guard let newStatus else { return trigger.reasonWhenItCame }
        return "the status of the case became “\(newStatus)”" + (oldStatus.map { ", it was “\($0)”" } ?? "")
    }
}

extension ExplainedDelivery {
    fileprivate init(_ entry: LedgerEntry, _ lines: [StoryLine], _ words: DeliveryWords) {
        let lines = words.audience == .creator ? [] : lines
        self.entry = entry
        steps = ExplainedStep.steps(inJSON: entry.decision)
        holds = lines.filter { $0.kind == "held" }.map { line in
            ExplainedHold(
                at: line.at, reason: line.reason ?? "", steps: ExplainedStep.steps(inJSON: line.details))
        }
        attempts = lines.filter { $0.kind == "attempt" }.map { line in
            LoggedAttempt(
                attempt: line.attempt ?? 0, outcome: line.outcome ?? "", reason: line.reason, reply: line.reply,
                at: line.at)
        }
        if let finishedAt = entry.finishedAt, entry.attempts > 0, words.audience != .creator {
            attempts.append(
                LoggedAttempt(
                    attempt: entry.attempts, outcome: entry.state.rawValue, reason: entry.reason, reply: entry.reply,
                    at: finishedAt))
        }
        self.words =
            words.sentence(about: entry)
            + lines.filter { $0.kind == "retry" }.map { words.words(forRetry: $0.at, after: $0.outcome) }.joined()
    }
}

extension Audience {
    /// The deliveries of an occurrence that are told of: all, or where it is nobody's business by how many channels, the one that
    /// came furthest.
    fileprivate func chosen(of entries: [LedgerEntry]) -> [LedgerEntry] {
        guard let first = entries.first, !isToldChannel(of: first.recipient) else { return entries }
        let order: [DeliveryState] = [.sent, .unknown, .sending, .requested, .held, .dryRun]
        func place(_ entry: LedgerEntry) -> Int { order.firstIndex(of: entry.state) ?? order.count }
        return entries.min { place($0) < place($1) }.map { [$0] } ?? []
    }
}

extension Forecast {
    /// What is told of it. A creator learns that it goes to an address when it is due; what it waits for is not theirs.
    fileprivate func told(to audience: Audience, of recipient: Recipient, dueAt: Instant) -> Forecast? {
        guard audience == .creator else { return self }
        guard recipient.address != nil, outlooks.allSatisfy({ $0.end.at.map { $0 <= dueAt } ?? false }) else {
            return nil
        }
        var outline = self
        outline.turns = []
        return outline
    }
}

extension ExplainedStep {
    /// The steps as the ledger keeps them; none where it has none.
    public static func steps(inJSON text: String?) -> [ExplainedStep] {
        guard let text, let value = try? JSONValue(parsing: Array(text.utf8), sizeLimit: 1_048_576),
            case .array(let steps) = value
        else { return [] }
        return steps.compactMap { step in
            guard let rule = step["rule"]?.text, let value = step["value"]?.text,
                let consequence = step["consequence"]?.text
            else { return nil }
            return ExplainedStep(rule: rule, value: value, consequence: consequence)
        }
    }

    /// The steps of a decision that is forecast.
    init(_ step: DecisionStep) {
        self.init(rule: step.rule, value: step.value, consequence: step.consequence)
    }
}

extension ExplainedSkip {
    fileprivate init?(_ line: StoryLine) {
        guard line.kind == "skipped" else { return nil }
        let details = line.details.flatMap { try? JSONValue(parsing: Array($0.utf8)) }
        self.init(at: line.at, dueAt: line.dueAt, count: details?["count"]?.integer ?? 1)
    }
}
