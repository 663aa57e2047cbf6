import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore
import RemindersWording

/// A reminder as JSON.
extension StoredReminder {
    /// The reminder as a resource of its own, for whoever may change it.
    var json: [UInt8] { json(showingAddresses: true) }

    /// The reminder as a resource of its own.
    ///
    /// - Parameter showingAddresses: those who only get it do not learn at which addresses others do.
    func json(showingAddresses: Bool) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        write(into: &writer, showingAddresses: showingAddresses)
        writer.endObject()
        return writer.bytes
    }

    /// The same, and with its next times for whoever has just created it.
    var jsonWithOccurrences: (resource: [UInt8], body: [UInt8]) {
        var writer = JSONWriter(capacity: 1_536)
        writer.beginObject()
        write(into: &writer)
        var resource = writer
        resource.endObject()
        writer.beginObject("occurrences")
        writer.writeItems(ReminderPlan.occurrences(of: self, count: 5))
        writer.endObject()
        writer.endObject()
        return (resource.bytes, writer.bytes)
    }

    /// Writes the fields of its object.
    func write(into writer: inout JSONWriter, showingAddresses: Bool = true) {
        writer.write("id", id)
        writer.write("entity_type", definition.about.entityType)
        writer.write("sag_id", definition.about.id)
        writer.write("title", definition.title)
        writer.write("message", orNull: definition.message)
        writer.write("priority", definition.priority.rawValue)
        writer.write("trigger_type", definition.trigger.rawValue)
        writer.write("trigger_config", json: definition.triggerConfig)
        writer.write("recipient_user_ids", definition.userIDs)
        writer.write("recipient_emails", showingAddresses ? definition.addresses : [])
        writer.write(definition.channels)
        writer.write("override_user_preferences", definition.overridesPreferences)
        writer.write("recurrence_type", definition.recurrence.type)
        writer.write("rrule", orNull: definition.recurrence.rule)
        writer.write("exdates", definition.exclusions.map(\.description))
        writer.write("month_end", definition.monthEnd.rawValue)
        writer.writeWords("recurrence_words", of: definition.schedule)
        writer.write("time_zone", definition.timeZone)
        writer.write("scheduled_at", orNull: definition.scheduledAt)
        writer.write("scheduled_local", orNull: definition.scheduledLocal)
        writer.write("next_check_at", orNull: nextCheckAt)
        writer.write("last_fired_at", orNull: lastFiredAt)
        writer.write("fired_count", firedCount)
        writer.write("set_aside_at", orNull: setAside?.at)
        writer.write("set_aside_reason", orNull: setAside?.reason)
        writer.write("catch_up", definition.catchUp.rawValue)
        writer.write("maximum_lateness_seconds", orNull: definition.maximumLateness.map(\.wholeSeconds))
        writer.write("is_active", definition.isActive)
        writer.write("created_by", orNull: createdBy)
        writer.write("created_via", createdVia)
        writer.write("created_at", createdAt)
        writer.write("updated_at", updatedAt)
        writer.write("deleted_at", orNull: deletedAt)
    }
}

extension ReminderDefinition {
    /// The fields that can be set, as a client would set them: times as a clock in `time_zone` shows them, so that they
    /// stay when the zone changes. What is not set is left out.
    var fields: JSONValue {
        let texts = [("message", message), ("rrule", recurrence.rule), ("scheduled_at", scheduledLocal?.iso8601)]
        let recipients = [("recipient_user_ids", userIDs), ("recipient_emails", addresses)]
        // Each channel once: those with a field of their own, and lists of the others.
        let own = ChannelFields.own.map { ("\($0.name)", channels[$0.channel]) }
        let lists = [(ChannelFields.listed, channels.wanted), (ChannelFields.off, channels.unwanted)].map {
            ($0, $1.withoutColumns.map(\.rawValue))
        }
        var members = [
            JSONMember("title", .string(title)),
            JSONMember("priority", .string(priority.rawValue)),
            JSONMember("trigger_type", .string(trigger.rawValue)),
            JSONMember("trigger_config", (try? JSONValue(parsing: triggerConfig.utf8)) ?? .object([])),
            JSONMember("override_user_preferences", .boolean(overridesPreferences)),
            JSONMember("recurrence_type", .string(recurrence.type)),
            JSONMember("exdates", .array(exclusions.map { .string($0.description) })),
            JSONMember("month_end", .string(monthEnd.rawValue)),
            JSONMember("time_zone", .string(timeZone)),
            JSONMember("catch_up", .string(catchUp.rawValue)),
            JSONMember("is_active", .boolean(isActive)),
        ]
        members += texts.compactMap { name, text in text.map { JSONMember(name, .string($0)) } }
        members += (recipients + lists).filter { !$0.1.isEmpty }.map {
            JSONMember($0, .array($1.map(JSONValue.string)))
        }
        members += own.compactMap { name, value in value.map { JSONMember(name, .boolean($0)) } }
        if let seconds = maximumLateness?.wholeSeconds {
            members.append(JSONMember("maximum_lateness_seconds", .number(String(seconds))))
        }
        return .object(members)
    }

    /// The names of the fields in which another differs, for the log.
    func changedFields(in other: ReminderDefinition) -> [String] {
        let old = fields
        let new = other.fields
        guard case .object(let before) = old, case .object(let after) = new else { return [] }
        var names = before.map(\.name)
        names += after.map(\.name).filter { !names.contains($0) }
        var changed = names.filter { old[$0] != new[$0] }
        if scheduledAt != other.scheduledAt, !changed.contains("scheduled_at"), timeZone == other.timeZone {
            // Another moment that the same clock shows alike.
            changed.append("scheduled_at")
        }
        return changed
    }
}

extension JSONWriter {
    /// Writes how often something comes, in words of every language; null where there is no schedule.
    mutating func writeWords(_ name: StaticString, of schedule: RecurrenceSchedule?) {
        guard let schedule else { return writeNull(name) }
        write(
            name,
            .object(RecurrenceSentence.all(schedule).map { JSONMember($0.rawValue, .string($1)) }))
    }

    /// Writes the field `items` with times.
    mutating func writeItems(_ occurrences: [Occurrence]) {
        beginArray("items")
        for occurrence in occurrences {
            beginObject()
            write("at", occurrence.at)
            write("local", occurrence.local)
            write("remark", orNull: occurrence.remark)
            endObject()
        }
        endArray()
    }
}

extension Duration {
    /// In whole seconds, what is less being cut off.
    var wholeSeconds: Int64 { wholeMilliseconds / 1_000 }
}
