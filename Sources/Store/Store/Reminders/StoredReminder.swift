import RemindersDomain
import RemindersPostgres

/// What can be said about a reminder: every column of `sag_reminders` that is not kept by the services themselves.
public struct ReminderDefinition: Hashable, Sendable {
    /// What it is about.
    public var about: CaseReference
    /// 1 to 300 characters.
    public var title: String
    /// Up to 10,000 characters.
    public var message: String?
    /// How much it matters.
    public var priority = Priority.normal
    /// What makes it fire.
    public var trigger = Trigger.timeBased
    /// An object of JSON: which status, how long before the deadline.
    public var triggerConfig = "{}"
    /// Users by id, at most 100.
    public var userIDs: [String] = []
    /// Raw mail addresses, at most 100.
    public var addresses: [String] = []
    /// What it says about channels; of what it says nothing, as the person prefers.
    public var channels = ChannelChoice.none
    /// Whether the channels it asks for are all that counts.
    public var overridesPreferences = false
    /// How often a time-based one fires.
    public var recurrence = Recurrence.once
    /// What is left out of the series, at most 1,000, each a day, a local time or a moment as it was given.
    public var exclusions: [Exclusion] = []
    /// What the series does in a month that is too short.
    public var monthEnd = MonthEnd.backward
    /// IANA name.
    public var timeZone: String
    /// The anchor of the series; nil for one that is not time-based.
    public var scheduledAt: Instant?
    /// The anchor as a clock in `timeZone` shows it: every occurrence is computed from it.
    public var scheduledLocal: LocalDateTime?
    /// What becomes of occurrences that fell due while nothing ran.
    public var catchUp = CatchUp.latest
    /// What is later than this is not sent any more: whole seconds, more than 0.
    public var maximumLateness: Duration?
    /// Whether it fires at all.
    public var isActive = true

    /// A reminder about `about` with this title, in a time zone.
    public init(about: CaseReference, title: String, timeZone: String) {
        self.about = about
        self.title = title
        self.timeZone = timeZone
    }
}

/// A reminder as it stands in `sag_reminders`.
public struct StoredReminder: Hashable, Sendable {
    /// Its id.
    public let id: Int64
    /// What was said about it.
    public let definition: ReminderDefinition
    /// When it is due next; nil when nothing more is to come.
    public var nextCheckAt: Instant?
    /// When it last fired.
    public let lastFiredAt: Instant?
    /// How often it fired.
    public let firedCount: Int64
    /// The user who created it, if one did.
    public let createdBy: String?
    /// Where it came from: `cli`, `api`, `chat`, `ui` and the like.
    public let createdVia: String
    /// When it was created.
    public let createdAt: Instant
    /// When what was said about it last changed.
    public let updatedAt: Instant
    /// When it was deleted.
    public let deletedAt: Instant?
    /// Why a scheduler set it aside; nil when it did not.
    public let setAside: SetAside?

    /// A reminder that is not due until it is changed or released.
    public struct SetAside: Hashable, Sendable {
        /// Since when.
        public let at: Instant
        /// Why, an English sentence.
        public let reason: String

        /// Set aside then, for that reason.
        public init(at: Instant, reason: String) {
            self.at = at
            self.reason = reason
        }
    }
}

extension StoredReminder {
    /// Whether the user created it or gets it: then it is on their lists, and they may see it.
    public func concerns(_ userID: OpaqueID) -> Bool {
        createdBy.map { OpaqueID($0) == userID } ?? false || isAddressed(to: userID)
    }

    /// `concerns` of a row of `sag_reminders` and the user who is this parameter, as the index `sag_reminders_of_person` has
    /// it.
    static func concernsSQL(_ parameter: String) -> String {
        "array_append(recipient_user_ids, created_by) @> ARRAY[\(parameter)::text]"
    }

    /// Whether it is addressed to the user by id.
    public func isAddressed(to userID: OpaqueID) -> Bool {
        definition.userIDs.contains { OpaqueID($0) == userID }
    }

    /// Where `columns` are read from.
    static let tables = "sag_reminders JOIN sag_reminder_times ON reminder_id = id"

    /// The columns that `init(row:)` reads, of `tables`.
    static let columns = columns(times: timesColumns)

    private static let timesColumns = "next_check_at, last_fired_at, fired_count, set_aside_at, set_aside_reason"

    /// The same of a reminder that is just being inserted, whose row of `sag_reminder_times` the statement does not see.
    static let columnsOfNew = columns(
        times: """
            first_planned_for AS next_check_at, NULL::timestamptz AS last_fired_at, 0::bigint AS fired_count,
            NULL::timestamptz AS set_aside_at, NULL::text AS set_aside_reason
            """)

    private static func columns(times: String) -> String {
        """
        id, entity_type, sag_id, title, message, priority, trigger_type, trigger_config, recipient_user_ids,
            recipient_emails, \(ChannelColumns.list(ChannelColumns.ofReminder)), override_user_preferences, recurrence_type, rrule, exdates, month_end, time_zone, scheduled_at, scheduled_local, catch_up,
            extract(epoch FROM maximum_lateness)::bigint AS maximum_lateness, is_active, created_by, created_via, created_at,
            updated_at, deleted_at, \(times)
        """
    }

    init(row: inout RowReader) throws {
        var definition = ReminderDefinition(
            about: try row.caseReference("entity_type", "sag_id"), title: try row.text("title"),
            timeZone: try row.text("time_zone"))
        definition.message = try row.textOrNil("message")
        definition.priority = try row.value("priority")
        definition.trigger = try row.value("trigger_type")
        definition.triggerConfig = try row.text("trigger_config")
        definition.userIDs = try row.textArray("recipient_user_ids")
        definition.addresses = try row.textArray("recipient_emails")
        definition.channels = try row.channelsOfReminder()
        definition.overridesPreferences = try row.bool("override_user_preferences")
        let recurrenceType = try row.text("recurrence_type")
        guard let recurrence = Recurrence(type: recurrenceType, rule: try row.textOrNil("rrule")) else {
            throw StoreError.unknownValue(column: "recurrence_type", value: recurrenceType)
        }
        definition.recurrence = recurrence
        definition.exclusions = try row.textArray("exdates").map { text in
            guard let exclusion = Exclusion(text) else {
                throw StoreError.unknownValue(column: "exdates", value: text)
            }
            return exclusion
        }
        definition.monthEnd = try row.value("month_end")
        definition.scheduledAt = try row.instantOrNil("scheduled_at")
        definition.scheduledLocal = try row.timestampOrNil("scheduled_local").map(LocalDateTime.init(microseconds:))
        definition.catchUp = try row.value("catch_up")
        definition.maximumLateness = try row.int64OrNil("maximum_lateness").map { .seconds($0) }
        definition.isActive = try row.bool("is_active")

        id = try row.int64("id")
        self.definition = definition
        nextCheckAt = try row.instantOrNil("next_check_at")
        lastFiredAt = try row.instantOrNil("last_fired_at")
        firedCount = try row.int64("fired_count")
        createdBy = try row.textOrNil("created_by")
        createdVia = try row.text("created_via")
        createdAt = try row.instant("created_at")
        updatedAt = try row.instant("updated_at")
        deletedAt = try row.instantOrNil("deleted_at")
        let reason = try row.textOrNil("set_aside_reason")
        setAside = try row.instantOrNil("set_aside_at").map { SetAside(at: $0, reason: reason ?? "") }
    }
}

/// $1 to $25 of `createReminder`, $2 to $26 of `changeReminder`.
extension ReminderDefinition: GroupParameter {
    static let parameterFields: [ParameterField<ReminderDefinition>] = [
        .init(\.about), .init(\.title), .init(\.message), .init(\.priority), .init(\.trigger),
        .init { JSONText($0.triggerConfig) }, .init(\.userIDs), .init(\.addresses), .init(\.overridesPreferences),
        .init(\.recurrence.type), .init(\.recurrence.rule), .init { $0.exclusions.map(\.description) },
        .init(\.monthEnd), .init(\.timeZone), .init(\.scheduledAt),
        // A local time travels as if it were UTC, and is taken apart again in the statement.
        .init { $0.scheduledLocal.map { Instant(microseconds: $0.microseconds) } }, .init(\.catchUp),
        .init { $0.maximumLateness.map { $0.wholeMilliseconds / 1_000 } }, .init(\.isActive), .init(\.channels),
    ]
}
