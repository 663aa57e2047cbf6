import RemindersDomain
import RemindersPostgres

/// A recipient as he or she is now, with what has been and is to be sent.
public struct Addressee: Sendable {
    /// Who.
    public let recipient: Recipient
    /// The user exists; false for raw addresses.
    public let userIsKnown: Bool
    /// Display name.
    public let name: String?
    /// Where mail goes.
    public let email: String?
    /// Mattermost name without the @.
    public let mattermostName: String?
    /// For the words.
    public let locale: String?
    /// IANA name.
    public let timeZone: String?
    /// Where else they can be reached, by channel: those without a property here.
    public internal(set) var otherAddresses: [ChannelKind: String] = [:]
    /// The channels the person prefers; nil when they never said.
    public let preferredChannels: ChannelSet?
    /// The person's quiet hours; nil when they have none.
    public let quietHours: StoredQuietHours?
    /// When the latest permits of the window, and a little more, were granted: as many as matter (`WaitingLine.reach`).
    public let permits: [Instant]
    /// Which of the batch's occurrences hold one of the permits.
    public let permitHolders: Set<Int64>
    /// The occurrences that the limit holds back, those due first in front: as many as matter.
    public let heldForRate: [Int64]
}

extension SQL {
    /// What `Addressee` reads, of the recipients that a query names.
    ///
    /// The permits of a little more than the window ($2): what counts is decided on the batch's one clock. The latest $3
    /// of them, and the first $3 of those who wait. Of the occurrences $1 also whether they hold one of all permits.
    static func selectAddressees(of recipients: String) -> String {
        """
        SELECT who.recipient, u.id IS NOT NULL AND u.deleted_at IS NULL AS is_known, u.display_name,
            coalesce(p.email_override, u.email) AS email, u.mattermost_username, u.locale, u.time_zone,
            \(ChannelColumns.selectAddresses(of: "who.recipient")) AS addresses, p.user_id IS NOT NULL AS has_chosen,
            \(ChannelColumns.list(ChannelColumns.ofPerson, of: "p.")), p.quiet_hours_enabled,
            (extract(epoch FROM p.quiet_hours_start) / 60)::int AS quiet_hours_start,
            (extract(epoch FROM p.quiet_hours_end) / 60)::int AS quiet_hours_end,
            p.quiet_hours_days::bigint[] AS quiet_hours_days,
            ARRAY(SELECT granted_at FROM permits
                WHERE recipient = who.recipient AND granted_at > clock_timestamp() - $2 * interval '1 millisecond'
                ORDER BY granted_at DESC LIMIT $3) AS permits,
            ARRAY(SELECT occurrence_id FROM permits
                WHERE recipient = who.recipient AND granted_at > clock_timestamp() - $2 * interval '1 millisecond'
                    AND occurrence_id = ANY ($1)) AS permit_holders,
            ARRAY(SELECT occurrence_id FROM (
                SELECT DISTINCT due_at, occurrence_id FROM deliveries
                WHERE recipient = who.recipient AND state = 'held' AND release_at IS NOT NULL AND reason = 'rate_limited'
                ORDER BY due_at, occurrence_id LIMIT $3) line) AS held_for_rate
        FROM (\(recipients)) who
        LEFT JOIN users u ON u.id = who.recipient
        LEFT JOIN user_notification_preferences p ON p.user_id = who.recipient
        """
    }
}

extension Addressee {
    init(row: inout RowReader) throws {
        recipient = try row.recipient("recipient")
        userIsKnown = try row.boolOrNil("is_known") ?? false
        name = try row.textOrNil("display_name")
        email = try row.textOrNil("email")
        mattermostName = try row.textOrNil("mattermost_username")
        locale = try row.textOrNil("locale")
        timeZone = try row.textOrNil("time_zone")
        otherAddresses = try row.addresses("addresses")
        if try row.bool("has_chosen") {
            preferredChannels = try row.channelsOfPerson()
            quietHours =
                try row.bool("quiet_hours_enabled")
                ? StoredQuietHours(
                    startMinute: try row.int("quiet_hours_start"), endMinute: try row.int("quiet_hours_end"),
                    isoWeekdays: try row.int64Array("quiet_hours_days").map(Int.init)) : nil
        } else {
            preferredChannels = nil
            quietHours = nil
        }
        permits = try row.timestampArray("permits").map(Instant.init(microseconds:))
        permitHolders = Set(try row.int64Array("permit_holders"))
        heldForRate = try row.int64Array("held_for_rate")
    }
}

/// Quiet hours as the preferences hold them.
public struct StoredQuietHours: Hashable, Sendable {
    /// Minutes after midnight, 0 to 1439.
    public let startMinute: Int
    /// Minutes after midnight, 0 to 1439.
    public let endMinute: Int
    /// ISO weekdays (1 = Monday) on which they begin.
    public let isoWeekdays: [Int]
}
