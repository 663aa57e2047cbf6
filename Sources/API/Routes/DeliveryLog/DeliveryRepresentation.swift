import RemindersContracts
import RemindersDomain
import RemindersExplaining
import RemindersStore

/// Deliveries as the API shows them.
extension FinalRecord {
    /// - Parameter read: the cases of which the reader may know what they say.
    func write(to writer: inout JSONWriter, attempts: [LoggedAttempt], _ read: Set<CaseReference>) {
        let reason = CaseReason.told(self.reason, mayReadCase: about.map(read.contains) ?? true)
        writer.writeDelivery(
            deliveryID, generation, occurrence: occurrenceID, reminder: reminderID, about, title, recipient, channel)
        writer.write("outcome", outcome.rawValue)
        writer.write("reason", orNull: reason)
        writer.write("reply", orNull: reply)
        writer.write("due_at", dueAt)
        writer.write("recorded_at", recordedAt)
        writer.write("attempts", attempts)
    }
}

extension LedgerEntry {
    /// What open and ended ones have in common.
    func writeFields(to writer: inout JSONWriter, isToldChannel: Bool = true) {
        writer.writeDelivery(
            id, generation, occurrence: occurrenceID, reminder: reminderID, about, title, recipient,
            isToldChannel ? channel : nil)
        writer.write("state", state.rawValue)
        writer.write("reason", orNull: reason)
        writer.write("reply", orNull: reply)
        writer.write("due_at", dueAt)
        writer.write("release_at", orNull: state == .held && releaseAt != .distantFuture ? releaseAt : nil)
        writer.write("requested_at", requestedAt)
        writer.write("attempt_count", attempts)
        writer.write("carrier_occurrence_id", orNull: carrierOccurrenceID)
    }

    /// As the list of what has not come to an end shows it.
    func writeWaiting(to writer: inout JSONWriter) {
        writeFields(to: &writer)
        writer.writeNull("overdue_seconds")
    }

    /// Every try, the one that ended it included.
    func allAttempts(_ steps: [LoggedStep]) -> [LoggedAttempt] {
        var all = steps.filter { $0.kind == .attempt }.map { step in
            LoggedAttempt(
                attempt: step.attempt ?? 0, outcome: step.outcome, reason: step.reason, reply: step.reply, at: step.at)
        }
        if let finishedAt, attempts > 0 {
            all.append(
                LoggedAttempt(
                    attempt: attempts, outcome: state.rawValue, reason: reason, reply: reply, at: finishedAt))
        }
        return all
    }
}

extension OverdueEntry {
    /// The state of what nobody has decided about: no delivery's.
    static let state = "overdue"

    func write(to writer: inout JSONWriter) {
        writer.writeDelivery(
            nil, 0, occurrence: occurrenceID, reminder: reminderID, about, title, recipient, nil)
        writer.write("state", OverdueEntry.state)
        writer.write("reason", stage.rawValue)
        writer.writeNull("reply")
        writer.write("due_at", dueAt)
        writer.writeNull("release_at")
        writer.writeNull("requested_at")
        writer.write("attempt_count", 0)
        writer.writeNull("carrier_occurrence_id")
        writer.write("overdue_seconds", overdue.wholeMilliseconds / 1_000)
    }
}

extension JSONWriter {
    /// Writes what every list of deliveries says of each; one that nobody has decided about has no id and no channel.
    fileprivate mutating func writeDelivery(
        _ id: DeliveryID?, _ generation: Int, occurrence: Int64?, reminder: Int64, _ about: CaseReference?,
        _ title: String?, _ recipient: Recipient, _ channel: ChannelKind?
    ) {
        write("delivery_id", orNull: id?.text)
        write("generation", Int64(generation))
        write("occurrence_id", orNull: occurrence)
        write("reminder_id", reminder)
        write("entity_type", orNull: about?.entityType)
        write("case_id", orNull: about?.id)
        write("title", orNull: title)
        write("user_id", recipient.key)
        write("channel", orNull: channel?.rawValue)
    }

    /// Writes attempts as a field.
    mutating func write(_ key: StaticString, _ attempts: [LoggedAttempt]) {
        beginArray(key)
        for attempt in attempts {
            beginObject()
            attempt.writeFields(to: &self)
            endObject()
        }
        endArray()
    }
}
