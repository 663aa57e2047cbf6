import RemindersContracts
import RemindersDomain
import RemindersStore

extension Explanation {
    /// The explanation as the API gives it. Each time is there twice: in UTC, and as the person's clock shows it.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 8_192)
        writer.beginObject()
        writer.write("summary", summary)
        writer.write("reminder_id", reminder.stored.id)
        writer.write("user_id", recipient.key)
        writer.write("time_zone", clock.zone.identifier)
        writer.write("now", now)
        writer.write("now_local", clock.local(now))
        reminder.write(to: &writer, clock)
        writer.beginArray("occurrences")
        for occurrence in occurrences { occurrence.write(to: &writer, clock, audience) }
        writer.endArray()
        writer.beginArray("skipped")
        for skip in skipped {
            writer.beginObject()
            writer.write("count", skip.count)
            writer.write("due_at", orNull: skip.dueAt)
            writer.write("due_local", orNull: skip.dueAt.map(clock.local))
            writer.write("decided_at", skip.at)
            writer.write("decided_local", clock.local(skip.at))
            writer.endObject()
        }
        writer.endArray()
        if let next { next.write(to: &writer, clock) } else { writer.writeNull("next") }
        writer.endObject()
        return writer.bytes
    }
}

extension ExplainedReminder {
    fileprivate func write(to writer: inout JSONWriter, _ clock: PersonClock) {
        writer.beginObject("reminder")
        writer.write("entity_type", stored.definition.about.entityType)
        writer.write("case_id", stored.definition.about.id)
        writer.write("title", stored.definition.title)
        writer.write("state", state.rawValue)
        writer.write("words", words)
        writer.write("next_at", orNull: stored.nextCheckAt)
        writer.write("next_local", orNull: stored.nextCheckAt.map(clock.local))
        writer.write("snoozed_until", orNull: response.snoozedUntil)
        writer.write("snoozed_until_local", orNull: response.snoozedUntil.map(clock.local))
        writer.write("dismissed_at", orNull: response.dismissedAt)
        writer.write("acknowledged_at", orNull: response.acknowledgedAt)
        writer.write("deleted_at", orNull: stored.deletedAt)
        writer.write("deleted_by", orNull: deletedBy)
        writer.endObject()
    }
}

extension ExplainedOccurrence {
    fileprivate func write(to writer: inout JSONWriter, _ clock: PersonClock, _ audience: Audience) {
        writer.beginObject()
        writer.write("id", stored.id)
        writer.write("trigger_type", stored.trigger.rawValue)
        writer.write("why", why)
        writer.write("words", words)
        writer.write("due_at", stored.dueAt)
        writer.write("due_local", clock.local(stored.dueAt))
        writer.write("published_at", orNull: stored.publishedAt)
        writer.write("decided_at", orNull: stored.processedAt)
        writer.beginArray("deliveries")
        for delivery in deliveries { delivery.write(to: &writer, clock, audience) }
        writer.endArray()
        if let forecast { forecast.write("forecast", to: &writer, clock) } else { writer.writeNull("forecast") }
        writer.write("overdue_seconds", orNull: overdue?.seconds)
        writer.write("overdue_reason", orNull: overdue?.stage.rawValue)
        writer.endObject()
    }
}

extension ExplainedDelivery {
    fileprivate func write(to writer: inout JSONWriter, _ clock: PersonClock, _ audience: Audience) {
        writer.beginObject()
        writer.write("delivery_id", entry.id.text)
        writer.write("generation", Int64(entry.generation))
        writer.write("channel", orNull: audience.isToldChannel(of: entry.recipient) ? entry.channel.rawValue : nil)
        writer.write("state", entry.state.rawValue)
        writer.write("reason", orNull: entry.reason)
        writer.write("words", words)
        let releaseAt = entry.state == .held && entry.releaseAt != .distantFuture ? entry.releaseAt : nil
        writer.write("release_at", orNull: releaseAt)
        writer.write("release_local", orNull: releaseAt.map(clock.local))
        writer.write("reply", orNull: entry.reply)
        writer.write("finished_at", orNull: entry.finishedAt)
        writer.write("finished_local", orNull: entry.finishedAt.map(clock.local))
        writer.write("carrier_occurrence_id", orNull: entry.carrierOccurrenceID)
        writer.write("steps", steps)
        writer.beginArray("holds")
        for hold in holds {
            writer.beginObject()
            writer.write("at", hold.at)
            writer.write("at_local", clock.local(hold.at))
            writer.write("reason", hold.reason)
            writer.write("steps", hold.steps)
            writer.endObject()
        }
        writer.endArray()
        writer.beginArray("attempts")
        for attempt in attempts {
            writer.beginObject()
            attempt.writeFields(to: &writer)
            writer.write("at_local", clock.local(attempt.at))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension ExplainedNext {
    fileprivate func write(to writer: inout JSONWriter, _ clock: PersonClock) {
        writer.beginObject("next")
        writer.write("due_at", dueAt)
        writer.write("due_local", clock.local(dueAt))
        writer.write("why", why)
        writer.write("words", words)
        if let forecast { forecast.write("forecast", to: &writer, clock) } else { writer.writeNull("forecast") }
        writer.write("overdue_seconds", orNull: overdue?.seconds)
        writer.write("overdue_reason", orNull: overdue?.stage.rawValue)
        writer.endObject()
    }
}

extension Forecast {
    fileprivate func write(_ name: StaticString, to writer: inout JSONWriter, _ clock: PersonClock) {
        writer.beginObject(name)
        writer.beginArray("channels")
        for outlook in outlooks {
            writer.beginObject()
            writer.write("channel", outlook.channel.rawValue)
            writer.write("outcome", outlook.end.outcome)
            writer.write("reason", orNull: outlook.end.reason)
            writer.write("at", orNull: outlook.end.at)
            writer.write("at_local", orNull: outlook.end.at.map(clock.local))
            writer.endObject()
        }
        writer.endArray()
        writer.beginArray("decisions")
        for turn in turns {
            writer.beginObject()
            writer.write("at", turn.at)
            writer.write("at_local", clock.local(turn.at))
            writer.write("steps", turn.decision.trace.map(ExplainedStep.init))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension Forecast.End {
    /// `sent`, a final state without an attempt, or `waits`.
    var outcome: String {
        switch self {
        case .sent: DeliveryState.sent.rawValue
        case .ended(_, let verdict): verdict.state.rawValue
        case .waits, .beyond: "waits"
        }
    }

    /// Why, where it is not sent.
    var reason: String? {
        switch self {
        case .sent: nil
        case .ended(_, let verdict): verdict.reason
        case .waits(let reason), .beyond(_, let reason): reason.rawValue
        }
    }

    /// When; for what waits behind very many others: not before. nil where that has no time.
    var at: Instant? {
        switch self {
        case .sent(let at), .ended(let at, _), .beyond(let at, _): at
        case .waits: nil
        }
    }
}

extension LoggedAttempt {
    /// Writes `attempt`, `outcome`, `reason`, `reply` and `at`.
    public func writeFields(to writer: inout JSONWriter) {
        writer.write("attempt", attempt)
        writer.write("outcome", outcome)
        writer.write("reason", orNull: reason)
        writer.write("reply", orNull: reply)
        writer.write("at", at)
    }
}

extension JSONWriter {
    /// Writes the steps of a decision as a field.
    public mutating func write(_ key: StaticString, _ steps: [ExplainedStep]) {
        beginArray(key)
        for step in steps {
            beginObject()
            write("rule", step.rule)
            write("value", step.value)
            write("consequence", step.consequence)
            endObject()
        }
        endArray()
    }
}
