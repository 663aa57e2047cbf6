/// Every column of text in the schema, and whether a person can be told from it.
///
/// What is personal is filled in by `ErasurePerson.live`, and gone after an erasure; tests see to both.
enum PersonalColumns {
    enum Kind {
        /// It names a person, or holds what was written to them or by them.
        case personal
        /// It names a person while they are being erased, and nobody before and after.
        case whileErasing
        /// A vocabulary, a number written as text, or what belongs to the service that owns the case.
        case notPersonal
    }

    static let all: [String: Kind] = of(
        .personal,
        "cases.readers", "channel_pauses.reason", "creation_quotas.creator",
        "dead_letters.body", "dead_letters.details", "dead_letters.message_id",
        "dead_letters.reason", "dead_letters.type", "deliveries.decision", "deliveries.reason", "deliveries.recipient",
        "deliveries.reply", "erasures.requested_by", "held_again.recipient", "idempotency_keys.response",
        "idempotency_keys.user_id", "permits.recipient", "popups.case_title", "popups.message", "popups.title",
        "popups.url", "popups.user_id", "sag_reminder_logs.details", "sag_reminder_logs.reason",
        "sag_reminder_logs.reply", "sag_reminder_logs.user_id", "sag_reminder_queue.only_recipient",
        "sag_reminder_responses.user_id", "sag_reminder_times.set_aside_reason", "sag_reminder_times.turn_of",
        "sag_reminders.created_by", "sag_reminders.message", "sag_reminders.recipient_emails",
        "sag_reminders.recipient_user_ids", "sag_reminders.recipients", "sag_reminders.title",
        "user_addresses.address", "user_addresses.user_id", "user_notification_preferences.email_override",
        "user_notification_preferences.user_id", "users.display_name", "users.email", "users.id",
        "users.mattermost_username"
    ).merging(
        of(
            .whileErasing, "erased_names.name", "erasures.plain_traces", "erasures.coded_traces",
            "erasures.key_pattern",
            "erasures.answers_behind")
    ) { first, _ in first }.merging(
        of(
            .notPersonal,
            // Cases, their titles and states are those of the services that own them, which erase there.
            "case_events.case_id", "case_work.case_id", "case_work.entity_type", "case_work.new_status",
            "case_work.old_status", "case_events.entity_type", "case_events.event_id", "case_events.outcome",
            "case_events.source", "case_events.type", "cases.entity_type", "cases.id", "cases.status", "cases.title",
            "cases.url", "popups.case_id", "popups.case_status", "popups.entity_type", "sag_reminder_queue.new_status",
            "sag_reminder_queue.old_status", "sag_reminders.entity_type", "sag_reminders.sag_id",
            // Words of vocabularies, rules and times.
            "case_work.after_trigger", "case_work.traceparent", "case_work.triggers", "case_work.work",
            "channel_pauses.channel", "dead_letters.queue", "deployment.name", "deployment.place",
            "delivery_counts.channel", "delivery_counts.outcome",
            "delivery_counts.span", "delivery_counts_added.channel", "delivery_counts_added.outcome",
            "dead_letters.settled_how", "deliveries.channel",
            "deliveries.state", "erasures.step", "held_again.reason", "popups.priority",
            "popups.settled_how", "popups.trigger_type", "sag_reminder_logs.channel", "sag_reminder_logs.kind",
            "sag_reminder_logs.outcome", "sag_reminder_queue.reason", "sag_reminder_queue.status",
            "sag_reminder_queue.traceparent", "sag_reminder_queue.trigger_type", "sag_reminders.catch_up",
            "sag_reminders.created_via", "sag_reminders.exdates", "sag_reminders.month_end",
            "sag_reminders.notify_not", "sag_reminders.notify_others", "sag_reminders.priority",
            "sag_reminders.recurrence_type", "sag_reminders.rrule", "sag_reminders.time_zone",
            "sag_reminders.trigger_config", "sag_reminders.trigger_type", "user_addresses.channel",
            "user_notification_preferences.notify_others", "users.locale", "users.time_zone",
            // Names of paths, keys and hashes that clients make up, of a table whose rows are gone within a day; the row
            // of whoever is erased goes as a whole.
            "idempotency_keys.body_hash", "idempotency_keys.etag", "idempotency_keys.key", "idempotency_keys.location",
            "idempotency_keys.route",
            // A hash of a whole message; it goes all the same where a letter is emptied.
            "dead_letters.fingerprint",
            // What the erasure itself knows and forgets, and the schema's own.
            "archives.file", "archives.partition", "erased_names.pseudonym", "erasures.counts",
            "popup_channel.name",
            "schema_definitions.checksum", "schema_definitions.name", "schema_migrations.checksum",
            "schema_migrations.name")
    ) { first, _ in first }

    private static func of(_ kind: Kind, _ columns: String...) -> [String: Kind] {
        Dictionary(uniqueKeysWithValues: columns.map { ($0, kind) })
    }
}
