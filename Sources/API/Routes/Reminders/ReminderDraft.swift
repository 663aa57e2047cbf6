import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// What a client wants a reminder to be: every field checked, and everything that is wrong said at once.
///
/// A new reminder and a changed one are read alike: a merge patch is merged into what the reminder says so far, and the
/// result is read as if it were new.
///
/// A time that has passed is accepted, as both predecessors did: a reminder that fires `once` is then due at once, and
/// a series goes on with its next time. A series with nothing more to come is refused.
struct ReminderDraft: Sendable {
    /// What it says.
    let definition: ReminderDefinition
    /// Where it came from.
    let createdVia: String

    /// What a draft does not say itself.
    struct Basis: Sendable {
        /// What it is about; the body of a new one may say that it is not a case.
        var about: CaseReference
        /// Who gets it when nobody is named.
        var recipient: String?
        /// Where its local times are read when it does not say so.
        var zone: IANAZone
        /// The time now.
        var now: Instant
        /// The channels that may be named.
        var channels = ChannelRegistry.standard
        /// What the reminder says so far; nil for a new one.
        var before: ReminderDefinition?
        /// Fields that a patch takes away.
        var cleared: Set<String> = []
    }

    /// Reads all fields.
    ///
    /// - Throws: `Problem` with every wrong field: 400 when there are unknown ones, else 422.
    init(_ value: JSONValue, on basis: Basis) throws(Problem) {
        var fields = ObjectReader(value)
        for name in ReminderDraft.readOnly where fields.value(name) != nil { fields.note(name, "cannot be set") }

        var about = basis.about
        var createdVia: String?
        if basis.before == nil {
            about.entityType = fields.choice("entity_type", EntityType.self)?.rawValue ?? about.entityType
            createdVia = fields.text("created_via", upTo: 20, isOneLine: true)
        }
        let title = fields.text("title", upTo: Limits.title, required: true, isOneLine: true)
        fields.checkIsVisible("title", title)
        let zone = fields.zone("time_zone") ?? basis.zone

        var definition = ReminderDefinition(about: about, title: title ?? "", timeZone: zone.identifier)
        definition.message = fields.text("message", upTo: Limits.message, mayBeEmpty: true)
        definition.priority = fields.choice("priority") ?? .normal
        definition.readRecipients(&fields, default: basis.recipient)
        definition.readChannels(&fields, on: basis)
        definition.readTrigger(&fields)
        definition.readSchedule(&fields, in: zone, on: basis)
        definition.catchUp = fields.choice("catch_up") ?? .latest
        // Ten years.
        let lateness = fields.integer("maximum_lateness_seconds", in: 1...315_360_000)
        definition.maximumLateness = lateness.map { .seconds($0) }
        definition.isActive = fields.boolean("is_active") ?? true
        try fields.check()

        self.definition = definition
        self.createdVia = createdVia ?? "api"
    }

    /// Reads a merge patch (RFC 7396) of what a reminder says so far.
    ///
    /// What belongs to the kind of trigger or recurrence goes with it: a reminder that becomes `daily` loses its rule, and
    /// one that comes once what it left out. What a changed series still is to leave out, it has to have: an exdate that
    /// leaves out nothing any more is refused by name, so that nobody is reminded on a day they had taken out.
    ///
    /// - Throws: `Problem`, as above.
    init(patch: JSONValue, of before: ReminderDefinition, on basis: Basis) throws(Problem) {
        guard case .object = patch else {
            throw .invalid("", "must be an object, and is \(patch.kind)")
        }
        var obsolete: Set<String> = []
        if let type = patch["recurrence_type"], type != .string(before.recurrence.type) {
            obsolete.formUnion(["rrule", "month_end"])
            if type == .string(Recurrence.once.type) { obsolete.insert("exdates") }
        } else if case .string = patch["rrule"], patch["recurrence_type"] == nil, before.recurrence.rule == nil {
            obsolete.formUnion(["recurrence_type", "month_end"])
        }
        if let trigger = patch["trigger_type"], trigger != .string(before.trigger.rawValue) {
            obsolete.formUnion([
                "trigger_config", "scheduled_at", "recurrence_type", "rrule", "exdates", "month_end",
            ])
        }
        var basis = basis
        basis.before = before
        // What it says about channels is read as a change: a list and a field may stand for the same.
        basis.cleared = ChannelFields.names.filter { patch[$0] == .null }
        try self.init(before.fields.removing(obsolete.union(ChannelFields.names)).merged(with: patch), on: basis)
    }

    /// What a reminder has beside what can be said about it.
    private static let readOnly = [
        "id", "sag_id", "scheduled_local", "recurrence_words", "next_check_at", "last_fired_at", "fired_count",
        "set_aside_at", "set_aside_reason", "created_by", "created_at", "updated_at", "deleted_at", "occurrences",
    ]
}

extension ReminderDefinition {
    fileprivate mutating func readRecipients(_ fields: inout ObjectReader, default recipient: String?) {
        let isNobodyNamed = fields.isMissing("recipient_user_ids") && fields.isMissing("recipient_emails")
        let users = fields.identifiers("recipient_user_ids")
        let mails = fields.mails("recipient_emails")
        if isNobodyNamed {
            userIDs = recipient.map { [$0] } ?? []
        } else {
            userIDs = (users ?? []).map(\.text)
            addresses = (mails ?? []).map(\.text)
        }
        // `mailto:` is how the ledger names raw addresses, `erased:` whoever was erased.
        for (index, user) in userIDs.enumerated() where Recipient.isReserved(user) {
            fields.note(
                "recipient_user_ids/\(index)",
                "must be a user's id, without mailto: or erased:; mail addresses go into recipient_emails")
        }
        // What is neither missing nor read was wrong, and was noted.
        let isRead =
            (users != nil || fields.isMissing("recipient_user_ids"))
            && (mails != nil || fields.isMissing("recipient_emails"))
        if isRead, userIDs.isEmpty, addresses.isEmpty {
            fields.note("recipient_user_ids", "must name somebody, or recipient_emails must")
        }
    }

    fileprivate mutating func readChannels(_ fields: inout ObjectReader, on basis: ReminderDraft.Basis) {
        channels = fields.channelChoice(
            among: basis.channels, before: basis.before?.channels ?? .none, cleared: basis.cleared)
        overridesPreferences = fields.boolean("override_user_preferences") ?? false
        if overridesPreferences, channels.wanted.isEmpty {
            fields.note(
                "override_user_preferences", "leaves no channel: name one in channels, or set its notify_… to true")
        }
    }

    fileprivate mutating func readTrigger(_ fields: inout ObjectReader) {
        let asked = fields.isMissing("trigger_type") ? .timeBased : fields.choice("trigger_type", Trigger.self)
        guard let trigger = asked else {
            // What its settings should be is not known then.
            _ = fields.value("trigger_config")
            return
        }
        self.trigger = trigger
        triggerConfig = TriggerSettings.read(&fields, of: trigger)
    }
}

extension ObjectReader {
    /// Whether a field is not there, or null.
    fileprivate mutating func isMissing(_ name: String) -> Bool {
        (value(name) ?? .null) == .null
    }
}
